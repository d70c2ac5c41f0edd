"""What one layer computed on one sequence: gates, candidates and states by name, and what they say of its units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.errors import InputError
from gatewise.languages import say
from gatewise.reference.equations import equations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.display.offline import Charts
    from gatewise.reference.equations import Part

DRAWS = "gatewise.display.gates"
"""What draws is slow to import, and many ask for the arrays alone."""

OPEN, SHUT = 0.9, 0.1
"""A gate above the first counts as open, below the second as shut."""


class Sum(NamedTuple):
    """The weights of what one gate or candidate adds up, of one direction.

    Attributes:
        x: Of the inputs, shape (H, I).
        h: Of the state, shape (H, H).
        b: The bias, shape (H,).
        inside: The bias that the reset gate multiplies, shape (H,); None but for the candidate of a GRU that resets
            after the product.
    """

    x: NDArray[Any]
    h: NDArray[Any]
    b: NDArray[Any]
    inside: NDArray[Any] | None = None


class Saturation(NamedTuple):
    """Share of the steps at which each unit's gate is open, and at which it is shut, each of shape (units,)."""

    open: NDArray[Any]
    shut: NDArray[Any]


class Openers(NamedTuple):
    """What moves the sum of a gate.

    Attributes:
        inputs: Change of the sum when an input goes up by its spread in the sequence, shape (units, I).
        state: Spread of what the state adds to the sum, shape (units,).
    """

    inputs: NDArray[Any]
    state: NDArray[Any]


