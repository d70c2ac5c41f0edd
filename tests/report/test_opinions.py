"""The second opinions in words."""

from __future__ import annotations

from typing import Any

import pytest

from gatewise.judge import wording
from gatewise.report.sections import opinions
from gatewise.run.verdict import coded


def told(sample: Any) -> dict[str, str]:
    return dict(opinions.terms(sample.verdict, sample.plan))


def changed(sample: Any, **changes: Any) -> Any:
    return sample.verdict.opinions.model_copy(update=changes)


@pytest.mark.parametrize(
    ("name", "term", "text"),
    [
        (
            "lstm",
            "Bootstrap",
            "95 % interval +0.0262 to +0.0609 skill, which reads as “LSTM better”, as the interval",
        ),
        ("lstm", "Bootstrap", "Caution: only 7 test blocks: the percentile interval is too short."),
        ("not-worse", "Bootstrap", "reads as “GRU not worse”"),
        ("equal", "Bootstrap", "reads as “practically equal”"),
        (
            "gru",
            "Other training parts",
            "overlap, after Nadeau and Bengio: 95 % interval -0.0724 to -0.0002 accuracy",
        ),
        ("gru", "Other training parts", "Caution: only 4 splits: the variance is little better than a guess."),
        ("lstm", "Diebold-Mariano test", "p = 0.024, with the smaller loss on the LSTM’s side"),
        ("lstm", "Diebold-Mariano test", "Caution: only 12 test blocks: too few to see how they are correlated."),
    ],
)
def test_each_method_says_its_number(build: Any, name: str, term: str, text: str) -> None:
    """Interval or p value, what it reads as, and why not to trust it."""
    assert text in told(build(name))[term]


def test_disagreement_and_sides(build: Any) -> None:
    """A bootstrap that reads otherwise says so; a positive statistic leaves the second cell the smaller loss."""
    sample = build("lstm")
    tested = sample.verdict.opinions.diebold_mariano.model_copy(update={"statistic": 3.0, "p_value": 0.0001})
    words = told(build("lstm", opinions=changed(sample, agrees=False, trust=(), diebold_mariano=tested)))
    tied = tested.model_copy(update={"statistic": 0.0, "p_value": 1.0})

    assert "unlike the interval that decides" in words["Bootstrap"]
    assert "Caution" not in words["Bootstrap"]
    assert "p < 0.001, with the smaller loss on the GRU’s side" in words["Diebold-Mariano test"]
    assert "p = 1.000. " in told(build("lstm", opinions=changed(sample, diebold_mariano=tied)))["Diebold-Mariano test"]


def test_nothing_to_tell(build: Any) -> None:
    """No second opinions, or no difference they could be about."""
    assert told(build("lstm", opinions=None)) == {}
    assert told(build("undecided", difference=None)) == {}


def test_of_few_pairs_nothing_is_read(build: Any) -> None:
    """Beside an interval that is all on one side, "undecided" would contradict what the reader sees."""
    words = told(build("lstm", pairs=2))["Bootstrap"]

    assert "Of less than 8 pairs nothing is read from it." in words
    assert "reads as" not in words
    assert "reads as" in told(build("lstm", pairs=8))["Bootstrap"]


def test_a_test_that_contradicts_the_score_says_why(build: Any) -> None:
    """The score is of all steps, the test is of blocks, each as much as any other."""
    sample, uneven = build("lstm"), "A long block counts as much as a short one there"
    other = sample.verdict.opinions.diebold_mariano.model_copy(update={"statistic": 1.2})

    assert uneven not in told(sample)["Diebold-Mariano test"]
    assert uneven in told(build("lstm", opinions=changed(sample, diebold_mariano=other)))["Diebold-Mariano test"]


def test_large_counts_have_commas() -> None:
    """Of test blocks too."""
    said = wording.words(coded("blocks-correlated", blocks=1932, independent=1202))

    assert said.endswith("the 1,932 say no more than 1,202 would")
