"""The table of conventions, and parameters by formula."""

import pytest

from gatewise.errors import OptionError
from gatewise.reference.conventions import CONVENTIONS, parameter_count, preset


@pytest.mark.parametrize("key", CONVENTIONS, ids="-".join)
def test_every_preset_names_each_gate_once(key: tuple[str, str]) -> None:
    """Presets of one cell differ in the order of gates, never in the gates."""
    rules = CONVENTIONS[key]

    assert (rules.cell, rules.name) == key
    assert sorted(rules.gates) == sorted(preset(rules.cell, "textbook").gates)
    assert (rules.reset is None) == (rules.update is None) == (rules.cell != "gru")


def test_textbook_order() -> None:
    """The order of the documents: torch's for the LSTM, reset first for the GRU."""
    assert preset("lstm", "textbook").gates == ("input", "forget", "candidate", "output")
    assert preset("gru", "textbook").gates == ("reset", "update", "candidate")


@pytest.mark.parametrize(
    ("cell", "options", "expected"),
    [
        ("lstm", {}, 4 * 5 * (3 + 5 + 1)),
        ("gru", {}, 3 * 5 * (3 + 5 + 1)),
        ("rnn", {}, 5 * (3 + 5 + 1)),
        ("gru", {"convention": "torch"}, 3 * 5 * (3 + 5 + 2)),
        ("lstm", {"bias": False}, 4 * 5 * (3 + 5)),
        ("lstm", {"num_layers": 2}, 4 * 5 * (3 + 5 + 1) + 4 * 5 * (5 + 5 + 1)),
        ("gru", {"num_layers": 2, "bidirectional": True}, 2 * 3 * 5 * (3 + 5 + 1) + 2 * 3 * 5 * (10 + 5 + 1)),
    ],
)
def test_parameter_count(cell: str, options: dict[str, object], expected: int) -> None:
    """Counts worked out by hand at I = 3, H = 5."""
    assert parameter_count(cell, 3, 5, **options) == expected


@pytest.mark.parametrize(
    ("cell", "name", "message"),
    [
        ("gruu", "textbook", "cell='gruu' is no cell gatewise knows; did you mean gru"),
        ("gru", "pytorch", "convention='pytorch' is no convention of the GRU; did you mean torch"),
        ("rnn", "onnx", "no convention of the RNN; there are: textbook, torch"),
    ],
)
def test_unknown_names(cell: str, name: str, message: str) -> None:
    """The message lists what there is."""
    with pytest.raises(OptionError, match=message):
        parameter_count(cell, 3, 5, convention=name)
