"""The panel in the terminal."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from gatewise.arms import title
from gatewise.report import html, summary, text
from gatewise.report.given import Given
from gatewise.run.verdict import Coded, coded


def shown(sample: Any, width: int = 200, **options: Any) -> str:
    """The panel as text."""
    file = io.StringIO()
    Console(file=file, width=width, **options).print(text.panel(sample.verdict, sample.plan))
    return file.getvalue()


def said(text: str) -> Coded:
    """A sentence as an older gatewise stored it."""
    return coded("said", text=text)


def flat(panel: str) -> str:
    """The panel's words in a row, without border and line breaks."""
    return " ".join(panel.replace("│", " ").split())


@pytest.mark.parametrize("width", [80, 120])
def test_every_verdict_renders_within_the_width(sample: Any, width: int) -> None:
    """All lines have the console's width, and the headline stands first in it."""
    panel = shown(sample, width)
    assert {len(line) for line in panel.splitlines()} == {width}
    assert flat(panel).split(" ", 1)[1].startswith(summary.headline(sample.verdict, sample.plan))
    assert summary.advice(sample.verdict) in flat(panel)


def test_the_table_shows_the_documents_numbers(sample: Any) -> None:
    """Each cell has a row with its score, half interval, width, parameters, times and place."""
    rows = shown(sample).splitlines()
    for label, result in sample.verdict.cells.items():
        half = (result.interval[1] - result.interval[0]) / 2
        expected = f"{title(label)} {result.score:.3f} ± {half:.3f} {result.hidden_size} {result.parameters:,}"
        cost = sample.verdict.costs.cells[label]
        expected += f" {cost.seconds_per_fit:.2f} {cost.microseconds_per_step:.1f} {result.above_baseline}"
        assert expected in [flat(row) for row in rows]


def test_the_root_of_the_error_stands_in_the_users_unit(build: Any) -> None:
    """Of the cells and the bar, as verdict.json has it; nothing where it has none."""
    sample = build("lstm")
    assert "RMSE" not in shown(sample)
    cells = {label: result.model_copy(update={"rmse": 2.5}) for label, result in sample.verdict.cells.items()}
    rules = tuple(rule.model_copy(update={"rmse": 12345.6}) for rule in sample.verdict.baselines)
    rooted = sample.verdict.model_copy(update={"cells": cells, "baselines": rules})
    panel = flat(shown(replace(sample, verdict=rooted)))
    assert f"RMSE LSTM 2.500, GRU 2.500, ridge 12,346, in the unit of {sample.verdict.target}." in panel
    page = html.render(Given(rooted, sample.plan, {}))
    assert page.count('<th scope="col">RMSE</th>') == 2
    assert ("<td>2.500</td>" in page, "<td>12,346</td>" in page) == (True, True)


def test_bar_and_better_rules_have_rows(build: Any) -> None:
    """The baseline to beat stands under the cells, then any rule that did better on test data."""
    rows = [flat(row) for row in shown(build("lstm")).splitlines()]
    assert rows.index("ridge 0.000 baseline") + 1 == rows.index("seasonal naive 0.034 better")
    assert not any("last value" in row for row in rows)


def test_undecided_says_why_and_what_would_decide(build: Any) -> None:
    """Cause, smallest decidable margin and remedy stand in the panel."""
    words = flat(shown(build("undecided")))
    assert "Too few test data: 84 tests are too few to tell the cells apart." in words
    assert "With unlimited pairs these test data can decide a margin of 0.028." in words
    assert "More test data; or --margin 0.028 if less makes no difference to you" in words


def test_further_cells_and_warnings(build: Any) -> None:
    """A further cell is compared with the judged one, and warnings are repeated in full."""
    words = flat(shown(build("not-worse", warnings=(said("first thing"), said("second thing")))))
    assert "RNN minus GRU: -0.1177 skill" in words
    assert "p < 0.001" in words
    assert "Warning first thing Warning second thing" in words


def test_doubts_of_reading_are_in_the_panel(build: Any) -> None:
    """Each note on reading has a line."""
    assert "Reading One row [b]of totals[/b] left out." in flat(
        shown(build("lstm", notes=("one row [b]of totals[/b] left out",)))
    )


def test_nothing_was_scored(build: Any) -> None:
    """Without cells, baselines and difference there is still a headline and advice."""
    sample = build(
        "undecided", cells={}, baselines=(), difference=None, probabilities=None, expected_regret=None, pairs=0
    )
    words = flat(shown(sample, 80))
    assert "Take the GRU." in words
    assert "Risk" not in words


@pytest.mark.parametrize("name", ["[red]bold[/red]", "[/]", "[link=file:///etc/passwd]x[/link]", ":smile:"])
def test_markup_in_names_is_shown_not_obeyed(build: Any, name: str) -> None:
    """Text from the data is never read as markup."""
    sample = build(
        "lstm",
        data={"target": name},
        warnings=(said(f"column {name} is constant"),),
        claim=said(f"On {name} this"),
    )
    words = flat(shown(sample))
    assert f"column {name} is constant" in words
    assert f"On {name} this." in words
    assert f"{name}, 7 steps ahead" in words


def test_escape_sequences_in_names_do_not_reach_the_terminal(build: Any) -> None:
    """A name cannot send a control sequence, not even to a console in colour."""
    sample = build("lstm", data={"target": "a\x1b[2Jb"}, warnings=(said("c\x1b]0;title\x07d\re"),))
    panel = shown(sample, force_terminal=True, color_system="truecolor")
    assert "\x1b[2J" not in panel
    assert "\x1b]0" not in panel
    assert "\x07" not in panel
    assert "\r" not in panel
    assert "a\\x1b[2Jb" in panel


def test_long_names_are_cut_or_folded(build: Any) -> None:
    """Two hundred letters without a space still fit 80 columns."""
    panel = shown(build("lstm", data={"target": "x" * 200}, warnings=(said("y" * 200),)), 80)
    assert {len(line) for line in panel.splitlines()} == {80}
    assert panel.count("y") - panel.count("only") >= 200


@pytest.mark.parametrize(("module", "absent"), [("text", ["torch", "altair", "vl_convert"]), ("html", ["torch"])])
def test_imports(module: str, absent: list[str]) -> None:
    """The panel needs neither torch nor the chart library, the page no torch."""
    script = f"import sys, gatewise.report.{module}; print([m for m in {absent} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_rules_that_the_budget_left_out_are_told(build: Any) -> None:
    """On the page and on the screen, with what they would have taken."""
    sample = build("gru", left_out={"ridge-calendar": 41.7, "ets": 12.0})
    expected = "too slow for the budget, by their predicted core seconds: ridge calendar (41.7), ets (12.0)"
    assert f"Simple rules {expected}." in flat(shown(sample))
    assert f"Left out as {expected}." in html.render(Given(sample.verdict, sample.plan, {}))
