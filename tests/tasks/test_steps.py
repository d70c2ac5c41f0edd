"""Targets of steps: a number or a class of each step of a sequence, from the steps so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tiny import task_of

import gatewise
from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.shapes import SequenceSet
from gatewise.errors import DataError, OptionError
from gatewise.experiment.workers.inline import Inline
from gatewise.metrics import Balance
from gatewise.rules.score import applying, fit, outputs, score
from gatewise.rules.summaries import summaries
from gatewise.run.options import options
from gatewise.tasks import meant, on
from gatewise.tasks.classify_steps import ClassifySteps
from gatewise.tasks.regress_steps import RegressSteps

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.tasks.steps import StepTask


def machines(n: int = 12, seed: int = 0, *, cut: int = 0) -> pl.DataFrame:
    """Machines that wear out after 20 to 40 steps: ``wear`` grows to the end, ``state`` is what it has come to."""
    rng = np.random.default_rng(seed)
    parts = []
    for unit in range(n):
        life = int(rng.integers(20, 41))
        step = np.arange(life - (int(rng.integers(1, cut + 1)) if cut else 0))
        wear = step / life + 0.05 * rng.normal(size=len(step))
        parts.append(
            pl.DataFrame(
                {
                    "unit": [f"m{unit}"] * len(step),
                    "step": step,
                    "wear": wear,
                    "noise": rng.normal(size=len(step)),
                    "load": 3.0 * wear + 0.1,
                    "state": np.where(wear < 0.4, "new", np.where(wear < 0.8, "used", "worn")),
                    "shop": [f"s{unit % 4}"] * len(step),
                }
            )
        )
    return pl.concat(parts)


def read(frame: pl.DataFrame, **said: Any) -> SequenceSet:
    """What is understood of the table."""
    found = look(frame, Reading(sequence="unit", **said))
    assert isinstance(found, SequenceSet)
    return found


def asked(data: SequenceSet, **said: Any) -> StepTask:
    """The task on it."""
    found = task_of(data, **said)
    assert isinstance(found, RegressSteps | ClassifySteps)
    return found


def test_a_window_is_of_the_steps_up_to_the_one_told_of() -> None:
    """Short at the start of a sequence, never of another sequence, never of a later step."""
    frame = machines()
    data = read(frame, target="load", per_step=True)
    task = asked(data, window=5)
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    sequence, step = task.places
    ids = np.array([0, 3, int(np.flatnonzero(sequence == 2)[9])])
    x, lengths = examples.inputs(ids)

    assert lengths is not None
    assert (x.shape, lengths.tolist()) == ((3, 5, 5), [1, 4, 5])
    prepared = task.learn(parts).inputs
    for k, place in enumerate(ids):
        first = max(0, step[place] - 4)
        own = data.values[sequence[place], first : step[place] + 1]
        assert np.array_equal(x[k, : lengths[k]], prepared(own))
        assert not x[k, lengths[k] :].any()
    assert np.array_equal(task.told, frame["load"].to_numpy())
    # The target's own past is no input; the state is a category, and the shop names groups.
    assert data.features == ("wear", "noise", "state=new", "state=used", "state=worn")


def test_the_future_of_a_step_is_not_read() -> None:
    """What comes after a step changes nothing of its window."""
    frame = machines()
    late = frame.with_columns(wear=pl.when(pl.col("step") > 10).then(99.0).otherwise(pl.col("wear")))
    pair = [asked(read(table, target="load", per_step=True)) for table in (frame, late)]
    prepared = pair[0].learn(pair[0].parts(0, "pair", 0)).inputs
    ids = np.flatnonzero(pair[0].places[1] <= 10)
    one, two = (task.windows(prepared).inputs(ids)[0] for task in pair)
    assert np.array_equal(one, two)


@pytest.mark.parametrize("group", [None, "shop"])
@pytest.mark.parametrize("target", ["load", "state"])
def test_whole_sequences_and_groups_stay_together(target: str, group: str | None) -> None:
    """In every fold and draw no sequence, and no group, trains and is tested; each is a block."""
    data = read(machines(20), target=target, per_step=True, group=group)
    task = asked(data)
    whose = np.arange(20) if group is None else data.groups
    assert whose is not None
    tested = []
    for split in range(task.setting.splits.count):
        for phase in ("tune", "pair"):
            parts = task.parts(split, phase, 1)
            sides = [set(whose[task.places[0][ids]]) for ids in (parts.train, parts.validation, parts.test)]
            assert not sides[0] & sides[1] | sides[0] & sides[2] | sides[1] & sides[2]
            assert len(np.unique(parts.test_block)) == len(sides[2])
            blocks = {(whose[task.places[0][k]], block) for k, block in zip(parts.test, parts.test_block, strict=True)}
            assert len(blocks) == len(sides[2])
        tested.append(parts.test)
    assert np.array_equal(np.sort(np.concatenate(tested)), np.arange(len(task.told)))


def test_test_sequences_change_nothing_that_is_learned(tmp_path: Path) -> None:
    """Channels, scales, parts and what the rules learn are those of the sequences to learn from alone."""
    train, test = machines(), machines(6, seed=1)
    other = test.with_columns(wear=1e3 * pl.col("wear"), load=-pl.col("load"), noise=pl.lit(0.0))
    found = []
    for k, frame in enumerate((test, other)):
        path = tmp_path / f"{k}.csv"
        frame.write_csv(path)
        task = asked(read(train, target="load", per_step=True, test=str(path)))
        parts = task.parts(0, "tune", 0)
        examples = task.examples(parts)
        rule = fit("ridge-on-summaries", task, examples, parts.before)
        found.append((task, parts, examples, rule))
    (one, parts, examples, rule), (two, others, changed, again) = found

    assert one.setting.data.features == two.setting.data.features
    for name in ("train", "validation", "test", "validation_block", "test_block"):
        assert np.array_equal(getattr(parts, name), getattr(others, name))
    assert np.array_equal(examples.inputs(parts.train)[0], changed.inputs(parts.train)[0])
    assert np.array_equal(examples.targets(parts.train), changed.targets(parts.train))
    assert all(np.array_equal(rule.arrays[name], again.arrays[name]) for name in rule.arrays)
    ids = parts.validation
    assert np.array_equal(outputs(rule, examples, ids), outputs(again, changed, ids))


def test_a_rule_learns_what_the_steps_hold() -> None:
    """Ridge on the trailing window finds the load, logistic the state; with shuffled targets neither does."""
    frame = machines(30)
    for target, rules in (("load", ("mean", "ridge-on-summaries")), ("state", ("majority", "logistic"))):
        task = asked(read(frame, target=target, per_step=True))
        assert set(applying(task)) == set(rules)
        plain, fitted = (sum(score(task, name, 0).test) for name in rules)
        assert fitted < 0.3 * plain
        mixed = frame.with_columns(pl.col(target).shuffle(seed=1))
        task = asked(read(mixed, target=target, per_step=True))
        plain, fitted = (sum(score(task, name, 0).test) for name in rules)
        assert fitted > 0.9 * plain


def test_remaining_counts_to_the_end() -> None:
    """0 at the last step, larger numbers count as the cap; the target is no input."""
    data = read(machines(5), remaining=True, cap=12)
    assert data.goals is not None
    for goals, length in zip(data.goals, data.lengths, strict=True):
        assert goals[:length].tolist() == [min(12, length - 1 - k) for k in range(length)]
        assert np.isnan(goals[length:]).all()
    assert (data.goal, data.classes) == ("steps left", ())
    assert any("more than 12 counted as 12" in note for note in data.notes)


@pytest.mark.parametrize("named", [False, True])
def test_numbers_of_the_last_steps_are_what_is_tested(tmp_path: Path, *, named: bool) -> None:
    """Test sequences are cut early: each is scored at its last step alone, by the number of its row or name."""
    cut = machines(6, seed=4, cut=8)
    cut.write_csv(tmp_path / "test.csv")
    left = [30.0, 4.0, 2.0, 7.0, 1.0, 5.0]
    rows = [f"m{k},{left[k]}" for k in (3, 1, 0, 2, 5, 4)] if named else [f"{number:g} " for number in left]
    (tmp_path / "left.csv").write_text("\n".join(["unit,left"] * named + rows) + "\n")
    said = {"test": str(tmp_path / "test.csv"), "test_labels": str(tmp_path / "left.csv")}
    data = read(machines(), remaining=True, cap=20, **said)
    task = asked(data)
    parts = task.parts(0, "pair", 0)

    assert data.ends_only
    assert task.places[0][parts.test].tolist() == list(range(12, 18))
    assert (task.places[1][parts.test] == data.lengths[12:] - 1).all()
    assert task.told[parts.test].tolist() == [20.0, 4.0, 2.0, 7.0, 1.0, 5.0]
    assert task.places[0][parts.train].max() < 12
    assert "last step of each test sequence alone" in task.words(task.setting).splits


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\n2\n3\n", "got 3 numbers, expected one for each of the 6 test sequences"),
        ("1\n2\n3\n4\n5\n-6\n", "got -6 in row 6, expected steps left, 0 or more"),
        ("unit,left\nm0,1\nm1,2\nm2,3\nm3,4\nm4,5\nm9,6\n", "or one with the name of each test sequence"),
    ],
)
def test_labels_that_do_not_fit_are_refused(tmp_path: Path, text: str, message: str) -> None:
    """One number for each test sequence."""
    machines(6, cut=8).write_csv(tmp_path / "test.csv")
    (tmp_path / "left.csv").write_text(text)
    said = {"test": str(tmp_path / "test.csv"), "test_labels": str(tmp_path / "left.csv")}
    with pytest.raises(DataError, match=message):
        read(machines(), remaining=True, **said)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"per_step": True}, "which column is told of each step"),
        ({"remaining": True, "target": "load"}, "leave one out"),
        ({"cap": 5, "target": "state"}, "--cap is of --remaining"),
        ({"target": "load", "per_step": True, "test_labels": "x"}, "type --remaining --test FILE too"),
        ({"target": "lod", "per_step": True}, "there is no such column"),
    ],
)
def test_options_that_do_not_go_together(said: dict[str, Any], message: str) -> None:
    """The message says what to type."""
    with pytest.raises(OptionError, match=message):
        read(machines(), **said)
    with pytest.raises(DataError, match="type: --per-step"):
        read(machines(), target="state")


def test_whole_numbers_are_classes_unless_regression_is_asked_for() -> None:
    """As of whole sequences; more than twenty of them are numbers."""
    frame = machines().with_columns(level=(5 * pl.col("wear")).round().cast(pl.Int64), many=2 * pl.col("step") % 41)
    data = read(frame, target="level", per_step=True)
    assert meant(data, options()) is ClassifySteps
    assert meant(data, options(task="regress-steps")) is RegressSteps
    task = asked(data, task="regress-steps")
    assert np.array_equal(task.told, frame["level"].to_numpy())
    assert meant(read(frame, target="many", per_step=True), options()) is RegressSteps


def test_steps_without_a_target_are_inputs_alone() -> None:
    """They are in the windows of later steps, and are neither learned nor tested."""
    frame = machines().with_columns(load=pl.when(pl.col("step") % 3 == 0).then(pl.col("load")))
    data = read(frame, target="load", per_step=True)
    task = asked(data, window=4)
    assert (task.places[1] % 3 == 0).all()
    assert any("neither learned nor tested" in note for note in data.notes)
    assert task.setting.data.examples == len(task.told) == frame["load"].count()


def test_every_class_counts_alike_where_asked() -> None:
    """The balance is of the steps."""
    data = read(machines(), target="state", per_step=True)
    task = asked(data, metric="balanced-accuracy")
    assert isinstance(task, ClassifySteps)
    labels = task.told.astype(np.int64)
    expected = Balance.of(labels, labels, 3)
    assert task.balance is not None
    assert task.balance.shares == pytest.approx(expected.shares)


def test_summaries_of_a_part_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at a few examples at once changes nothing."""
    task = asked(read(machines(), target="load", per_step=True))
    examples = task.examples(task.parts(0, "pair", 0))
    ids = np.arange(len(task.told))
    whole = summaries(examples, ids)
    monkeypatch.setattr("gatewise.rules.summaries.AT_ONCE", 7)
    assert summaries(examples, ids) == pytest.approx(whole, abs=1e-12)


def test_from_the_table_to_predictions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison, its model, and a prediction of every step of new sequences."""
    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (60, 60))
    found = gatewise.compare(
        machines(12), sequence="unit", target="load", per_step=True, window=6, fits=4, params=300, workers=1,
        out=tmp_path / "run",
    )  # fmt: skip
    new = machines(2, seed=9).drop("load")
    predicted = found.model.predict(new)
    assert predicted.columns == ["example", "step", "predicted"]
    assert len(predicted) == len(new)
    plan = found.folder.header().plan
    assert on(read(machines(12), target="load", per_step=True), plan.setting).setting.data.window == 6
