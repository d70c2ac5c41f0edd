"""Next symbols: what is read and told, which parts there are, scores by hand; nothing that is tested is learned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gatewise.data.alphabet import symbols_of
from gatewise.data.readers.raw import RawSymbols
from gatewise.errors import DataError
from gatewise.experiment.plan import draft
from gatewise.run.options import Invocation
from gatewise.tasks import on
from gatewise.tasks.next_symbol import NextSymbol
from gatewise.tasks.pieces import MOST_VALIDATED
from gatewise.tasks.stretches import BEFORE, CHUNK, LONGEST, Stream, readings

if TYPE_CHECKING:
    from gatewise.tasks.next_symbol import SymbolExamples

LOG2 = np.log(2.0)


def a_text(seed: int = 0, length: int = 2000, letters: str = "abcd") -> str:
    """Letters drawn alike."""
    return "".join(np.random.default_rng(seed).choice(list(letters), length))


def task_of(raw: RawSymbols, **asked: object) -> NextSymbol:
    """The task as a comparison would plan it."""
    data = symbols_of(raw)
    found = on(data, draft(data, Invocation(**asked).options).setting)
    assert isinstance(found, NextSymbol)
    return found


def lines(*pieces: str, test: tuple[bool, ...] | None = None) -> RawSymbols:
    """Lines of characters."""
    return RawSymbols(pieces, "character", "line", "made", test=None if test is None else np.array(test))


def test_each_symbol_is_told_from_those_before_it_and_the_end_from_all() -> None:
    """Two lines, by hand: what is read begins with the edge, what is told ends with it."""
    raw = lines(*["ab", "c"] * 60, test=(False,) * 60 + (True,) * 60)
    task = task_of(raw)

    stream = task.examples(task.parts(0, "pair", 0)).stream

    assert task.section.alphabet == ("a", "b", "c")
    assert task.section.edge == 4
    assert stream.x[:5, 0].tolist() == [4, 1, 2, 4, 3]
    assert stream.targets[:5].tolist() == [1, 2, 4, 3, 4]


def test_a_long_text_is_tested_at_its_end() -> None:
    """Training, validation and test follow each other; blocks are stretches, judged as a series is."""
    task = task_of(RawSymbols((a_text(),), "character", "text", "made"))

    parts = task.parts(0, "tune", 0)

    assert task.setting.splits.serial
    assert not task.section.ends
    assert (parts.train[-1] + 1, parts.validation[-1] + 1, parts.test[-1] + 1) == (1440, 1600, 2000)
    assert parts.test[0] == 1600
    assert len(np.unique(parts.test_block)) == 25


def test_cases_in_time_are_tested_at_their_end_and_kept_whole() -> None:
    """The last fifth of the cases, none of whose events is learned from."""
    events = tuple(tuple(a_text(k, 3 + k % 5)) for k in range(200))
    task = task_of(RawSymbols(events, "event", "case", "made", in_time=True))

    parts = task.parts(0, "pair", 0)

    assert task.setting.splits.kind == "later"
    assert parts.train[-1] < parts.validation[0] <= parts.validation[-1] < parts.test[0]
    assert parts.test[0] == task.pieces.starts[160]
    assert parts.test_block[-1] == 39


def test_equal_lines_stand_on_one_side() -> None:
    """Where lines are drawn to be tested."""
    task = task_of(lines(*[a_text(k % 40, 6) for k in range(400)]))

    parts = task.parts(0, "pair", 0)
    tested, learned = (
        set(np.searchsorted(task.pieces.starts, part, "right") % 40) for part in (parts.test, parts.train)
    )

    assert len(tested) > 5
    assert not tested & learned


@pytest.mark.parametrize("pieces", [1, 200])
def test_what_is_tested_changes_nothing_that_is_learned(pieces: int) -> None:
    """Neither the alphabet nor what is known, nor any input or target before it."""
    text = a_text(length=4000)
    step = len(text) // pieces

    def learned(raw_text: str) -> tuple[SymbolExamples, NextSymbol]:
        cut = tuple(raw_text[k : k + step] for k in range(0, len(raw_text), step))
        raw = RawSymbols(cut, "character", "line" if pieces > 1 else "text", "made", in_time=pieces > 1)
        task = task_of(raw)
        return task.examples(task.parts(0, "pair", 0)), task

    (first, task), (second, _) = learned(text), learned(text[:3200] + "wxya" * 200)
    edge = int(task.parts(0, "pair", 0).test[0])

    assert second.learned.known.tolist() == first.learned.known.tolist()
    assert np.array_equal(second.stream.x[:edge], first.stream.x[:edge])
    assert np.array_equal(second.stream.targets[:edge], first.stream.targets[:edge])
    assert (second.stream.targets[edge + 1 : edge + 9] == -1).any()  # an unknown symbol is read, and not scored


def test_a_symbol_that_one_fold_alone_has_is_unknown_to_the_others() -> None:
    """Folds number all symbols, and each learns its own."""
    task = task_of(lines(*[a_text(k, 30) for k in range(59)], "abq" * 10))
    split = next(
        k for k in range(task.setting.splits.count) if task.parts(k, "pair", 0).test[-1] == len(task.pieces.told) - 1
    )
    q = task.section.alphabet.index("q") + 1

    found = task.examples(task.parts(split, "pair", 0))

    assert not found.learned.known[q]
    assert q not in found.stream.x


def test_scores_by_hand() -> None:
    """Bits are -log2 of the true symbol's share; a line is solved where each of its symbols is told."""
    raw = lines(*["ab"] * 100, test=(False,) * 50 + (True,) * 50)
    tasks = {metric: task_of(raw, metric=metric) for metric in ("bits", "symbol-accuracy", "solved")}
    parts = tasks["bits"].parts(0, "pair", 0)
    ids = parts.test[:6]  # two lines with their ends
    outputs = np.log(np.array([0.5, 0.25, 1.0, 0.5, 0.5, 0.5]))
    said = np.stack([outputs, [1, 1, 1, 1, 0, 1]], axis=1)

    scores = {name: task.examples(parts).scores(said, ids) for name, task in tasks.items()}

    assert scores["bits"] == pytest.approx([1, 2, 0, 1, 1, 1])
    assert scores["symbol-accuracy"].tolist() == [0, 0, 0, 0, 1, 0]
    assert scores["solved"].mean() == pytest.approx(0.5)
    assert tasks["bits"].beside(said, ids) == pytest.approx({"bits": 1.0, "accuracy": 5 / 6, "solved": 0.5})