@dataclass(frozen=True)
class Gates:
    """The inside of one layer on one sequence of T steps.

    Every array is an attribute by the letter of the field, of shape (T, units), where units are the H units of the
    forward direction and then those of the backward one: of an LSTM ``i`` input gate, ``f`` forget gate, ``g`` cell
    candidate, ``o`` output gate, ``c`` cell state and ``h``; of a GRU ``r`` reset gate, ``z`` update gate, ``n``
    candidate and ``h``; of a plain RNN ``h``. ``h`` is the layer's own output.

    Attributes:
        cell: ``lstm``, ``gru`` or ``rnn``.
        reset: Whether the GRU's reset gate acts ``before`` or ``after`` the candidate's product with the state.
        update: Whether the GRU's z weighs the new ``candidate`` or the old ``state``.
        hidden_size: Number H of units in each direction.
        x: What the layer read, shape (T, I).
        arrays: The arrays by letter.
        start: The state before the first step, ``h`` and of an LSTM ``c``, each of shape (units,).
        sums: Letter of a gate or candidate -> its weights, for each direction; empty where the cell is no published one
            (`gatewise.Variant`, ``proj_size``).
    """

    cell: str
    reset: str | None
    update: str | None
    hidden_size: int
    x: NDArray[Any]
    arrays: dict[str, NDArray[Any]]
    start: dict[str, NDArray[Any]]
    sums: tuple[dict[str, Sum], ...]

    def __getattr__(self, name: str) -> NDArray[Any]:
        found: dict[str, NDArray[Any]] = self.__dict__.get("arrays", {})
        if name in found:
            return found[name]
        raise AttributeError(
            f"{self.__dict__.get('cell', 'it')} has no {name!r}: it has {', '.join(found) or 'nothing'}"
        )

    def __repr__(self) -> str:
        return f"Gates({self.cell}, {self.steps} steps, {self.units} units: {', '.join(self.arrays)})"

    def plot(self, at: Sequence[str] = (), *, symbols: bool = False) -> Charts:
        """A heat map of each gate and state, steps to the right and a row a unit, the longest memory at the top.

        Args:
            at: What each step is called: a time, or a symbol; by default its number, from 1.
            symbols: Whether ``at`` are the symbols of a text.
        """
        draws = import_module(DRAWS)
        parts = equations(self.cell, self.reset, self.update)
        bands = [draws.Band(_headed(part), self.arrays[part.symbol], part.kind == "gate") for part in parts]
        ordered = say("units by memory, longest first") if self.gates else say("units as they are numbered")
        order = np.argsort(-np.nan_to_num(self.memory_times()), kind="stable")
        drawn: Charts = draws.chart(bands, order, at, ordered=ordered, symbols=symbols)
        return drawn

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        """What a notebook shows: the chart."""
        return {**self.plot()._repr_mimebundle_(), "text/plain": repr(self)}

    @property
    def steps(self) -> int:
        """Number T of steps."""
        return len(self.x)

    @property
    def units(self) -> int:
        """Number of units, of both directions."""
        return int(self.arrays["h"].shape[1])

    @property
    def directions(self) -> int:
        """1, or 2 where a second cell runs from the last step to the first."""
        return max(1, len(self.start["h"]) // self.hidden_size)

    @property
    def gates(self) -> tuple[str, ...]:
        """Letters of what is between 0 and 1; none of a plain RNN."""
        return tuple(name for name in "fiorz" if name in self.arrays)

    def before(self, name: str, direction: int = 0) -> NDArray[Any]:
        """A state as each step found it, shape (T, H): of the step before it, in the backward direction after it.

        Args:
            name: ``h``, or ``c`` of an LSTM.
            direction: 0 for forward, 1 for backward.
        """
        own = self._of(direction)
        first, state = self.start[name][own][None], self.arrays[name][:, own]
        return np.concatenate([first, state[:-1]] if direction == 0 else [state[1:], first])

    def memory_times(self) -> NDArray[Any]:
        """Steps until a unit's state has decayed to 1/e if nothing enters, shape (units,); NaN of a plain RNN.

        -1 / ln f, where f is the median of the forget gate over the steps: a unit that wipes its memory now and then
        has the memory it has in between. Of a GRU the share of the old state that stays takes the place of f, which is
        1 - z, or z where that weighs the old state.

        Source: Tallec and Ollivier 2018, "Can recurrent neural networks warp time?", arXiv:1804.11188.
        """
        if self.cell == "rnn":
            return np.full(self.units, np.nan)
        stays = self.arrays["f"] if self.cell == "lstm" else self.arrays["z"]
        stays = stays.astype(np.float64)
        if self.update == "candidate":
            stays = 1.0 - stays
        times: NDArray[Any] = -1.0 / np.log(np.clip(np.median(stays, axis=0), 1e-12, 1.0 - 2.0**-24))
        return times

    def saturation(self) -> dict[str, Saturation]:
        """Of each gate, how often it is above `OPEN` and below `SHUT`."""
        return {
            name: Saturation((self.arrays[name] > OPEN).mean(axis=0), (self.arrays[name] < SHUT).mean(axis=0))
            for name in self.gates
        }

    def openers(self) -> dict[str, Openers]:
        """Of each gate, what opens it (above 0) and shuts it (below 0): weights times spread.

        Raises:
            InputError: The cell is no published one.
        """
        spread = self.x.astype(np.float64).std(axis=0)
        inputs = {name: [each[name].x * spread for each in self.published()] for name in self.gates}
        state = {
            name: [(self.before("h", k) @ each[name].h.T).std(axis=0) for k, each in enumerate(self.sums)]
            for name in self.gates
        }
        return {name: Openers(np.concatenate(inputs[name]), np.concatenate(state[name])) for name in self.gates}

    def published(self) -> tuple[dict[str, Sum], ...]:
        """The weights, where each gate is a function of one sum as published.

        Raises:
            InputError: The cell is a variant.
        """
        if not self.sums:
            raise InputError(
                "got a layer with variant= or proj_size=, expected a cell as published: its gates add up something"
                " else. Its arrays and memory times are there"
            )
        return self.sums

    def last(self, steps: int) -> Gates:
        """The same for the last steps alone; the state before them is where they start."""
        cut = self.steps - steps
        if cut <= 0:
            return self
        start = {name: state.copy() for name, state in self.start.items()}
        own = self._of(0)
        for name in start:
            start[name][own] = self.arrays[name][cut - 1, own]
        arrays = {name: array[cut:] for name, array in self.arrays.items()}
        return replace(self, x=self.x[cut:], arrays=arrays, start=start)

    def _of(self, direction: int) -> slice:
        """The units of a direction."""
        width = self.units // self.directions
        return slice(direction * width, (direction + 1) * width)


def _headed(part: Part) -> str:
    """What stands above a heat map: forget gate f: how much of the old cell state stays."""
    return f"{say(part.name)} {part.symbol}: {say(part.role)}"
