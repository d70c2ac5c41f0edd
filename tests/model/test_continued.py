"""What comes next: shares add up, texts that go on are the same by the same seed, and cases end."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch

from gatewise.model.continued import Speaker, generated, joined, next_table
from gatewise.model.network import Network
from gatewise.rules.protocol import Fitted
from gatewise.run.plan import Embedded, Shape
from gatewise.tasks.next_symbol import SymbolSection


def section(*, ends: bool) -> SymbolSection:
    """Three letters."""
    return SymbolSection(unit="character", called="line", alphabet=("a", "b", "c"), pieces=9, ends=ends, unknown=False)


def networks(*, ends: bool, count: int = 2) -> Speaker:
    """Random ones, of which the shares are averaged."""
    shape = Shape(readout="each", embedded=(Embedded(channel=0, values=4, numbers=3),))
    made = [Network("gru", 1, 6, 5, torch.Generator().manual_seed(k), shape) for k in range(count)]
    for each in made:
        each.head.weight.data *= 8.0
    return Speaker(tuple(made), None, section(ends=ends))


def test_shares_of_what_may_come_next_add_up() -> None:
    """The three letters, and the end where there is one; the unknown is never told."""
    table = next_table(networks(ends=True), ["ab", "zz"])

    assert table.columns == ["line", "rank", "next character", "probability"]
    assert table.group_by("line").agg(pl.col("probability").sum())["probability"].to_list() == pytest.approx([1.0, 1.0])
    assert set(table["next character"]) == {"a", "b", "c", "(end of the line)"}


def test_what_is_read_step_by_step_is_what_is_read_at_once() -> None:
    """The state is carried from symbol to symbol, of every network."""
    speaker, numbers = networks(ends=False), np.array([4, 1, 2, 3, 1])
    reader = speaker.reader()
    steps = [reader.read(numbers[k : k + 1]) for k in range(5)]

    np.testing.assert_allclose(steps[-1], speaker.reader().read(numbers), atol=1e-5)


def test_the_same_seed_writes_the_same_text() -> None:
    """And another one another; a low temperature writes what is likeliest."""
    speaker = networks(ends=False)

    def write(seed: int, temperature: float = 1.0) -> str:
        return joined(generated(speaker, ["ab"], 50, temperature, seed)[0], "character")

    assert len(write(1)) == 50
    assert write(1) == write(1) != write(2)
    assert write(1, 1e-3) == write(2, 1e-3)


def test_a_rule_writes_by_its_shares_until_the_end() -> None:
    """An end of share 1 is written as nothing; without ends it is never drawn."""
    logs = np.log(np.array([1e-9, 1e-9, 1e-9, 1e-9, 1.0]))
    fitted = Fitted("frequency", {"logs": logs})

    assert generated(Speaker((), fitted, section(ends=True)), None, 9, 1.0, 0) == [()]
    assert len(generated(Speaker((), fitted, section(ends=False)), None, 9, 1.0, 0)[0]) == 9


def test_words_are_joined_as_they_are_written() -> None:
    """Spaces between words, none before marks or at ends of lines."""
    assert joined(("To", "be", ",", "or", "\n", "not", "."), "word") == "To be, or\nnot."
    assert joined(("pay", "ship"), "event") == "pay, ship"
