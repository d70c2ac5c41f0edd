"""The sections of the page: each file is listed once, beside its template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gatewise.report import html, sections
from gatewise.report.given import Given
from gatewise.report.sections import SECTIONS, method
from gatewise.run.verdict import coded

FOLDER = Path(sections.__file__).parent


def test_every_section_is_listed_beside_its_template() -> None:
    """No file and no template is left out of the tuple."""
    listed = [Path(section.template).stem for section in SECTIONS]

    assert len(set(listed)) == len(listed)
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "section"} == set(listed)
    assert {path.stem for path in FOLDER.glob("*.html")} == set(listed)


def shown(sample: Any) -> list[str]:
    """The sections that a page of the sample has, in their order."""
    given = Given(sample.verdict, sample.plan, {})
    return [Path(section.template).stem for section in SECTIONS if section.values(given) is not None]


def test_what_has_nothing_to_say_is_left_out(build: Any) -> None:
    """A verdict needs no reasons for being open, and a run without any pair has neither figures nor tables."""
    whole = [
        *("headline", "recommendation", "undecided", "warnings", "evidence", "cells", "costs", "search", "opinions"),
        *("rules", "method", "again"),
    ]
    empty = build(
        "undecided", cells={}, baselines=(), difference=None, others=(), opinions=None, warnings=(), undecided=None
    )

    assert shown(build("undecided")) == whole
    assert "undecided" not in shown(build("lstm"))
    assert shown(empty) == ["headline", "recommendation", "costs", "method", "again"]


@pytest.mark.parametrize(("pairs", "stated"), [(2, False), (7, False), (8, True)])
def test_no_chance_is_stated_of_few_trainings(build: Any, pairs: int, stated: bool) -> None:
    """The headline says that so few do not tell how sure it is; the lines below it do not say otherwise."""
    sample = build("undecided", pairs=pairs, strength="likely")
    page = html.render(Given(sample.verdict, sample.plan, {}))

    assert ("better by more than the margin</li>" in page) == stated
    assert ("Why the choice is likely and not shown" in page) == stated
    assert ("Why nothing is shown" in page) != stated


def test_numbers_of_the_data_have_their_commas() -> None:
    """From a thousand on, as everywhere on the page: 1,833 stands above 10,965."""
    assert [html.size(value) for value in (1833.2, -1571.04, 10965.0, 999.94, 0.5)] == [
        "1,833",
        "-1,571",
        "10,965",
        "999.9",
        "0.5",
    ]


def test_packages_are_named_as_such(build: Any) -> None:
    """Their names are long enough for a narrow column."""
    sample = build("lstm")
    found = Given(sample.verdict, sample.plan, {"packages": {"safetensors": "0.8.0"}, "cuda": {"device": "none"}})

    assert method.values(found)["environment"] == [("safetensors", "0.8.0"), ("cuda.device", "none")]


def test_options_stay_in_one_piece(build: Any) -> None:
    """Where a line is broken after its hyphens, nobody sees an option; what is around it is text."""
    assert str(html.typed("<b>more --fits, or --margin 0.038.\u202e")) == (
        '&lt;b&gt;more <span class="typed">--fits</span>, or <span class="typed">--margin 0.038</span>.\\u202e'
    )
    sample = build("undecided", warnings=(coded("steps-multiplied", times=2),))
    page = html.render(Given(sample.verdict, sample.plan, {}))
    assert '<span class="typed">--margin' in page