def test_a_line_counts_as_one_however_long_it_is() -> None:
    """One of two lines is solved, though it has a quarter of the symbols; what is not determined is not asked."""
    raw = replace(lines(*["b", "aab"] * 50, test=(False,) * 50 + (True,) * 50), cue="b")
    task = task_of(raw, metric="solved")
    parts = task.parts(0, "pair", 0)
    ids = parts.test[:6]
    wrong_a, wrong_end = (np.stack([np.zeros(6), [1, 1, *last]], axis=1) for last in ([0, 1, 1, 1], [1, 1, 1, 0]))

    assert task.examples(parts).scores(wrong_a, ids).mean() == 0.0
    assert task.examples(parts).scores(wrong_end, ids).mean() == pytest.approx(0.5)


def test_uniform_text_has_the_perplexity_of_its_alphabet() -> None:
    """By the guess from frequencies, which knows nothing else."""
    task = task_of(RawSymbols((a_text(length=50_000, letters="abcdefgh"),), "character", "text", "made"))
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)

    said = task.trivial(examples.targets(parts.test), examples.targets(parts.train))

    assert np.exp(-said[:, 0].mean()) == pytest.approx(8.0, rel=0.002)


def test_words_that_are_seen_once_are_learned_as_unknown_ones() -> None:
    """So that what follows them is learned, and they can be told to come."""
    words = tuple("the cat sat on the mat the dog sat on the log".split()) * 40 + ("hapax",)
    task = task_of(RawSymbols((words * 1 + ("the", "cat") * 60,), "word", "text", "made"))

    assert "hapax" not in task.section.alphabet
    assert task.section.unknown
    assert (task.examples(task.parts(0, "pair", 0)).stream.targets == 0).sum() == 1


def test_of_many_lines_some_from_all_over_validate() -> None:
    """Scoring would else cost as much as training; a line that validates is whole."""
    task = task_of(lines(*(a_text(k, 199) for k in range(600))))

    parts = task.parts(0, "tune", 0)

    assert MOST_VALIDATED / 2 < len(parts.validation) <= MOST_VALIDATED
    assert set(np.bincount(parts.validation // 200)) == {0, 200}


def test_a_chunk_of_a_long_piece_is_read_from_before_it_on() -> None:
    """A step is answered from the same steps before it, whichever others are asked for; a short piece is read whole."""
    lengths = np.array([LONGEST + 1, 9])
    stream = Stream(np.zeros((lengths.sum(), 1)), np.zeros(lengths.sum()), np.array([0, LONGEST + 1]), lengths)

    found = readings(stream, np.array([CHUNK + 3, CHUNK - 1, LONGEST + 4]))

    first = found.starts[found.rows]
    assert first.tolist() == [CHUNK - BEFORE, 0, LONGEST + 1]
    assert (first + found.places).tolist() == [CHUNK + 3, CHUNK - 1, LONGEST + 4]


def test_lines_that_are_all_one_group_are_too_few() -> None:
    """All of them are tested, or all learned from: there is nothing to compare on, and that is said."""
    raw = replace(lines(*["hello"] * 60), groups=("one",) * 60, grouped="equal lines")

    with pytest.raises(DataError, match="they leave too little for"):
        task_of(raw)
