"""What ``gatewise cells`` prints: the equations of every cell, what each line is for, and what a cell costs."""

from __future__ import annotations

from gatewise.arms import CELLS, title
from gatewise.languages import mark, say, say_count
from gatewise.reference.conventions import parameter_count, preset
from gatewise.reference.equations import Part, equations

HEADLINES = {
    "lstm": mark("three gates and a cell state beside what it shows"),
    "gru": mark("two gates and one state; the reset gate acts before the product"),
    "gru-after": mark("as in PyTorch: the reset gate acts after the product, z weighs the old state"),
    "rnn": mark("no gates: what both cells above improve on"),
}

LEGEND = mark("""\
x_t is the input of a step, I numbers; h_t and c_t are states, H numbers each. [h, x] puts two
vectors behind each other; W and U are weights, b and u biases; * multiplies number by number.
σ is the logistic function: a gate at 0 is shut, at 1 open. The candidates g and n are often
written c̃ and h̃.""")

WHY = mark("""\
Why a GRU has a quarter less: every gate and every candidate has weights of its own, a block of
H(I + H + 1) numbers, here {block:,}. An LSTM has four such blocks (f, i, g, o), a GRU three
(r, z, n): z does the work of f and i, as what stays is 1 less what enters, and no o hides the
state. {gru:,} of {lstm:,} is {share}.""")


def sheet(inputs: int, hidden: int) -> str:
    """Equations, roles and parameters of every cell, for one layer.

    Args:
        inputs: Number I of input channels.
        hidden: Number H of units.
    """
    counts = {name: kind.parameters(inputs, hidden) for name, kind in CELLS.items()}
    sections = [_cell(name, inputs, hidden) for name in CELLS]
    lstm, gru = counts["lstm"], counts["gru"]
    block = parameter_count("rnn", inputs, hidden)
    share = f"{gru / lstm:.0%}".replace("%", " %")
    why = say(WHY, block=block, gru=gru, lstm=lstm, share=share)
    wider = next(width for width in range(hidden, 2 * hidden + 2) if CELLS["gru"].parameters(inputs, width + 1) > lstm)
    if wider > hidden:
        why += " " + say_count(
            "At equal parameters a GRU has {count} unit, the LSTM {hidden:,}.",
            "At equal parameters a GRU has {count:,} units, the LSTM {hidden:,}.",
            wider,
            hidden=hidden,
        )
    return "\n\n".join([say(LEGEND), *sections, why]) + "\n"


def _cell(name: str, inputs: int, hidden: int) -> str:
    kind = CELLS[name]
    rules = preset(kind.layer.lower(), kind.convention)
    parts = equations(rules.cell, rules.reset, rules.update)
    wide = max(len(part.equation) for part in parts) + 3
    blocks, biases = len(rules.gates), rules.biases
    formula = f"{blocks if blocks > 1 else ''}H(I + H + {biases})"
    times = f"{blocks} · " if blocks > 1 else ""
    numbers = f"{times}{hidden:,} · ({inputs:,} + {hidden:,} + {biases}) = {kind.parameters(inputs, hidden):,}"
    lines = [f"{title(name)}: {say(HEADLINES[name])}", *(_line(part, wide) for part in parts)]
    return "\n".join([*lines, f"  {say('parameters')}  {formula} = {numbers}"])


def _line(part: Part, wide: int) -> str:
    return f"  {part.equation:<{wide}}{say(part.name)}: {say(part.role)}"
