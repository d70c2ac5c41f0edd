"""What ``gatewise gates --teach`` says: each equation in order, and a step by hand, with the networks' own numbers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.explain.scene import Lesson

if TYPE_CHECKING:
    from gatewise.explain.inside import Gates

ALL = "figcohrzn"
"""Every letter is known."""


def of_signal(lstm: Gates, gru: Gates, kept: tuple[int, ...], asked: tuple[int, ...]) -> tuple[Lesson, ...]:
    """The lesson on a signal.

    Args:
        lstm: Its inside, on the signal.
        gru: The same of the GRU.
        kept: Steps, from 0, whose value is to be kept.
        asked: Steps at which it is asked for.
    """
    keep, ask = kept[-1], asked[-1]
    return (*_memory(lstm, keep), *_shown(lstm, keep, ask), *_of_gru(gru, keep), _last())


def of_text(lstm: Gates, gru: Gates, text: str) -> tuple[Lesson, ...]:
    """The lesson on a line of text that has a quotation."""
    mark = text.index('"')
    end = text.index('"', mark + 1)
    c, h = lstm.arrays["c"], gru.arrays["h"]
    old = lstm.before("h")[mark, 0]
    quoted = (
        "The network reads one letter at a time. The letter itself does not say whether it stands inside of quotation"
        " marks: that has to be remembered, and one and the same mark opens and closes.",
        f"c of unit 1 is {_n(c[mark - 1, 0])} before the first mark, {_n(c[mark, 0])} at it, {_n(c[end - 1, 0])} at the"
        f" last letter inside and {_n(c[end, 0])} at the mark that closes. Step through it.",
        f"What turns it over is the candidate, g = tanh(1 − 4 · h), here tanh(1 − 4 · {_in(old)}): where h was high it"
        " is low, and the other way round. The gates let it in at the marks alone.",
        "Units like this one were found in networks trained on whole books (Karpathy, Johnson and Fei-Fei 2015,"
        " arXiv:1506.02078).",
    )
    placed = (
        "Unit 2 grows with each letter and starts anew at each space: its forget gate shuts there, and between two"
        " spaces a little enters at every step. Step on and watch it.",
        f"At this letter, {text[mark - 2]}, it has reached {_n(c[mark - 2, 1])}; at the space after it,"
        f" {_n(c[mark - 1, 1])}.",
    )
    same = (
        "One gate does it: z opens at the marks, and the candidate, which sees the old state, is its opposite.",
        f"h of unit 1 is {_n(h[mark, 0])} at the mark that opens and {_n(h[end, 0])} at the one that closes.",
    )
    return (
        Lesson("A unit that knows whether a quotation is open", quoted, "lstm", mark + 1, 1, ALL, "c"),
        Lesson("A unit that knows where in a word it is", placed, "lstm", mark - 1, 2, ALL, "c"),
        Lesson("The same with a GRU", same, "gru", mark + 1, 1, ALL, "h"),
    )


def _n(value: Any) -> str:
    """A number as the page writes it."""
    return f"{float(value):z.4f}".replace("-", "−")


def _in(value: Any) -> str:
    """The same as a factor."""
    return f"({_n(value)})" if value < 0 else _n(value)


def _memory(inside: Gates, keep: int) -> list[Lesson]:
    """The task, then f, i, g and c of an LSTM, at a step whose value is kept."""
    at = {name: array[:, 0] for name, array in inside.arrays.items()}
    new, rest = {name: array[keep] for name, array in at.items()}, keep - 2
    before, signal = at["c"][keep - 1], inside.x[keep, 0]
    one = partial(_lesson, "lstm", keep)
    return [
        one(
            "", "x",
            "A task that needs memory",
            "At every step the network reads three numbers: a signal; keep, which is 1 when the signal's value is to be"
            " kept; and ask, which is 1 when the kept value is to be said. In between the signal goes on, and is to be"
            " ignored.",
            "This LSTM has two units: every gate and state is two numbers a step, a row of the heat map each. Unit 1"
            " does the task, and its weights are set by hand so that each gate does one thing.",
            "Step through the signal with the arrow keys, or play it; then come back to"
            f" step {keep + 1}, where a value is to be kept.",
        ),
        one(
            "f", "f",
            "f, the forget gate: what stays",
            "A gate is a number between 0 and 1: a sum of weights times inputs and old states, put through"
            " σ(s) = 1 / (1 + exp(−s)). f says how much of the old cell state stays.",
            f"Its sum is 5 − 10 · keep. Here keep is 1, and f = σ(−5) = {_n(new['f'])}: what was kept before goes. Two"
            f" steps back keep was 0, and f = σ(5) = {_n(at['f'][rest])}: it stayed.",
        ),
        one(
            "fi", "i",
            "i, the input gate: what enters",
            "i says how much of what is new enters the cell state. Its sum is −5 + 10 · keep, the opposite of that of"
            f" f: {_n(new['i'])} here, {_n(at['i'][rest])} two steps back.",
            "f and i have weights of their own. An LSTM can keep the old and add the new at once, or do neither.",
        ),
        one(
            "fig", "g",
            "g, the candidate: what could enter",
            f"g lies between −1 and 1, by tanh. Here it follows the signal: tanh({_n(signal)}) = {_n(new['g'])}.",
            "It does so at every step, to be kept or not: look along its first row. That the memory"
            " is not overwritten each time is the work of i.",
        ),
        one(
            "figc", "c",
            "c, the cell state: the memory",
            "What stays plus what enters: c = f · old c + i · g. It is a sum, so what it holds is not squeezed through"
            " a function at every step; where f is near 1 the gradient passes nearly unchanged. That is why an LSTM"
            " learns over many steps.",
            f"By hand: {_n(new['f'])} · {_in(before)} + {_n(new['i'])} · {_in(new['g'])} = {_n(new['c'])}.",
        ),
    ]  # fmt: skip


def _shown(inside: Gates, keep: int, ask: int) -> list[Lesson]:
    """The gate o and h of an LSTM, at a step that asks for the value; then the step that keeps it, as a whole."""
    at = {name: array[:, 0] for name, array in inside.arrays.items()}
    new, shown = ({name: array[t] for name, array in at.items()} for t in (keep, ask))
    before, signal = at["c"][keep - 1], inside.x[keep, 0]
    return [
        _lesson(
            "lstm", ask,
            "figco", "o",
            "o, the output gate: what is shown",
            "Four steps on, the value is asked for. o, whose sum is −3 + 6 · ask, opens:"
            f" {_n(shown['o'])}, where it was {_n(at['o'][ask - 1])} a step before. The memory was there all the"
            " time; o hid it.",
        ),
        _lesson(
            "lstm", ask,
            "figcoh", "h",
            "h, the hidden state: the answer",
            "h = o · tanh(c). The next step, and whatever reads the layer, see h and never c.",
            f"By hand: {_n(shown['o'])} · tanh({_n(shown['c'])}) = {_n(shown['o'])} · {_in(np.tanh(shown['c']))} ="
            f" {_n(shown['h'])}. The value that was kept is tanh(0.5) = {_n(np.tanh(0.5))}.",
        ),
        _lesson(
            "lstm", keep,
            "figcoh", "",
            "A whole step by hand",
            f"Back at step {keep + 1}, with a calculator: signal {_n(signal)}, keep 1, ask 0, and the old c of unit 1"
            f" is {_n(before)}.",
            f"f = σ(5 − 10) = {_n(new['f'])}. i = σ(−5 + 10) = {_n(new['i'])}. g = tanh({_n(signal)}) ="
            f" {_n(new['g'])}.",
            f"c = {_n(new['f'])} · {_in(before)} + {_n(new['i'])} · {_in(new['g'])} = {_n(new['c'])}.",
            f"o = σ(−3 + 0) = {_n(new['o'])}. h = {_n(new['o'])} · tanh({_n(new['c'])}) = {_n(new['h'])}. These are the"
            " numbers that stand beside the heat maps.",
        ),
    ]  # fmt: skip


def _of_gru(inside: Gates, keep: int) -> list[Lesson]:
    """All of r, z, n and h of a GRU, at a step whose value is kept."""
    at = {name: array[:, 0] for name, array in inside.arrays.items()}
    z, n, r, h = (at[name][keep] for name in "znrh")
    old, signal, rest = at["h"][keep - 1], inside.x[keep, 0], keep - 2
    one = partial(_lesson, "gru", keep)
    return [
        one(
            "r", "r",
            "A GRU on the same task. r, the reset gate",
            "A GRU has one state, h, which is memory and answer at once. r says how much of the old state the candidate"
            " sees.",
            f"Its sum is 3 − 6 · keep: {_n(r)} here, so that the candidate is made of the signal and hardly of what was"
            f" kept before; {_n(at['r'][rest])} two steps back.",
        ),
        one(
            "rz", "z",
            "z, the update gate: one gate for two",
            "z says how much of the old state the candidate replaces: what enters is z, what stays is 1 − z. It does"
            " the work of f and i, but cannot keep everything and add something, as an LSTM can.",
            f"It is {_n(z)} here and {_n(at['z'][rest])} two steps back.",
        ),
        one(
            "rzn", "n",
            "n, the candidate: what could become the state",
            f"n = tanh(signal + r · old h) = tanh({_n(signal)} + {_n(r)} · {_in(old)}) = {_n(n)}. On the right the term"
            " r·h1 has r in it already: the reset comes before the product.",
        ),
        one(
            "rznh", "h",
            "h, the state, by hand",
            "h = (1 − z) · old h + z · n.",
            f"By hand: {_n(1 - z)} · {_in(old)} + {_n(z)} · {_in(n)} = {_n(h)}.",
            "There is no output gate, so h shows what is kept at every step, asked or not. Whatever reads it has to"
            " look at ask itself. In return a GRU has three blocks of weights where an LSTM has four: a quarter less.",
        ),
    ]  # fmt: skip


def _last() -> Lesson:
    return _lesson(
        "lstm", 16, ALL, "",
        "Now look around",
        "Below, both cells stand side by side: how long each unit remembers, how often each gate is open or shut, which"
        " input opens it, and how far back the gradient reaches.",
        "Unit 2 is another kind of memory: its f is 0.8022 at every step, so it is a running mean of the last few"
        " values, and remembers 4.5 steps. Choose it at the bottom.",
        "Then choose “a line of text” at the top: the same cells read it letter by letter.",
    )  # fmt: skip


def _lesson(label: str, step: int, known: str, focus: str, title: str, *text: str) -> Lesson:
    """A lesson on unit 1, at a step from 0."""
    return Lesson(title, text, label, step + 1, 1, known, focus)
