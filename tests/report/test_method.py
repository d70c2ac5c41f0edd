"""The plan in words."""

from __future__ import annotations

from typing import Any

import pytest

from gatewise.report import method
from gatewise.run.verdict import RefitResult


def described(sample: Any) -> dict[str, str]:
    return dict(method.terms(sample.plan, sample.verdict))


@pytest.mark.parametrize(
    ("name", "term", "text"),
    [
        (
            "lstm",
            "Splits",
            "3 rolling origins, testing from rows 877, 1,071, 1,266 up to row 1,461, each window a block",
        ),
        ("gru", "Splits", "5 stratified folds"),
        ("lstm", "Cells", "LSTM with 38 hidden units and 6,735 parameters"),
        ("equal", "Cells", "GRU#2 with 44 hidden units and 6,752 parameters"),
        ("lstm", "Pairs", "Up to 30, 12 trained; looks planned after 8, 12, 20, 30, taken after 8, 12"),
        ("lstm", "Training", "LSTM 600, GRU 600; doubled up to 2 times"),
        ("lstm", "Metric", "mean squared error"),
        ("gru", "Data", "classes: one, two, three"),
        ("lstm", "Data", "in the order of date"),
        ("lstm", "Work", "240 fits"),
    ],
)
def test_terms(build: Any, name: str, term: str, text: str) -> None:
    """Each term says what the plan says."""
    assert text in described(build(name))[term]


@pytest.mark.parametrize(
    ("refit", "text"),
    [
        ({"asked": "never", "done": False, "rehearsals": 0, "saved": None}, None),
        ({"asked": "always", "done": True, "rehearsals": 0, "saved": None}, "no earlier origin could be asked."),
        (
            {"asked": "rehearsed", "done": False, "rehearsals": 4, "saved": -0.031},
            "Pairs were not trained again on all rows before their test part: at an earlier origin, 4 fits"
            " lost 3.1 % more",
        ),
    ],
)
def test_whether_pairs_were_trained_again(build: Any, refit: dict[str, Any], text: str | None) -> None:
    """What was asked, what came of it and what a rehearsal said; nothing of it where it is never asked."""
    sample = build("lstm")
    verdict = sample.verdict.model_copy(update={"refit": RefitResult(**refit)})
    told = dict(method.terms(sample.plan, verdict))["Training"]

    assert ("trained again" in told) == (text is not None)
    assert (text or "") in told


def test_long_lists_of_names_are_cut(build: Any) -> None:
    """Twelve names are listed, the rest counted."""
    names = tuple(f"sensor {k}" for k in range(40))
    text = described(build("lstm", data={"features": names}))["Data"]
    assert "sensor 11 and 28 more" in text
    assert "sensor 12" not in text


def test_no_looks(build: Any) -> None:
    """A plan that cannot pay for a look says so."""
    sample = build("undecided", looks=())
    plan = sample.plan.model_copy(update={"looks": ()})
    assert "too few for a look, none taken" in dict(method.terms(plan, sample.verdict))["Pairs"]


@pytest.mark.parametrize(
    ("done", "saved", "text"),
    [
        (True, None, "again on all text or events before their test part: nothing earlier was tested to tell."),
        (True, 0.03, "tested on what came before that, 4 fits lost 3.0 % less with it."),
        (False, -0.01, "Pairs were not trained again on all text or events before their test part: tested on what"),
    ],
)
def test_texts_have_no_rows_and_no_origins(build: Any, done: bool, saved: float | None, text: str) -> None:
    """The same in words that fit."""
    sample = build("lstm")
    asked, count = ("always", 0) if saved is None else ("rehearsed", 4)
    refit = RefitResult(asked=asked, done=done, rehearsals=count, saved=saved)
    plan = sample.plan.model_copy(update={"falls": True})
    told = dict(method.terms(plan, sample.verdict.model_copy(update={"refit": refit})))["Training"]

    assert text in told
    assert "rows before" not in told
    assert "origin" not in told


def test_what_was_not_tuned_is_not_described(build: Any) -> None:
    """One configuration is no search, whatever would have been done with more."""
    sample = build("lstm")
    assert "the default and random ones" in described(sample)["Tuning"]

    one = sample.plan.model_copy(update={"configurations": sample.plan.configurations[:1], "settings": ()})
    told = dict(method.terms(one, sample.verdict))["Tuning"]
    assert told.startswith("None: all cells were trained with the same settings")


def test_one_origin_is_in_the_singular(build: Any) -> None:
    """Several are not."""
    sample = build("lstm")
    splits = sample.plan.splits.model_copy(update={"count": 1, "borders": (877, 1461)})
    told = dict(method.terms(sample.plan.model_copy(update={"splits": splits}), sample.verdict))["Splits"]

    assert "1 rolling origin, testing from row 877 up to row 1,461, each window a block; it trains" in told
