"""Names of the arms and costs by formula."""

import pytest

from gatewise.arms import CELLS, cheaper, kind, labels, title
from gatewise.errors import OptionError


def test_repeated_cells_are_numbered() -> None:
    """Every arm has its own name."""
    assert labels(["gru", "lstm", "gru", "gru"]) == ("gru", "lstm", "gru#2", "gru#3")
    assert kind("gru#3") is CELLS["gru"]
    assert title("gru#2") == "GRU#2"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["lstm", "gruu"], "'gruu' is not a cell of gatewise; did you mean gru"),
        (["lstm"], "got lstm, expected at least two cells. Type: --cells lstm,gru"),
        ([], "got none, expected at least two"),
    ],
)
def test_bad_cells(names: list[str], message: str) -> None:
    """What came, what was wanted, what to type."""
    with pytest.raises(OptionError, match=message):
        labels(names)


def test_formulas() -> None:
    """Counts of the textbook cells at I = 3, H = 5."""
    assert CELLS["lstm"].parameters(3, 5) == 4 * 5 * (3 + 5 + 1)
    assert CELLS["gru"].parameters(3, 5) == 3 * 5 * (3 + 5 + 1)
    assert CELLS["gru-after"].parameters(3, 5) == 3 * 5 * (3 + 5 + 2)
    assert CELLS["rnn"].parameters(3, 5) == 5 * (3 + 5 + 1)
    assert CELLS["lstm"].multiply_adds(3, 5) == 4 * 5 * 8
    assert CELLS["lstm"].state_floats(5) == 10
    assert CELLS["lstm"].state_floats(5, 2, 3) == 2 * (10 + 10)
    assert CELLS["gru"].multiply_adds(3, 5, 2) == 2 * CELLS["gru"].multiply_adds(3, 5)
    assert CELLS["gru"].state_floats(5) == 5


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [((100, 90), (104, 50), 1), ((100, 90), (120, 50), 0), ((100, 50), (100, 50), 0), ((120, 10), (100, 90), 1)],
)
def test_cheaper(first: tuple[int, int], second: tuple[int, int], expected: int) -> None:
    """Work decides beyond 5 %, state within, position at last."""
    assert cheaper(first, second) == expected
