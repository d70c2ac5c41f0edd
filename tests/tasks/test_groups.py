"""Splits of sequences: whole groups on one side, every part its share, and nothing tested is learned from."""

from dataclasses import replace

import numpy as np
import pytest
from tiny import sequences, task_of

from gatewise.data.sequences import comparable
from gatewise.data.shapes import SequenceSet
from gatewise.data.split import deal_groups, draw_groups
from gatewise.data.windows import Parts
from gatewise.errors import DataError
from gatewise.rules.score import applying, score
from gatewise.tasks.protocol import Task

GROUPS = np.repeat(np.arange(15), 4)


def grouped(n: int = 60, **more: object) -> SequenceSet:
    """Ramps of fifteen subjects, who all rise and fall."""
    return replace(sequences(n), groups=GROUPS, grouped="subject", **more)


def numbers(data: SequenceSet) -> SequenceSet:
    """The same sequences with a number each."""
    rng = np.random.default_rng(5)
    return replace(data, labels=None, classes=(), numbers=rng.normal(size=len(data.lengths)))


def every_part(task: Task) -> list[Parts]:
    """Parts of every split, phase and a few draws."""
    return [
        task.parts(split, phase, draw)
        for split in range(task.setting.splits.count)
        for phase in ("tune", "pair")
        for draw in range(4)
    ]


def test_a_held_out_part_of_few_groups_is_not_offered() -> None:
    """Fewer than five tested groups decide nothing; folds test all."""
    few = replace(grouped(), groups=GROUPS % 12)

    assert task_of(few, count=1).setting.splits.kind == "folds"
    assert task_of(grouped(), count=1).setting.splits.kind == "holdout"


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("make", [grouped, lambda: numbers(grouped())])
def test_a_group_is_on_one_side_of_every_split(make: object, count: int) -> None:
    """Of folds, of the held-out part, and of every validation part of tuning; tested groups are blocks."""
    task = task_of(make(), count=count)  # type: ignore[operator]
    assert task.setting.splits.grouped == "subject"

    for parts in every_part(task):
        sides = [set(GROUPS[part]) for part in (parts.train, parts.validation, parts.test)]
        assert sides[0]
        assert sides[2]
        assert sum(len(side) for side in sides) == len(set.union(*sides))
        assert len(np.unique(parts.test_block)) == len(sides[2]) == parts.test_block.max() + 1
        assert all(len(set(GROUPS[parts.test[parts.test_block == block]])) == 1 for block in set(parts.test_block))


def test_every_group_is_tested_once() -> None:
    """Folds share the groups among them, each with about its share of the classes."""
    task = task_of(grouped(), count=5)
    tested = [task.parts(split, "pair", 0).test for split in range(5)]

    assert sorted(np.concatenate(tested)) == list(range(60))
    assert {len(part) for part in tested} == {12}


def test_uneven_groups_are_dealt_evenly() -> None:
    """Each class as evenly as the groups allow, no worse than one large group makes it."""
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 40, size=400)
    labels = (rng.random(400) < 0.25 + 0.5 * (groups % 2)).astype(np.int64)
    fold = deal_groups(labels, groups, 4, np.random.default_rng(1))

    for label in (0, 1):
        counts = np.bincount(fold[labels == label], minlength=4)
        assert counts.max() - counts.min() <= np.bincount(groups[labels == label]).max()
    assert all(len(set(fold[groups == group])) == 1 for group in set(groups))


def test_draws_leave_every_class_something_to_learn_from() -> None:
    """A class of two groups keeps one, whatever the draw; parts are about a fifth."""
    groups = np.repeat(np.arange(12), 5)
    labels = np.where(groups < 2, 1, 0)
    draws = [draw_groups(labels, groups, np.random.default_rng(seed)) for seed in range(60)]

    assert all(draw.any() and (~draw[labels == 1]).any() and (~draw[labels == 0]).any() for draw in draws)
    assert 0.1 < np.mean(draws) < 0.3
    assert len({tuple(draw) for draw in draws}) > 10


def test_splits_depend_on_the_seed_alone() -> None:
    """The same plan deals the same groups."""
    tested = [task_of(grouped(), count=3).parts(0, "pair", 0).test.tolist() for _ in range(2)]

    assert tested[0] == tested[1]


def test_a_class_of_one_group_is_refused() -> None:
    """It cannot be learned on one side and tested on the other; without regard to groups it can."""
    data = replace(grouped(), labels=(GROUPS == 3).astype(np.int64))

    with pytest.raises(DataError, match=r"class up are of one group by subject; .*--group none"):
        task_of(data)
    assert task_of(replace(data, groups=None, grouped="")).setting.splits.grouped == ""


def test_a_class_of_one_sequence_is_a_number_all_the_same() -> None:
    """Whole numbers that are all different are refused as classes, with what to type, and taken as numbers."""
    data = sequences(40)
    ages = replace(data, labels=np.arange(40), classes=tuple(str(20 + k) for k in range(40)))

    with pytest.raises(DataError, match=r"a single sequence is of class .*type --task regress"):
        task_of(ages)
    assert task_of(ages, task="regress").setting.task == "regress"


def leak_sets() -> list[SequenceSet]:
    """A set for every split: folds and held out, own, longer; with groups and without; classes and numbers."""
    from gatewise.data.readers.raw import RawSequences
    from gatewise.data.reading import Reading

    longer = comparable(RawSequences(sequences(60)), Reading(split="longer"))
    of_classes = [sequences(60), sequences(60, test_start=40), grouped(), grouped(test_start=40), longer]
    return [*of_classes, *(numbers(data) for data in of_classes)]


@pytest.mark.parametrize("place", range(10))
@pytest.mark.parametrize("count", [1, 3])
def test_tested_sequences_change_nothing_that_is_fitted(place: int, count: int) -> None:
    """Other values in the tested sequences: the same scales and the same simple rules, on validation."""
    data = leak_sets()[place]
    task = task_of(data, count=count)
    for split in range(task.setting.splits.count):
        parts = task.parts(split, "pair", 0)
        values = data.values.copy()
        values[parts.test] = -7.0 * values[parts.test]
        other = type(task)(replace(data, values=values), task.setting)

        for before, after in zip(
            vars(task.examples(parts).learned).items(), vars(other.examples(parts).learned).items(), strict=True
        ):
            assert repr(before) == repr(after)
        for name in applying(task):
            first, second = score(task, name, split), score(other, name, split)
            assert first.validation == second.validation
            assert first.test != second.test or name in ("majority", "mean")


@pytest.mark.parametrize("place", range(5))
def test_shuffled_labels_leave_no_skill(place: int) -> None:
    """The best simple rule is no better than the majority by more than chance."""
    data = leak_sets()[place]
    assert data.labels is not None
    rng = np.random.default_rng(9)
    errors = []
    for _ in range(8):
        task = task_of(replace(data, labels=rng.permutation(data.labels)), count=1)
        tested = len(task.parts(0, "pair", 0).test)
        errors.append(sum(score(task, "logistic", 0).test) / tested)

    assert np.mean(errors) > 0.35
