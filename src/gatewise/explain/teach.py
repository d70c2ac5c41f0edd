"""The networks of ``gatewise gates --teach``: weights that are set by hand, so that each gate does one thing.

What is said of them stands in `gatewise.explain.lessons`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gatewise.explain.lessons import of_signal, of_text
from gatewise.explain.reach import reach
from gatewise.explain.scene import Scene, Shown
from gatewise.explain.trace import gates
from gatewise.languages import mark, say
from gatewise.nn.layers import GRU, LSTM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Row = tuple[dict[str, float], float]  # channel, or h1 and h2 -> weight; bias

ABOUT = mark("Its weights are set by hand, so that each gate does one thing. Those of trained networks share the work.")

SIGNAL = (0.6, -0.3, 0.2, 0.8, -0.5, -0.7, 0.4, 0.1, -0.2, 0.9, 0.3, -0.6, 0.5, -0.4, 0.7, -0.1, -0.8, 0.2, 0.6, -0.3)
KEPT, ASKED = (0, 5, 12), (3, 9, 16)
"""Steps, from 0, whose value is to be kept, and at which it is asked for."""

TEXT = 'she said "come in" and then "sit down", twice.'
ALPHABET = ' abcdefghijklmnopqrstuvwxyz".,'
NAMES = {" ": mark("space"), '"': mark("quote"), ".": mark("full stop"), ",": mark("comma")}

# Unit 1 keeps the marked value and shows it when asked. Unit 2 is a running mean of about the last five values.
_SIGNAL: dict[str, dict[str, tuple[Row, Row]]] = {
    "lstm": {
        "f": (({"keep": -10.0}, 5.0), ({}, 1.4)),
        "i": (({"keep": 10.0}, -5.0), ({}, -1.4)),
        "g": (({"signal": 1.0}, 0.0), ({"signal": 1.0}, 0.0)),
        "o": (({"ask": 6.0}, -3.0), ({}, 3.0)),
    },
    "gru": {
        "r": (({"keep": -6.0}, 3.0), ({}, 3.0)),
        "z": (({"keep": 10.0}, -5.0), ({}, -1.4)),
        "n": (({"signal": 1.0, "h1": 1.0}, 0.0), ({"signal": 1.0}, 0.0)),
    },
}
# Unit 1 turns over at each quotation mark. Unit 2 grows from letter to letter of a word.
_TEXT: dict[str, dict[str, tuple[Row, Row]]] = {
    "lstm": {
        "f": (({"quote": -12.0}, 6.0), ({"space": -8.0}, 4.0)),
        "i": (({"quote": 12.0}, -6.0), ({"space": -3.0}, -2.0)),
        "g": (({"h1": -4.0}, 1.0), ({}, 1.5)),
        "o": (({}, 3.0), ({}, 3.0)),
    },
    "gru": {
        "r": (({}, 3.0), ({}, 3.0)),
        "z": (({"quote": 12.0}, -6.0), ({"space": 5.0}, -2.0)),
        "n": (({"h1": -4.0}, 1.0), ({"space": -3.0}, 1.5)),
    },
}


def scenes() -> list[Scene]:
    """The signal, then the text."""
    lstm, gru = (_shown("signal", label) for label in ("lstm", "gru"))
    signal = Scene(
        title=say("a signal"),
        subject=say("Keep a value of a signal when told to, and say it when asked"),
        at=(),
        networks=(lstm, gru),
        first="lstm",
        lessons=of_signal(lstm.gates, gru.gates, KEPT, ASKED),
    )
    lstm, gru = (_shown("text", label) for label in ("lstm", "gru"))
    text = Scene(
        title=say("a line of text"),
        subject=say("Is this letter inside of quotation marks, and where in its word"),
        at=tuple(TEXT),
        networks=(lstm, gru),
        symbols=True,
        first="lstm",
        lessons=of_text(lstm.gates, gru.gates, TEXT),
    )
    return [signal, text]


def inputs(scene: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """What the networks of ``signal`` or ``text`` read, shape (T, I), and the names of its channels."""
    if scene == "text":
        codes = [ALPHABET.index(letter) for letter in TEXT]
        return np.eye(len(ALPHABET), dtype=np.float32)[codes], tuple(NAMES.get(each, each) for each in ALPHABET)
    steps = np.arange(len(SIGNAL))
    x = np.stack([np.array(SIGNAL), np.isin(steps, KEPT), np.isin(steps, ASKED)], axis=1)
    return x.astype(np.float32), ("signal", "keep", "ask")


def _shown(scene: str, label: str) -> Shown:
    """A network of a scene; what it answers is h of unit 1."""
    x, channels = inputs(scene)
    rows = {"signal": _SIGNAL, "text": _TEXT}[scene][label]
    layer = _layer(label, rows, channels)
    inside = gates(layer, x)
    sizes = reach(inside, lambda t: np.array([[1.0, 0.0]]) if t == len(x) - 1 else None)
    called = tuple(say(name) if name in NAMES.values() else name for name in channels)
    return Shown(label, inside, sizes, called, (say(ABOUT),))


def _layer(label: str, rows: dict[str, tuple[Row, Row]], channels: tuple[str, ...]) -> LSTM | GRU:
    """A layer of two units with these weights, those that are not named 0."""
    packed = [unit for letter in ("ifgo" if label == "lstm" else "rzn") for unit in rows[letter]]

    def weights(names: tuple[str, ...]) -> torch.Tensor:
        return torch.tensor([[given.get(name, 0.0) for name in names] for given, _ in packed])

    layer = LSTM(len(channels), 2) if label == "lstm" else GRU(len(channels), 2)
    for name, value in (
        ("weight_ih_l0", weights(channels)),
        ("weight_hh_l0", weights(("h1", "h2"))),
        ("bias_ih_l0", torch.tensor([bias for _, bias in packed])),
    ):
        layer.get_parameter(name).data = value
    return layer
