"""By how much: in the user's own unit and as a score; what another error says; how much more work would do."""

from __future__ import annotations

import io
from typing import Any, Literal

import pytest
from rich.console import Console

from gatewise.report import leads, method
from gatewise.report.enough import enough, pairs_needed, typed
from gatewise.report.screen import screen
from gatewise.report.taken import as_trained
from gatewise.run.plan import Work
from gatewise.run.verdict import Claim, Undecided, coded


def with_cells(sample: Any, **given: dict[str, Any]) -> dict[str, Any]:
    """Its cells, changed by label."""
    return {label: one.model_copy(update=given.get(label, {})) for label, one in sample.verdict.cells.items()}


# --------------------------------------------------------------------------------------------------
# The lead


def test_the_lead_of_a_forecast_is_in_the_unit_of_its_target(build: Any) -> None:
    """3.5 less 3.3, and what that is as skill; left out where it points the other way, and where there is none."""
    sample = build("undecided")
    cells = with_cells(sample, lstm={"rmse": 3.5}, gru={"rmse": 3.3})
    told = leads.lead(build("undecided", cells=cells).verdict, sample.plan)
    turned = with_cells(sample, lstm={"rmse": 3.3}, gru={"rmse": 3.5})
    none = with_cells(sample, lstm={"rmse": None}, gru={"rmse": None})

    assert told == "GRU 0.2 RMSE ahead of LSTM: 0.013 skill, 95 % range 0.02 behind to 0.046 ahead."
    for each in (turned, none):
        found = leads.lead(build("undecided", cells=each).verdict, sample.plan)
        assert found == "GRU 0.013 skill ahead of LSTM: 95 % range 0.02 behind to 0.046 ahead."


def test_the_lead_in_accuracy_is_in_percentage_points(build: Any) -> None:
    """0.9684 less 0.9321."""
    sample = build("gru")
    told = leads.lead(sample.verdict, sample.plan)

    assert told == "GRU 3.6 percentage points ahead of LSTM: 95 % range 1.9 to 5.3 ahead."


@pytest.mark.parametrize(
    ("interval", "told"), [((-0.001, 0.03), "3.0 behind to 0.1 ahead"), ((0.011, 0.03), "1.1 to 3.0 behind")]
)
def test_the_range_of_what_is_behind_says_how_far(build: Any, interval: tuple[float, float], told: str) -> None:
    """Without signs: on each side of 0 it says who is ahead."""
    sample = build("gru")
    assert sample.verdict.difference
    behind = sample.verdict.difference.model_copy(update={"estimate": 0.02, "interval": interval})
    found = leads.lead(build("gru", difference=behind).verdict, sample.plan)

    assert found == f"GRU 2.0 percentage points behind LSTM: 95 % range {told}."


@pytest.mark.parametrize(
    ("kind", "cell", "interval", "told"),
    [
        ("not-worse", "gru", (-0.006, 0.09), "at worst 0.6 behind on new data"),
        ("not-worse", "gru", (0.012, 0.09), "at least 1.2 ahead on new data"),
        ("equal", None, (-0.004, 0.007), "at most 0.7 on new data"),
    ],
)
def test_what_is_shown_is_told_in_place_of_a_range(
    build: Any, kind: str, cell: str | None, interval: tuple[float, float], told: str
) -> None:
    """One of 95 % may go beyond the margin though nothing beyond it is claimed, and contradict the first sentence."""
    claim = Claim(scope="tuned", kind=kind, cell=cell, interval=interval, error=0.04, probability=0.97)
    found = leads.lead(build("gru", verdict=kind, claims=(claim,)).verdict, build("gru").plan)

    assert found
    assert found.endswith(f"{told}.")


@pytest.mark.parametrize("taken", ["baseline", "lstm"])
def test_what_is_shown_of_another_cell_is_not_told_of_this_lead(build: Any, taken: str) -> None:
    """A rule or the other cell may be the one to take, by its chances: then the 95 % range of that lead is told."""
    claim = Claim(scope="tuned", kind="not-worse", cell="gru", interval=(-0.006, 0.09), error=0.04, probability=0.97)
    found = leads.lead(
        build("gru", verdict="not-worse", recommendation=taken, claims=(claim,)).verdict, build("gru").plan
    )

    assert found
    assert "95 % range" in found


def test_shares_are_no_more_than_all_apart(build: Any) -> None:
    """An interval of accuracy may go beyond 1; what is said of it does not."""
    sample = build("gru")
    assert sample.verdict.difference
    far = sample.verdict.difference.model_copy(update={"estimate": -0.8, "interval": (-1.15, -0.31)})
    told = leads.lead(build("gru", difference=far).verdict, sample.plan)

    assert told == "GRU 80.0 percentage points ahead of LSTM: 95 % range 31.0 to 100.0 ahead."


