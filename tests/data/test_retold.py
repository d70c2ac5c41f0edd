"""Lines that a run kept in English are said in the language of a reader."""

import re
from typing import Any

import pytest
from tiny import sequences, series

from gatewise.data.retold import LINES, retold
from gatewise.languages import speaking

HANGUL = re.compile("[가-힣]")


@pytest.mark.parametrize("data", [series(), sequences(), sequences(test_start=40)], ids=["series", "folds", "own"])
def test_every_line_of_what_was_understood_has_a_form(data: Any) -> None:
    """In English it stays as it is, letter by letter."""
    lines = data.describe()
    with speaking("en"):
        assert [retold(line) for line in lines] == lines
    with speaking("ko"):
        assert [line for line in lines if not HANGUL.search(retold(line))] == []


def test_places_are_kept_and_words_within_them_are_said() -> None:
    """Names from the data are not looked up; a line without a form stays English."""
    with speaking("ko"):
        assert retold("covariates: none") == "공변량: 없음"
        assert retold("covariates: mean, food and drinks") == "공변량: mean, food and drinks"
        assert retold("covariates: a, b and 4 more") == "공변량: a, b 외 4개"
        assert retold("season: 7 steps and 365 steps") == "계절 주기: 7단계·365단계"
        assert retold("something that no form knows") == "something that no form knows"


def test_every_form_is_recognised() -> None:
    """A form written out comes back in Korean."""
    with speaking("ko"):
        assert [form for form in LINES if not HANGUL.search(retold(re.sub(r"\{\w+\}", "7", form)))] == []


@pytest.mark.parametrize(
    "note",
    [
        "one column of 0 and 1 for each value of weather",
        "no time column found: the rows are taken as they come, evenly spaced",
        "own split: 305 pieces to learn from, 77 to test on",
        "sounds are read as 40 log-mel energies every 10 ms, of windows of 25 ms, at 8,000 samples a second",
        "1 missing step filled in as missing values, the first after 1984-12-30",
        "2 missing steps filled in as missing values, the first after 1984-12-30",
    ],
)
def test_notes_of_common_data_have_a_form(note: str) -> None:
    """As they are written where they arise."""
    with speaking("en"):
        assert retold(note) == note
    with speaking("ko"):
        assert HANGUL.search(retold(note))
