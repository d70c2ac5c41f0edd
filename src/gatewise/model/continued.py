"""What comes next: the symbols that a model expects after a text or the events of a case, and a text that goes on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import numpy as np
import polars as pl
import torch

from gatewise.data.alphabet import numbered
from gatewise.data.reading import Reading
from gatewise.data.recognised import begun
from gatewise.data.symbols import shown
from gatewise.model.ensemble import averaged
from gatewise.rules.score import rule
from gatewise.tasks.next_symbol import UNKNOWN, SymbolSection
from gatewise.tasks.stretches import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gatewise.model.network import Network, State
    from gatewise.rules.protocol import Fitted, SymbolRule

LISTED = 10
"""Likeliest symbols that are told of each text or case."""


class Speaker(NamedTuple):
    """What tells the next symbol.

    Attributes:
        networks: The networks, whose shares are averaged; none for a simple rule.
        rule: The simple rule; None for networks.
        section: What the plan says of the alphabet.
    """

    networks: tuple[Network, ...]
    rule: Fitted | None
    section: SymbolSection

    def reader(self, *, ending: bool = True) -> _Reader:
        """Reads one text or case from its beginning on.

        Args:
            ending: Whether it may end; where texts have no end none is told either way.
        """
        may = np.ones(self.section.outputs, dtype=bool)
        may[UNKNOWN], may[self.section.edge] = False, ending and self.section.ends
        if self.rule is not None:
            return _ByRule(self.rule, may)
        return _ByNetworks(self.networks, may)


class _Reader(Protocol):
    """Reads symbols, and says what may come next."""

    def read(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Logarithm of the probability of each symbol after these and all that were read before, shape (outputs,)."""


class _ByNetworks:
    """Networks that carry their states on."""

    def __init__(self, networks: Sequence[Network], may: NDArray[np.bool_]) -> None:
        self._networks, self._may = networks, may
        self._states: list[State | None] = [None] * len(networks)

    def read(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `_Reader`."""
        x = torch.from_numpy(numbers[-LONGEST:].astype(np.float32))[None, :, None]
        said = []
        with torch.inference_mode():
            for k, network in enumerate(self._networks):
                h, self._states[k] = network.states(x, None, self._states[k])
                said.append(network.answers(h[:, -1]).double().numpy())
        return _allowed(averaged(said, shares=True)[0], self._may)


class _ByRule:
    """A rule that is told all that was read."""

    def __init__(self, fitted: Fitted, may: NDArray[np.bool_]) -> None:
        self._rule, self._arrays, self._may = cast("SymbolRule", rule(fitted.name)), fitted.arrays, may
        self._numbers = np.empty(0, dtype=np.int64)

    def read(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `_Reader`."""
        self._numbers = np.concatenate([self._numbers, numbers])[-LONGEST:]
        return _allowed(self._rule.following(self._arrays, self._numbers), self._may)


def _allowed(logs: NDArray[Any], may: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logarithms of shares of what may come, which add up to 1; of all else minus infinity."""
    kept = np.where(may, logs.astype(np.float64), -np.inf)
    found: NDArray[np.float64] = kept - np.logaddexp.reduce(kept)
    return found


def next_table(speaker: Speaker, texts: Sequence[Sequence[str]]) -> pl.DataFrame:
    """The likeliest next symbols after each text or case, with their probabilities; `LISTED` rows each at most."""
    section, rows = speaker.section, []
    for number, codes in enumerate(numbered(texts, section.alphabet)):
        logs = speaker.reader().read(np.concatenate([[section.edge], codes]))
        best = np.argsort(-logs, kind="stable")[: min(LISTED, int(np.isfinite(logs).sum()))]
        rows += [(number + 1, place + 1, named(k, section), float(np.exp(logs[k]))) for place, k in enumerate(best)]
    columns = [section.called, "rank", f"next {section.unit}", "probability"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def named(number: int, section: SymbolSection) -> str:
    """A symbol for a reader, or that the piece ends."""
    return f"(end of the {section.called})" if number == section.edge else shown(section.alphabet[number - 1])


def generated(
    speaker: Speaker, texts: Sequence[Sequence[str]] | None, count: int, temperature: float, seed: int
) -> list[tuple[str, ...]]:
    """The symbols that go on each text or case, drawn one after the other.

    Args:
        speaker: What tells the next symbol.
        texts: The symbols of each text or case so far; None begins a new one.
        count: Symbols of each at most; it may end before.
        temperature: Logarithms of probabilities are divided by it: below 1 the likely becomes likelier still.
        seed: Draws the symbols; the same seed gives the same text.
    """
    pieces = [np.empty(0, dtype=np.int64)] if texts is None else numbered(texts, speaker.section.alphabet)
    rng = np.random.default_rng(seed)
    return [tuple(_drawn(speaker, codes, count, temperature, rng)) for codes in pieces]


def _drawn(
    speaker: Speaker, codes: NDArray[np.int64], count: int, temperature: float, rng: np.random.Generator
) -> Iterator[str]:
    reader, section = speaker.reader(), speaker.section
    logs = reader.read(np.concatenate([[section.edge], codes]))
    for _ in range(count):
        scaled = logs / temperature
        shares = np.exp(scaled - scaled.max())
        edges = np.cumsum(shares)
        number = int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))
        if number == section.edge:
            return
        yield section.alphabet[number - 1]
        logs = reader.read(np.array([number]))


def joined(symbols: Sequence[str], unit: str) -> str:
    """Symbols as one text: characters as they are, words with spaces but before marks, events with commas."""
    if unit == "word":
        return re.sub(r" ?\n ?", "\n", re.sub(r" (?=[^\w\s(])", "", " ".join(symbols)))
    return {"character": "", "event": ", "}[unit].join(symbols)


def brought(source: object, section: SymbolSection) -> Sequence[Sequence[str]]:
    """The symbols of each text or case that the user brings."""
    return begun(source, section.unit, Reading.stored(section.reading)).pieces