def test_a_lead_that_reads_as_nothing_is_none(build: Any) -> None:
    """Less than .05 percentage points."""
    sample = build("gru")
    assert sample.verdict.difference
    little = sample.verdict.difference.model_copy(update={"estimate": -0.0004, "interval": (-0.006, 0.007)})
    told = leads.lead(build("gru", difference=little).verdict, sample.plan)

    assert told == "GRU and LSTM level here: 95 % range 0.7 behind to 0.6 ahead."


def test_the_lead_of_a_text_is_in_bits(build: Any) -> None:
    """Less of them is better."""
    sample = build("undecided")
    plan = sample.plan.model_copy(update={"metric": "bits", "section": {**sample.plan.section, "unit": "character"}})
    cells = with_cells(
        sample, lstm={"rmse": None, "beside": {"bits": 2.25}}, gru={"rmse": None, "beside": {"bits": 2.2}}
    )
    told = leads.lead(build("undecided", cells=cells, metric="bits").verdict, plan)

    assert told == "GRU 0.05 bits/char ahead of LSTM: 0.013 skill, 95 % range 0.02 behind to 0.046 ahead."


def test_the_lead_in_absolute_errors_is_in_the_unit_of_one_target(build: Any) -> None:
    """Several targets or series are scored in the scales of their own values: such an error has no unit."""
    sample = build("undecided")
    cells = with_cells(sample, lstm={"rmse": None, "loss": 2.5}, gru={"rmse": None, "loss": 2.25})
    verdict = build("undecided", cells=cells, metric="mae").verdict
    asked = {
        "one": {"targets": ["y"]},
        "two": {"targets": ["y", "z"]},
        "shops": {"targets": ["y"], "names": ["a", "b"]},
    }
    told = {
        name: leads.lead(verdict, sample.plan.model_copy(update={"metric": "mae", "section": section}))
        for name, section in asked.items()
    }

    assert told["one"] == "GRU 0.25 MAE ahead of LSTM: 0.013 skill, 95 % range 0.02 behind to 0.046 ahead."
    assert told["two"] == told["shops"] == "GRU 0.013 skill ahead of LSTM: 95 % range 0.02 behind to 0.046 ahead."


def test_that_another_error_contradicts_is_said_where_it_does(build: Any) -> None:
    """The GRU is ahead by skill: an error in which the LSTM is ahead has a sentence, one that agrees has none."""
    verdict = build("undecided").verdict

    told = leads.contradicted(verdict, {"lstm": 2.0, "gru": 2.1}, "mean absolute error")
    assert told == ("By mean absolute error the LSTM is ahead; the GRU is by skill, which is what is judged.")
    assert leads.contradicted(verdict, {"lstm": 2.1, "gru": 2.0}, "mean absolute error") is None
    assert leads.contradicted(verdict, {"lstm": 2.0, "gru": 2.0}, "mean absolute error") is None
    assert leads.contradicted(verdict, {"lstm": 2.0, "gru": 2.00001}, "mean absolute error") is None  # reads the same
    assert leads.contradicted(verdict, {"gru": 2.0}, "mean absolute error") is None


@pytest.mark.parametrize("name", ["lstm", "gru", "equal", "undecided"])
def test_no_line_ends_with_blanks(build: Any, name: str) -> None:
    """Neither on a terminal nor elsewhere."""
    sample = build(name)
    for terminal in (False, True):
        file = io.StringIO()
        shown = Console(file=file, width=80, force_terminal=terminal, color_system=None)
        shown.print(screen(sample.verdict, sample.plan))
        lines = file.getvalue().splitlines()
        assert lines == [line.rstrip() for line in lines]
        assert len(lines) > 5


# --------------------------------------------------------------------------------------------------
# Networks that read both ways


def both_ways(sample: Any, *, chosen: bool) -> tuple[Any, dict[str, Any]]:
    """A plan whose networks may read both ways, and cells that do, or do not."""
    tried = (sample.plan.configurations[0].model_copy(update={"bidirectional": True}),)
    plan = sample.plan.model_copy(update={"both_ways": {"lstm": 21, "gru": 25}, "settings": tried})
    cells = {}
    for label, one in sample.verdict.cells.items():
        setting = one.configuration.model_copy(update={"bidirectional": chosen})
        width = plan.width(label, setting)
        cells[label] = one.model_copy(
            update={"configuration": setting, "hidden_size": width, "multiply_adds": 100 * width, "state_floats": width}
        )
    return plan, cells


@pytest.mark.parametrize("chosen", [True, False])
def test_widths_are_those_that_were_trained(build: Any, chosen: bool) -> None:
    """First those of the table of cells, then those that were tried, and which is which."""
    plan, cells = both_ways(build("undecided"), chosen=chosen)
    told = dict(method.terms(plan, build("undecided", cells=cells).verdict))["Cells"]
    trained, tried = told.split("Tried, ")

    for cell in ("lstm", "gru"):
        one_way, each_way = plan.hidden_size[cell], plan.both_ways[cell]
        assert f"{cells[cell].hidden_size} hidden units" in trained
        assert f"with {one_way if chosen else each_way} hidden units" in tried
        assert f"with {each_way if chosen else one_way} hidden units" not in tried
    assert ("read both ways" in trained) == chosen
    assert tried.startswith("reading one way" if chosen else "reading both ways")


