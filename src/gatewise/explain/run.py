"""From a finished run and one of its examples to what a microscope shows of its networks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.arms import title
from gatewise.data.readers.brought import is_there
from gatewise.errors import InputError, OptionError, nearest
from gatewise.explain.example import LOOKED_AT, Example, check_number
from gatewise.explain.reach import of_answer, reach
from gatewise.explain.scene import Scene, Shown
from gatewise.explain.streams import piece
from gatewise.explain.trace import gates
from gatewise.languages import say, say_count
from gatewise.model.model import load
from gatewise.model.network import tensors
from gatewise.run.folder import finished
from gatewise.tasks import STREAMED, named, whole_task
from gatewise.tasks.next_symbol import NextSymbol
from gatewise.text import begun
from gatewise.understand import understand_again

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gatewise.explain.inside import Gates
    from gatewise.model.model import Model
    from gatewise.model.network import Network
    from gatewise.run.folder import RunFolder
    from gatewise.tasks.protocol import Fresh

MOST_NUMBERS, FEWEST_STEPS = 1_050_000, 50
"""Numbers that a page of 6 MB carries, weights and all; longer examples are cut to their last steps."""


def scene(path: Path, source: object = None, *, cell: str | None = None, example: int | None = None) -> Scene:
    """What a microscope shows of a finished run.

    Args:
        path: The run folder.
        source: Data like those the run was made from; None for the run's own.
        cell: Label of the network that is shown first; None for the recommended one.
        example: The sequence or text by its number, of a table the row that the window ends with, both from 1. None
            for the longest of the first ones, or the window after which the forecast begins.

    Raises:
        InputError: There is no finished run, its data are gone, or it has no networks.
        OptionError: There is no such cell or example.
    """
    folder = finished(path)
    plan, recommended = folder.header().plan, folder.verdict().recommendation
    task = named(plan.task)
    there = [label for label in plan.cells if folder.card(label) is not None]
    if not there:
        raise InputError(f"{path} has no networks under models/. Type: gatewise resume {path}")
    if cell is not None and cell not in there:
        raise OptionError(f"--cell: {path} has no network {cell!r}; {nearest(cell, there)}")
    data = _own(folder) if source is None else source
    models = [load(folder.model(label)) for label in there]
    examples = [_example(model, data, example) for model in models]
    shown = _cut([_shown(model, one.x) for model, one in zip(models, examples, strict=True)])
    steps = max(each.gates.steps for each in shown)
    at = examples[0].at[-steps:]
    symbols = bool(at) and len(models[0].data.features) == 1 and (task is NextSymbol or bool(models[0].data.categories))
    return Scene(
        title=examples[0].title,
        subject=task.words(plan.setting).subject,
        at=at,
        networks=tuple(shown),
        symbols=symbols,
        first=cell or (recommended if recommended in there else there[0]),
    )


def _own(folder: RunFolder) -> object:
    """The data of the run.

    Raises:
        InputError: They are gone, or were changed.
    """
    came, bring = folder.header().source, f"Type: gatewise gates {folder.path} FILE, with data like them"
    if came is None:
        raise InputError(f"{folder.path} was made from data in memory or piped in; expected a file to look at. {bring}")
    if not is_there(came):
        raise InputError(f"the data of {folder.path} are gone: there is no {came}. {bring}")
    return understand_again(folder.path).data


def _example(model: Model, data: object, number: int | None) -> Example:
    """The example with a number, as a model reads it."""
    if named(model.task) in STREAMED:
        return piece(model, data, number)
    task = whole_task(model.task)
    fresh = task.fresh(model.data, model.section, model.learned, data, 0)
    rows = getattr(fresh.examples, "rows", None)  # of a table: windows are named by the row they forecast from
    chosen, title = _window(fresh, rows, model.data.window, number) if rows is not None else _sequence(fresh, number)
    x, lengths = fresh.examples.inputs(np.array([chosen]))
    read = x[0] if lengths is None else x[0, : int(lengths[0])]
    return Example(read, title, _called(model, data, read, chosen if rows is not None else None))


def _sequence(fresh: Fresh, number: int | None) -> tuple[int, str]:
    count = len(fresh.ids)
    chosen = number
    if chosen is None:
        _, lengths = fresh.examples.inputs(fresh.ids[:LOOKED_AT])
        chosen = 1 if lengths is None else int(np.argmax(lengths)) + 1
    check_number(chosen, count)
    return int(fresh.ids[chosen - 1]), say("example {chosen:,} of {count:,}", chosen=chosen, count=count)


def _window(fresh: Fresh, rows: Any, window: int, number: int | None) -> tuple[int, str]:
    """The window that ends with a row, by the row after it."""
    if number is None:
        end = int(fresh.ids[0])
        return end, say("the last {window} rows before the forecast", window=window)
    before = rows.timeline.before
    if not 1 <= number <= len(before) or before[number - 1] + 1 < window:
        least = int(np.flatnonzero(before + 1 >= window)[0]) + 1
        raise OptionError(
            f"--example {number}: got the row that the window of {window} rows ends with, expected one from {least:,}"
            f" to {len(before):,} with {window} rows of its series before it"
        )
    return number, say("the {window} rows up to row {number:,}", window=window, number=number)


def _called(model: Model, data: object, x: NDArray[Any], end: int | None) -> tuple[str, ...]:
    """What the steps are called: the symbols of a text, or the times of rows where they are known."""
    if len(model.data.features) == 1 and model.data.categories:
        [values] = model.data.categories.values()
        return tuple(values[int(code) - 1] if code > 0 else "?" for code in x[:, 0])
    stamps = getattr(data, "stamps", None)
    if stamps is None or end is None:
        return ()
    if stamps.dtype.kind != "M":
        return tuple(f"{stamp:g}" for stamp in stamps[end - len(x) : end])
    own = stamps[end - len(x) : end]
    daily = bool((own == own.astype("datetime64[D]")).all())
    return tuple(text.replace("T", " ") for text in np.datetime_as_string(own, unit="D" if daily else "m").tolist())


def _shown(model: Model, x: NDArray[Any]) -> Shown:
    network = model.network
    assert network is not None
    read, _ = tensors(x, None)
    inside = gates(network, read)
    return Shown(
        label=model.cell,
        gates=inside,
        reach=reach(inside, of_answer(network, inside)),
        channels=channels(model, network),
        about=about(model, inside),
    )


def _cut(shown: Sequence[Shown]) -> list[Shown]:
    """The same, long examples cut to as many of their last steps as a page carries."""
    width = sum(each.gates.units * len(each.gates.arrays) + each.gates.x.shape[1] for each in shown)
    most = max(FEWEST_STEPS, (MOST_NUMBERS - sum(_weights(each.gates) for each in shown)) // width)
    return [
        each
        if each.gates.steps <= most
        else replace(
            each,
            gates=each.gates.last(most),
            reach={name: sizes[:, :most] for name, sizes in each.reach.items()},
            about=(
                *each.about,
                say("The last {shown:,} of {steps:,} steps are shown.", shown=most, steps=each.gates.steps),
            ),
        )
        for each in shown
    ]


def _weights(inside: Gates) -> int:
    """Numbers of a network that a page carries whatever the number of steps: its weights, and what opens its gates."""
    parts = [part for way in inside.sums for each in way.values() for part in each if part is not None]
    count = sum(int(part.size) for part in parts)
    return count + len(inside.gates) * inside.units * int(inside.x.shape[1])


def channels(model: Model, network: Network) -> tuple[str, ...]:
    """Names of what a network's layer reads, in order."""
    data, coded = model.data, {each.channel: each for each in network.shape.embedded}
    terms: Any = model.section.get("terms", [])
    named_terms = (
        list(terms) if len(terms) == data.terms else [say("calendar {number}", number=k + 1) for k in range(data.terms)]
    )
    plain = [*data.features, *(say("{column} missing", column=data.features[k]) for k in data.masked), *named_terms]
    kept = [name for k, name in enumerate(plain) if k not in coded]
    looked_up = [f"{plain[k]} [{j + 1}]" for k, each in coded.items() for j in range(each.width)]
    return (*kept, *looked_up)


