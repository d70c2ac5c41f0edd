"""What ``gatewise gates --teach`` says: each equation in order, and a step by hand, with the networks' own numbers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.explain.scene import Lesson
from gatewise.languages import say

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
    return (*_memory(lstm, keep), *_entering(lstm, keep), *_shown(lstm, keep, ask), *_of_gru(gru, keep), _last())


def of_text(lstm: Gates, gru: Gates, text: str) -> tuple[Lesson, ...]:
    """The lesson on a line of text that has a quotation."""
    mark = text.index('"')
    end = text.index('"', mark + 1)
    c, h = lstm.arrays["c"], gru.arrays["h"]
    old = lstm.before("h")[mark, 0]
    quoted = (
        say(
            "The network reads one letter at a time. The letter itself does not say whether it stands inside of"
            " quotation marks: that has to be remembered, and one and the same mark opens and closes."
        ),
        say(
            "Each letter is an input of its own, which is 1 at the steps where it is read and else 0. On the right"
            " stands the line of the one that is read; the weights of the others are multiplied by 0."
        ),
        say(
            "c of unit 1 is {before} before the first mark, {at} at it, {inside} at the last letter inside and {end} at"
            " the mark that closes. Step through it.",
            before=_n(c[mark - 1, 0]),
            at=_n(c[mark, 0]),
            inside=_n(c[end - 1, 0]),
            end=_n(c[end, 0]),
        ),
        say(
            "What turns it over is the candidate, g = tanh(1 − 4 · h), here tanh(1 − 4 · {h}): where h was high it is"
            " low, and the other way round. The gates let it in at the marks alone.",
            h=_in(old),
        ),
        say(
            "Units like this one were found in networks trained on whole books (Karpathy, Johnson and Fei-Fei 2015,"
            " arXiv:1506.02078)."
        ),
    )
    placed = (
        say(
            "Unit 2 grows with each letter and starts anew at each space: its forget gate shuts there, and between two"
            " spaces a little enters at every step. Step on and watch it."
        ),
        say(
            "At this letter, {letter}, it has reached {reached}; at the space after it, {space}.",
            letter=text[mark - 2],
            reached=_n(c[mark - 2, 1]),
            space=_n(c[mark - 1, 1]),
        ),
    )
    same = (
        say("One gate does it: z opens at the marks, and the candidate, which sees the old state, is its opposite."),
        say("r has nothing to do here: it stays open, so that the candidate sees nearly all of the old state."),
        say(
            "h of unit 1 is {opens} at the mark that opens and {closes} at the one that closes.",
            opens=_n(h[mark, 0]),
            closes=_n(h[end, 0]),
        ),
    )
    return (
        Lesson(say("A unit that knows whether a quotation is open"), quoted, "lstm", mark + 1, 1, ALL, "c"),
        Lesson(say("A unit that knows where in a word it is"), placed, "lstm", mark - 1, 2, ALL, "c"),
        Lesson(say("The same with a GRU"), same, "gru", mark + 1, 1, ALL, "h"),
    )


def _n(value: Any) -> str:
    """A number as the page writes it."""
    return f"{float(value):z.4f}".replace("-", "−")


def _in(value: Any) -> str:
    """The same as a factor."""
    return f"({_n(value)})" if value < 0 else _n(value)


def _memory(inside: Gates, keep: int) -> list[Lesson]:
    """The task, then f of an LSTM, at a step whose value is kept."""
    at = {name: array[:, 0] for name, array in inside.arrays.items()}
    new, rest = {name: array[keep] for name, array in at.items()}, keep - 2
    one = partial(_lesson, "lstm", keep)
    return [
        one(
            "", "x",
            say("A task that needs memory"),
            say(
                "At every step the network reads three numbers: a signal; keep, which is 1 when the signal's value is"
                " to be kept; and ask, which is 1 when the kept value is to be said. In between the signal goes on, and"
                " is to be ignored."
            ),
            say(
                "This LSTM has two units: every gate and state is two numbers a step, a row of the heat map each."
                " Unit 1 does the task, and its weights are set by hand so that each gate does one thing."
            ),
            say(
                "Step through the signal with the arrow keys, or play it; then come back to step {step}, where a value"
                " is to be kept.",
                step=keep + 1,
            ),
        ),
        one(
            "f", "f",
            say("f, the forget gate: what stays"),
            say(
                "A gate is a number between 0 and 1: a sum of weights times inputs and old states, put through"
                " σ(s) = 1 / (1 + exp(−s)). f says how much of the old cell state stays."
            ),
            say(
                "On the right stands the sum, a line for each input, for each old state (h1 of unit 1, h2 of unit 2)"
                " and for the bias; [h, x] in the equation means all of these together."
            ),
            say(
                "Its sum is 5 − 10 · keep. Here keep is 1, and f = σ(−5) = {f}: what was kept before goes. Two steps"
                " back keep was 0, and f = σ(5) = {rest}: it stayed.",
                f=_n(new["f"]), rest=_n(at["f"][rest]),
            ),
        ),
    ]  # fmt: skip


def _entering(inside: Gates, keep: int) -> list[Lesson]:
    """The same of i, g and c."""
    at = {name: array[:, 0] for name, array in inside.arrays.items()}
    new, rest = {name: array[keep] for name, array in at.items()}, keep - 2
    before, signal = at["c"][keep - 1], inside.x[keep, 0]
    one = partial(_lesson, "lstm", keep)
    return [
        one(
            "fi", "i",
            say("i, the input gate: what enters"),
            say(
                "i says how much of what is new enters the cell state. Its sum is −5 + 10 · keep, the opposite of that"
                " of f: {i} here, {rest} two steps back.",
                i=_n(new["i"]), rest=_n(at["i"][rest]),
            ),
            say("f and i have weights of their own. An LSTM can keep the old and add the new at once, or do neither."),
        ),
        one(
            "fig", "g",
            say("g, the candidate: what could enter"),
            say(
                "g lies between −1 and 1, by tanh. Here it follows the signal: tanh({signal}) = {g}.",
                signal=_n(signal), g=_n(new["g"]),
            ),
            say(
                "It does so at every step, to be kept or not: look along its first row. That the memory is not"
                " overwritten each time is the work of i."
            ),
        ),
        one(
            "figc", "c",
            say("c, the cell state: the memory"),
            say(
                "What stays plus what enters: c = f · old c + i · g. It is a sum, so what it holds is not squeezed"
                " through a function at every step; where f is near 1 the gradient passes nearly unchanged. That is why"
                " an LSTM learns over many steps."
            ),
            say("By hand: {sum}.", sum=_sum(new["f"], before, new["i"], new["g"], new["c"])),
            say(
                "The old c, {before}, is that of the step before: go back one step to read it. “Remembers {steps}"
                " steps” on the right says how slowly it fades while nothing enters: after so many steps 37 % of it are"
                " left.",
                before=_n(before), steps=f"{inside.memory_times()[0]:.0f}",
            ),
        ),
    ]  # fmt: skip


def _sum(*numbers: Any) -> str:
    """A state worked out: what stays of the old one, plus what enters."""
    stays, old, enters, fresh, new = numbers
    return f"{_n(stays)} · {_in(old)} + {_n(enters)} · {_in(fresh)} = {_n(new)}"


def _shown(inside: Gates, keep: int, ask: int) -> list[Lesson]:
    """The gate o and h of an LSTM, at a step that asks for the value; then the step that keeps it, as a whole."""
    at = {name: array[:, 0] for name, array in inside.arrays.items()}
    new, shown = ({name: array[t] for name, array in at.items()} for t in (keep, ask))
    before, signal = at["c"][keep - 1], inside.x[keep, 0]
    return [
        _lesson(
            "lstm", ask,
            "figco", "o",
            say("o, the output gate: what is shown"),
            say(
                "Four steps on, the value is asked for. o, whose sum is −3 + 6 · ask, opens: {o}, where it was {before}"
                " a step before. The memory was there all the time; o hid it.",
                o=_n(shown["o"]), before=_n(at["o"][ask - 1]),
            ),
        ),
        _lesson(
            "lstm", ask,
            "figcoh", "h",
            say("h, the hidden state: the answer"),
            say("h = o · tanh(c). The next step, and whatever reads the layer, see h and never c."),
            say(
                "By hand: {product}. The value that was kept is tanh(0.5) = {kept}.",
                product=f"{_n(shown['o'])} · tanh({_n(shown['c'])}) = {_n(shown['o'])} · {_in(np.tanh(shown['c']))} ="
                f" {_n(shown['h'])}",
                kept=_n(np.tanh(0.5)),
            ),
            say(
                "h is smaller than that for three reasons: c has faded a little in four steps, tanh makes it smaller"
                " once more, and o is not quite 1."
            ),
        ),
        _lesson(
            "lstm", keep,
            "figcoh", "",
            say("A whole step by hand"),
            say(
                "Back at step {step}, with a calculator: signal {signal}, keep 1, ask 0, and the old c of unit 1 is"
                " {before}.",
                step=keep + 1, signal=_n(signal), before=_n(before),
            ),
            f"f = σ(5 − 10) = {_n(new['f'])}. i = σ(−5 + 10) = {_n(new['i'])}. g = tanh({_n(signal)}) ="
            f" {_n(new['g'])}.",
            f"c = {_sum(new['f'], before, new['i'], new['g'], new['c'])}.",
            say(
                "o = σ(−3 + 0) = {o}. h = {o} · tanh({c}) = {h}. These are the numbers that stand beside the heat"
                " maps.",
                o=_n(new["o"]), c=_n(new["c"]), h=_n(new["h"]),
            ),
            say("All are rounded, so the last digit of yours may be one off."),
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
            say("A GRU on the same task. r, the reset gate"),
            say(
                "A GRU has one state, h, which is memory and answer at once. r says how much of the old state the"
                " candidate sees."
            ),
            say(
                "Its sum is 3 − 6 · keep: {r} here, so that the candidate is made of the signal and hardly of what was"
                " kept before; {rest} two steps back.",
                r=_n(r), rest=_n(at["r"][rest]),
            ),
        ),
        one(
            "rz", "z",
            say("z, the update gate: one gate for two"),
            say(
                "z says how much of the old state the candidate replaces: what enters is z, what stays is 1 − z. It"
                " does the work of f and i, but cannot keep everything and add something, as an LSTM can."
            ),
            say("It is {z} here and {rest} two steps back.", z=_n(z), rest=_n(at["z"][rest])),
        ),
        one(
            "rzn", "n",
            say("n, the candidate: what could become the state"),
            say(
                "n = tanh(signal + r · old h) = {numbers}. On the right the term r·h1 has r in it already: the reset"
                " comes before the product.",
                numbers=f"tanh({_n(signal)} + {_n(r)} · {_in(old)}) = {_n(n)}",
            ),
        ),
        one(
            "rznh", "h",
            say("h, the state, by hand"),
            say("h = (1 − z) · old h + z · n."),
            say("By hand: {sum}.", sum=_sum(1 - z, old, z, n, h)),
            say(
                "There is no output gate, so h shows what is kept at every step, asked or not. Whatever reads it has to"
                " look at ask itself. In return a GRU has three blocks of weights where an LSTM has four: a quarter"
                " less."
            ),
        ),
    ]  # fmt: skip


def _last() -> Lesson:
    return _lesson(
        "lstm", 16, ALL, "",
        say("Now look around"),
        say(
            "Below, both cells stand side by side: how long each unit remembers, how often each gate is open or shut,"
            " which input opens it, and how far back the gradient reaches."
        ),
        say(
            "Unit 2 is another kind of memory: its f is 0.8022 at every step, so it is a running mean of the last few"
            " values, and remembers 4.5 steps. Choose it at the bottom."
        ),
        say("Then choose “a line of text” at the top: the same cells read it letter by letter."),
    )  # fmt: skip


def _lesson(label: str, step: int, known: str, focus: str, title: str, *text: str) -> Lesson:
    """A lesson on unit 1, at a step from 0."""
    return Lesson(title, text, label, step + 1, 1, known, focus)
