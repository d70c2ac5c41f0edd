"""Headline, advice, risk and the baseline to beat."""

from __future__ import annotations

from typing import Any

import pytest

from gatewise.report import baselines, summary
from gatewise.run.verdict import BaselineResult


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        (
            "lstm",
            "Take the LSTM: it is shown to be better than the GRU on new data like these, with the best"
            " settings found for each.",
        ),
        (
            "equal",
            "Take the GRU: it is shown to be as good as the GRU#2 on new data like these (less than 0.01"
            " skill apart), and it is cheaper to run (it keeps 44 numbers from step to step, not 76).",
        ),
        (
            "not-worse",
            "Take the GRU: it is shown to be as good as the LSTM on new data like these, or better (no more than 0.01"
            " skill worse).",
        ),
        (
            "neither",
            "Take the simple rule ridge, no network: LSTM and GRU both do worse, which is shown for new data like"
            " these.",
        ),
    ],
)
def test_headline(build: Any, name: str, headline: str) -> None:
    """What to take, what is shown of it, and for which data; an older document says what to take alone."""
    sample = build(name, strength="shown", cheaper="gru")
    assert summary.headline(sample.verdict, sample.plan) == headline
    older = build(name)
    assert summary.headline(older.verdict, older.plan).startswith(headline.split(":")[0] + ".")


@pytest.mark.parametrize(
    ("strength", "pairs", "headline"),
    [
        (
            "likely",
            12,
            "Take the GRU: it is likely (over 95 %) as good as the LSTM on new data within 0.01 skill, or better.",
        ),
        (
            "leaning",
            12,
            "Take the GRU, but that is only a leaning: the chance is over 95 % that it is as good as",
        ),
        (
            "either",
            12,
            "Take the GRU, because it is cheaper to run (it keeps 44 numbers from step to step, not 76): these"
            " data do not tell which cell is better.",
        ),
        (
            "likely",
            2,
            "Take the GRU for now: it looks as good as the LSTM, or better, but each was trained only 2 times",
        ),
    ],
)
def test_a_headline_says_no_more_than_is_known(build: Any, strength: str, pairs: int, headline: str) -> None:
    """A probability of 0.9996 is no surer than was measured, and of two pairs none is stated."""
    sample = build("undecided", strength=strength, pairs=pairs, at_most_margin_worse={"gru": 0.9996})
    assert summary.headline(sample.verdict, sample.plan).startswith(headline)
    assert "99.9" not in " ".join(summary.risk(sample.verdict))


def test_advice_names_the_rule_where_the_baseline_is_recommended(build: Any) -> None:
    """The baseline is recommended by the name of its rule."""
    assert summary.advice(build("neither").verdict).startswith("Take the baseline (ridge), because no cell")


def test_risk_is_the_regret_of_the_recommended_choice(build: Any) -> None:
    """The risk is that of what is recommended, in the metric's unit; none where nothing was compared."""
    regret = {"lstm": 0.0123, "gru": 0.0004, "baseline": 0.5}
    likely: dict[str, Any] = {"strength": "likely", "verdict": "not-worse"}
    told = " ".join(summary.risk(build("gru", expected_regret=regret, **likely).verdict))
    assert told.endswith("costs 0.04 percentage points.")
    assert summary.risk(build("gru", expected_regret=None, **likely).verdict) == ()


def test_risk_of_what_is_shown_is_how_often_that_is_wrong(build: Any) -> None:
    """A claim states its error, and no second number beside it."""
    shown = build("gru", expected_regret={"gru": 0.0004}, strength="shown")
    assert summary.risk(shown.verdict) == ("What is shown is wrong in at most 5 of 100 such comparisons.",)


def rules(*entries: tuple[str, float, bool]) -> tuple[BaselineResult, ...]:
    return tuple(BaselineResult(name=name, score=score, loss=1.0, bar=bar) for name, score, bar in entries)


@pytest.mark.parametrize(
    ("sample", "scored", "expected"),
    [
        ("lstm", rules(("ridge", 0.0, True), ("drift", -1.0, False)), ("ridge", 0.0)),
        ("lstm", rules(("ridge", 0.02, True), ("last-value", -0.1, True)), ("ridge / last value", 0.0)),
        ("gru", rules(("logistic", 0.91, True), ("majority", 0.5, True)), ("logistic / majority", 0.9031)),
    ],
)
def test_bar(build: Any, sample: str, scored: Any, expected: tuple[str, float]) -> None:
    """The bar's score is its own, or what the cells were measured from where folds chose several rules."""
    found = baselines.bar(build(sample, baselines=scored).verdict)
    assert found is not None
    assert (found.name, pytest.approx(found.score)) == expected


def test_better_baselines_are_those_above_the_bar_on_test_data(build: Any) -> None:
    """Rules below the bar are not reported as better."""
    assert [found.name for found in baselines.better(build("lstm").verdict)] == ["seasonal-naive"]
    assert baselines.better(build("gru").verdict) == ()
    assert baselines.better(build("gru", baselines=()).verdict) == ()