def about(model: Model, inside: Gates) -> tuple[str, ...]:
    """Which network is shown, what it starts from, and its units; a sentence each."""
    network, trained = model.network, model.trained
    assert network is not None
    sentences = [_network(model, inside)]
    if trained is not None:
        sentences.append(f"{begun(trained.sentence)}.")
    if model.anchor is not None:
        rule, unit = model.anchor.rule, f"{model.anchor.unit:.4g}"
        if rule:
            sentences.append(say("It answers what {rule} leaves, in units of {unit}.", rule=rule.name, unit=unit))
        elif model.anchor.name == "last":
            sentences.append(say("It answers what the last value leaves, in units of {unit}.", unit=unit))
        else:
            sentences.append(say("It answers what the training mean leaves, in units of {unit}.", unit=unit))
    if named(model.task) in STREAMED:
        return tuple(sentences)
    told = say("Inputs are in units of their spread in training, 0 is their mean.")
    if network.shape.normalisation == "window":
        told += " " + say("Targets are in units of their spread in this window.")
    return (*sentences, told)


def _network(model: Model, inside: Gates) -> str:
    """Which network it is: its cell, its units, and whether it is handed over."""
    trained, members = model.trained, len(model.networks)
    units = say_count("{count} unit", "{count:,} units", inside.hidden_size)
    if inside.directions == 2:
        units = say("{units}, and as many that run from the last step to the first", units=units)
    given = {"cell": title(model.cell), "units": units}
    if members > 1:
        return say(
            "{cell} of {units}: the first of {count} networks whose answers are averaged.", count=members, **given
        )
    if trained is None or not trained.kept_test:
        return say("{cell} of {units}: the network that is handed over.", **given)
    return say("{cell} of {units}: the network of a pair.", **given)
