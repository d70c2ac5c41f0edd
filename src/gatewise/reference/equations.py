"""The equations of every cell as text, and what each of their parts is for. Needs no torch."""

from __future__ import annotations

from typing import NamedTuple

from gatewise.languages import mark


class Part(NamedTuple):
    """One line of a cell's equations.

    Attributes:
        symbol: The letter of the field: i, f, g, o, c, r, z, n, h.
        name: What it is called, in English; `gatewise.languages.say` says it in another language.
        role: What it is for, one clause, likewise.
        equation: ``_`` begins what stands below the line, in braces where that is more than one letter.
        kind: ``gate`` from 0 to 1; ``candidate`` from -1 to 1; ``state``, made of the others.
    """

    symbol: str
    name: str
    role: str
    equation: str
    kind: str


_OLD = "[h_{t-1}, x_t]"

_LSTM = (
    Part("f", mark("forget gate"), mark("how much of the old cell state stays"), f"f_t = σ(W_f {_OLD} + b_f)", "gate"),
    Part("i", mark("input gate"), mark("how much of the candidate enters"), f"i_t = σ(W_i {_OLD} + b_i)", "gate"),
    Part(
        "g",
        mark("cell candidate"),
        mark("what could enter the cell state"),
        f"g_t = tanh(W_g {_OLD} + b_g)",
        "candidate",
    ),
    Part("c", mark("cell state"), mark("what the cell remembers"), "c_t = f_t * c_{t-1} + i_t * g_t", "state"),
    Part("o", mark("output gate"), mark("how much of the cell state is shown"), f"o_t = σ(W_o {_OLD} + b_o)", "gate"),
    Part("h", mark("hidden state"), mark("what the cell shows"), "h_t = o_t * tanh(c_t)", "state"),
)

_RNN = (
    Part("h", mark("hidden state"), mark("what the cell remembers and shows"), f"h_t = tanh(W {_OLD} + b)", "state"),
)


def equations(cell: str, reset: str | None = "before", update: str | None = "candidate") -> tuple[Part, ...]:
    """The lines of a cell's equations, in the order in which a step computes them.

    Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers and others 2000; Cho and others 2014, both
    versions of arXiv:1406.1078; Elman 1990. The candidates, here g and n, are often written c̃ and h̃.

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        reset: Whether the GRU's reset gate acts ``before`` or ``after`` the candidate's product with the state.
        update: Whether the GRU's z weighs the new ``candidate`` or the old ``state``.
    """
    if cell != "gru":
        return _LSTM if cell == "lstm" else _RNN
    seen = mark("how much of the old state the candidate sees")
    inside = "W_n [r_t * h_{t-1}, x_t] + b_n" if reset == "before" else "W_n x_t + b_n + r_t * (U_n h_{t-1} + u_n)"
    new = update == "candidate"
    weighed = (
        mark("how much of the old state the candidate replaces") if new else mark("how much of the old state stays")
    )
    mixed = "(1 - z_t) * h_{t-1} + z_t * n_t" if new else "z_t * h_{t-1} + (1 - z_t) * n_t"
    return (
        Part("r", mark("reset gate"), seen, f"r_t = σ(W_r {_OLD} + b_r)", "gate"),
        Part("z", mark("update gate"), weighed, f"z_t = σ(W_z {_OLD} + b_z)", "gate"),
        Part("n", mark("candidate"), mark("what could become the state"), f"n_t = tanh({inside})", "candidate"),
        Part("h", mark("hidden state"), mark("what the cell remembers and shows"), f"h_t = {mixed}", "state"),
    )
