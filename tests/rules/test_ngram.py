"""N-grams as a rule for next symbols."""

import numpy as np
import pytest
from tiny import task_of

from gatewise.data.alphabet import symbols_of
from gatewise.data.readers.raw import RawSymbols
from gatewise.rules.kneserney import orders_of
from gatewise.rules.score import applying, fit, outputs, rule
from gatewise.tasks.next_symbol import NextSymbol


def lines(memory: int, count: int = 300) -> NextSymbol:
    """Lines of a and b, in which the sum of the ``memory`` symbols before tells the next one, nine times in ten."""
    rng = np.random.default_rng(0)
    pieces = []
    for _ in range(count):
        piece = rng.integers(0, 2, max(memory, 1)).tolist()
        while len(piece) < 20:
            told = sum(piece[-memory:]) % 2 if memory else 0
            piece.append(told ^ int(rng.random() < (0.1 if memory else 0.5)))
        pieces.append("".join("ab"[code] for code in piece))
    task = task_of(symbols_of(RawSymbols(tuple(pieces), "character", "line", "lines")))
    assert isinstance(task, NextSymbol)
    return task


@pytest.mark.parametrize(("memory", "entropy"), [(0, 1.0), (3, 0.469)])
def test_the_order_is_chosen_by_what_is_held_out(memory: int, entropy: float) -> None:
    """As many symbols as the source remembers, or more; its bits nearly reached, and those that an end costs."""
    task = lines(memory)
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    found = fit("n-gram", task, examples, parts.before)
    said = outputs(found, examples, parts.test)
    places = parts.test - task.pieces.starts[np.searchsorted(task.pieces.starts, parts.test, side="right") - 1]
    inside = (places >= memory) & (places < 20)

    assert applying(task) == ("frequency", "n-gram")
    assert orders_of(found.arrays) >= memory + 1
    assert -said[inside, 0].mean() / np.log(2) == pytest.approx(entropy + np.log2(19 / 18), abs=0.05)
    assert said[inside, 1].mean() == pytest.approx(0.9 if memory else 0.5, abs=0.05)


def test_what_follows_is_told_as_what_is_scored() -> None:
    """Shares of all symbols add up to 1, and the true one's is that of the scores; what is never told has none."""
    task = lines(3, 60)
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    found = fit("n-gram", task, examples, parts.before)
    start = task.pieces.starts[7]
    ids = np.arange(start, start + 21)
    said = outputs(found, examples, ids)
    for place, step in enumerate(ids):
        logs = rule("n-gram").following(found.arrays, examples.stream.x[start : step + 1, 0].astype(np.int64))
        assert np.exp(logs).sum() == pytest.approx(1.0, abs=1e-12)
        assert logs[examples.targets(ids)[place]] == pytest.approx(said[place, 0], abs=1e-12)
        assert (logs.argmax() == examples.targets(ids)[place]) == said[place, 1]
        assert np.exp(logs[0]) < 1e-8