def test_costs_in_a_reason_are_those_of_what_was_trained(build: Any) -> None:
    """The headline and the table of cells say the same."""
    _, cells = both_ways(build("undecided"), chosen=True)
    reason = coded("costs-less", work=6336, state=44, rival_work=6384, rival_state=76)
    found = as_trained(build("undecided", cells=cells).verdict, "gru", reason)

    assert found.values == {"work": 2500, "state": 25, "rival_work": 2100, "rival_state": 21}
    assert as_trained(build("undecided", cells={}).verdict, "gru", reason) == reason


# --------------------------------------------------------------------------------------------------
# How much more would do


def open_for_pairs(build: Any, pairs: int = 12, half: float = 0.03, of_pairs: float = 0.012, **given: Any) -> Any:
    """A verdict that more pairs would bring."""
    undecided = Undecided(
        cause="pairs",
        reason=coded("pairs-leave-open", pairs=pairs, half=half),
        smallest_margin=None,
        remedy=coded("more-pairs", unit="seconds"),
    )
    found = build("undecided").verdict.difference.model_copy(
        update={
            "estimate": 0.003,
            "interval": (0.003 - half, 0.003 + half),
            "standard_error": 0.013,
            "standard_error_pairs": of_pairs,
        }
    )
    return build("undecided", undecided=undecided, pairs=pairs, difference=found, **given).verdict


def priced(sample: Any, unit: Literal["fits", "seconds"], total: float, steps: int) -> Any:
    """Its plan, of so much work."""
    work = Work(unit=unit, total=total, prices={}, overhead={})
    return sample.plan.model_copy(update={"work": work, "steps": dict.fromkeys(sample.plan.cells, steps)})


def test_pairs_needed_by_hand(build: Any) -> None:
    """0.04 on one side needs 0.893 of the width, so the error may be 0.013 (0.01 + 0.003) / (0.03 · 0.893) = 0.0063."""
    # Of the variance 0.000169 the pairs make 0.000144, the blocks 0.000025: 12 · 0.000144 / (0.0000398 - 0.000025)
    assert pairs_needed(open_for_pairs(build)) is None  # more than are ever trained
    # At a width of 0.02 the error may be 0.00946: 12 · 0.000144 / (0.0000895 - 0.000025) = 26.8
    assert pairs_needed(open_for_pairs(build, half=0.02)) == 27
    assert pairs_needed(open_for_pairs(build, half=0.02, of_pairs=0.002)) is None  # the blocks leave it open
    assert pairs_needed(open_for_pairs(build, pairs=3)) == 8  # the first look
    assert pairs_needed(open_for_pairs(build, pairs=0)) is None
    assert pairs_needed(build("undecided").verdict) is None  # no budget will decide
    assert pairs_needed(build("lstm").verdict) is None


def test_a_budget_is_named_where_it_is_known(build: Any) -> None:
    """27 pairs for 12, by fits and by seconds; a budget first buys longer fits, and of a text nobody knows how long."""
    verdict, sample = open_for_pairs(build, half=0.02), build("undecided")
    fits, full, short = (
        priced(sample, unit, 240, steps) for unit, steps in (("fits", 600), ("seconds", 1500), ("seconds", 500))
    )

    assert enough(verdict, fits, None) == "--fits 540 should do, if the scores stay as they are."
    assert enough(verdict, full, 180.0) == "--budget 7m should do, if the scores stay as they are."
    assert enough(verdict, short, 180.0) == "--budget 25m should do, if the scores stay as they are."
    assert enough(verdict, full, None) is None
    assert enough(verdict, full, 80_000.0) is None
    assert enough(verdict, short.model_copy(update={"metric": "bits"}), 180.0) is None
    early = open_for_pairs(build, pairs=3)
    assert enough(early, priced(sample, "seconds", 20, 60), 30.0) == "--budget 80s pays for that."


def test_the_screen_names_the_budget(build: Any) -> None:
    """In place of that it takes a larger one."""
    sample = build("undecided")
    file = io.StringIO()
    Console(file=file, width=80).print(
        screen(open_for_pairs(build, half=0.02), priced(sample, "seconds", 240, 1500), 180.0)
    )
    shown = " ".join(file.getvalue().split())

    assert "--budget 7m should do" in shown
    assert "a larger --budget" not in shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(41.0, "50s"), (120.0, "120s"), (121.0, "3m"), (620.0, "15m"), (3_590.0, "1h"), (5_000.0, "1h25m")],
)
def test_times_are_typed_rounded_up(seconds: float, text: str) -> None:
    """As one would type them."""
    assert typed(seconds) == text
