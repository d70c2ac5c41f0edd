"""The words and number formats shared by terminal and page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatewise.languages import say, speaking
from gatewise.metrics import METRICS
from gatewise.report import words
from gatewise.rules import RULES as KNOWN
from gatewise.text import shorten, sure, upward, visible

OUTCOMES = ["lstm", "gru", "equal", "not-worse", "neither", "undecided"]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_verdict_has_two_sentences_without_gaps(outcome: str) -> None:
    """Each verdict says what it means and what it does not mean, with the names filled in."""
    found = words.meaning(outcome, ("lstm", "gru"), "gru")
    for sentence in (found.means, found.means_not):
        assert sentence.endswith(".")
        assert "{" not in sentence
    assert found.means_not.startswith("It does not mean")


def test_the_winner_is_named_not_the_recommended_cell() -> None:
    """The better cell's name stands first in its sentence, titles of odd labels included."""
    assert words.meaning("gru#2", ("gru-after", "gru#2"), "baseline").means.startswith(
        "GRU#2 is shown to score higher than GRU (reset after)"
    )


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.973, "97 %"),
        (0.9925, "99.2 %"),
        (0.9996, "over 99.9 %"),
        (1.0, "over 99.9 %"),
        (0.0001, "under 0.1 %"),
        (0.004, "0.4 %"),
        (0.5, "50 %"),
    ],
)
def test_percent_never_claims_certainty(share: float, text: str) -> None:
    """Probabilities are rounded for reading, but never to 0 or 100 %."""
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "less than 0.0001"), (0.00031, "0.00031"), (0.0213, "0.021"), (0.2134, "0.213"), (12.3456, "12.346")],
)
def test_small_amounts(value: float, text: str) -> None:
    """Small amounts keep two digits, large ones three places."""
    assert words.small(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0273, "0.028"), (0.027, "0.027"), (0.2, "0.2"), (1.234, "1.3"), (0.0995, "0.1"), (0.0, "0")]
)
def test_margins_are_rounded_up(value: float, text: str) -> None:
    """A margin that is typed as shown is never smaller than the one that was meant."""
    assert upward(value) == text


@pytest.mark.parametrize(("value", "text"), [(-0.00001, "0.000"), (0.41249, "0.412"), (-0.0712, "-0.071")])
def test_scores_have_three_places_and_no_negative_zero(value: float, text: str) -> None:
    """A score that rounds to nothing has no sign."""
    assert words.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.123, "0.12"), (61.74, "61.7"), (1234.5, "1,234"), (9.999, "10.00")]
)
def test_measured(value: float | None, text: str) -> None:
    """Times are given with about three digits; what was not measured is a dash."""
    assert words.measured(value) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("temp_max", "temp_max"),
        ("Höhe 温度 🌡", "Höhe 温度 🌡"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("a\u202eb", "a\\u202eb"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_control_and_direction_marks_are_written_out(text: str, shown: str) -> None:
    """Nothing in a name acts on the terminal or turns the reading direction; letters of any script pass."""
    assert visible(text) == shown


def test_shorten_cuts_long_names() -> None:
    """A long name is cut to the length asked for, a short one is not touched."""
    assert shorten("x" * 200, 40) == "x" * 39 + "…"
    assert shorten("x" * 40, 40) == "x" * 40


def test_the_docs_say_it_in_the_same_words() -> None:
    """docs/statistics.md explains each of the six verdicts with the sentences of terminal and report."""
    page = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text("utf-8")

    for outcome in ("lstm", "gru", "equal", "not-worse", "neither", "undecided"):
        found = words.meaning(outcome, ["lstm", "gru"], "gru")
        assert f"| `{outcome}` | {found.means} | {found.means_not} |" in page


@pytest.mark.parametrize(
    ("interval", "metric", "shown"),
    [
        ((0.983, 1.007), "accuracy", "0.983 to 1.000"),
        ((-0.02, 0.06), "solved", "0.000 to 0.060"),
        ((-0.2, 1.3), "mse", "-0.200 to 1.000"),
    ],
)
def test_no_range_reaches_beyond_what_a_score_can_be(interval: tuple[float, float], metric: str, shown: str) -> None:
    """A share ends at 0 and at 1, and skill at 1."""
    assert words.within(interval, metric) == shown


@pytest.mark.parametrize(
    ("chance", "text"),
    [
        (0.049, "under 5 %"),
        (0.05, "5 %"),
        (0.899, "89 %"),
        (0.9499, "94 %"),
        (0.95, "over 95 %"),
        (0.97, "over 95 %"),
        (1.0, "over 95 %"),
    ],
)
def test_a_chance_is_no_more_than_was_measured(chance: float, text: str) -> None:
    """A larger one is never said to be smaller: none above 95 % is told apart."""
    assert sure(chance) == text


def test_every_rule_has_a_name_in_words() -> None:
    """In Korean too; those that are called alike everywhere need none."""
    names = {each.name for each in KNOWN}

    assert set(words.RULES) <= names
    assert names - set(words.RULES) == {"ets", "n-gram", "theta"}
    assert all(words.rule(name) == name.replace("-", " ").replace("n grams", "n-grams") for name in words.RULES)
    with speaking("ko"):
        assert [name for name in words.RULES if not re.search("[가-힣]", words.rule(name))] == []


def test_every_loss_is_named_in_korean() -> None:
    """Of the metrics whose scores are skill, which name their loss."""
    with speaking("ko"):
        assert [each.words for each in METRICS if each.unit == "skill" and say(each.words) == each.words] == []


def test_differences_have_as_many_digits_as_tell_something() -> None:
    """Four decimals of what is small, none of what is large."""
    assert [words.signed(value) for value in (0.01234, -0.00001, 99.5, -670350.8448)] == [
        "+0.0123",
        "+0.0000",
        "+99.5000",
        "-670,351",
    ]
