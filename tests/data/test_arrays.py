"""Arrays of sequences as people have them: axes, ends, groups, parts and labels are told or asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.errors import DataError, InputError, OptionError

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.data.shapes import SequenceSet

N, T, C = 40, 30, 4
Y = np.arange(N) % 2
OF_WHOM = np.repeat(np.arange(10), 4)


def smooth(n: int = N, steps: int = T, channels: int = C, seed: int = 0) -> np.ndarray:
    """Values that go on from step to step, shape (n, steps, channels)."""
    noise = np.random.default_rng(seed).normal(size=(n, steps, channels))
    for t in range(1, steps):
        noise[:, t] += 0.9 * noise[:, t - 1]
    return noise


def rough(*shape: int) -> np.ndarray:
    """Values without any order."""
    return np.random.default_rng(1).normal(size=shape)


X = smooth()
LENGTHS = np.random.default_rng(2).integers(6, T + 1, size=N)
BEHIND = np.arange(T) >= LENGTHS[:, None]
PADDED = np.where(BEHIND[..., None], np.nan, X)


def read(source: object, **said: Any) -> SequenceSet:
    """As a comparison reads them."""
    found = look(source, Reading(**said))
    assert not hasattr(found, "stamps")
    return found  # type: ignore[return-value]


def notes(source: object, **said: Any) -> str:
    """What is said of them."""
    return "\n".join(read(source, **said).notes)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({"X": X.transpose(0, 2, 1), "y": Y}, "neighbours along the last axis are alike"),
        ({"X": PADDED.transpose(0, 2, 1), "y": Y}, "sequences end in missing values along that axis"),
        ({"X": rough(N, C, T), "y": Y, "lengths": LENGTHS}, "lengths go up to 30"),
        ({"X": rough(N, 1, T), "y": Y}, "one step would be no sequence"),
    ],
)
def test_channels_before_time_are_turned_where_the_data_tell(source: dict[str, np.ndarray], why: str) -> None:
    """A note says that they were turned, why, and how to take them as they stand."""
    found = read(source)

    assert found.values.shape[1:] == (int(found.lengths.max()), source["X"].shape[1])
    assert (found.layout, why in notes(source), "--layout ntc" in notes(source)) == ("nct", True, True)


@pytest.mark.parametrize(
    "source", [(rough(N, C, T), Y), (rough(4, 3, 60), [0, 1, 0, 1]), (smooth(N, 12, 20).transpose(0, 2, 1), Y)]
)
def test_two_readings_of_the_axes_are_asked_about(source: tuple[np.ndarray, Any]) -> None:
    """The message has both readings and what to type; what is typed is done."""
    _, a, b = source[0].shape

    with pytest.raises(DataError, match=rf"which axis of X is time.*{a} steps of {b} channels.*--layout nct"):
        read(source)
    assert read(source, layout="nct").values.shape == (len(source[0]), b, a)
    assert read(source, layout="ntc").values.shape == source[0].shape


@pytest.mark.parametrize("X", [X, rough(N, T, C), smooth(N, 12, 20), PADDED, rough(N, 8, 8), X[:, :, 0]])
def test_time_before_channels_is_taken_as_it_stands(X: np.ndarray) -> None:
    """The documented order is no reason for a question, nor are many channels of values that go on in time."""
    assert read((X, Y)).layout == "ntc"


def test_missing_values_behind_the_ends_are_lengths() -> None:
    """Padded with NaN is read as with lengths, whichever way it was brought, and said."""
    known, told = read((np.nan_to_num(PADDED), Y, LENGTHS)), read((PADDED, Y))

    assert told.sha256() == known.sha256()
    assert told.lengths.tolist() == LENGTHS.tolist()
    assert "padded with missing values behind their ends: lengths of" in notes((PADDED, Y))
    assert known.notes == ()


@pytest.mark.parametrize("mask", [~BEHIND, BEHIND, (~BEHIND).astype(np.int64)[..., None]])
def test_a_mask_of_the_ends_gives_lengths(mask: np.ndarray) -> None:
    """Whether ones mean that steps are there or that they are padding, the beginnings tell."""
    found = read({"X": np.nan_to_num(PADDED), "y": Y, "mask": mask})

    assert found.sha256() == read((PADDED, Y)).sha256()
    assert any("mask gives the lengths" in note for note in found.notes)


def test_a_mask_with_gaps_hides_values() -> None:
    """What stands in X where the mask is 0 tells that 1 means there; where nothing tells it is asked."""
    gaps = np.random.default_rng(3).random((N, T)) < 0.2
    gaps[:, [0, -1]] = False
    found = read({"X": np.where(gaps[..., None], 0.0, X), "y": Y, "mask": ~gaps})

    np.testing.assert_array_equal(np.isnan(found.values).all(axis=2), gaps)
    with pytest.raises(DataError, match="mask has gaps inside of sequences, and 1 may mean"):
        read({"X": X, "y": Y, "mask": ~gaps})
    with pytest.raises(DataError, match=r"mask has shape \(40, 7\)"):
        read({"X": X, "y": Y, "mask": np.ones((N, 7))})


@pytest.mark.parametrize("value", [0.0, -1.0, 999.0])
def test_constant_padding_is_told(value: float) -> None:
    """Behind the ends or before the start; values that merely happen to be equal are not."""
    ends = np.where(BEHIND[..., None], value, X)

    assert f"end in {value:g} in every channel" in notes((ends, Y))
    assert f"begin with {value:g} in every channel" in notes((ends[:, ::-1].copy(), Y))
    assert notes((np.where(X > 0, 0.0, X)[:, :, :1], Y)) == ""


def test_missing_steps_at_the_start_are_told() -> None:
    """They are kept as missing."""
    late = PADDED[:, ::-1].copy()

    assert "begin with missing steps" in notes((late, Y))
    assert read((late, Y)).values.shape == X.shape


@pytest.mark.parametrize("name", ["groups", "subject", "Subjects", "participant_id", "patientID", "speaker"])
def test_whose_a_sequence_is_is_read_by_name(name: str) -> None:
    """An array that says whose each sequence is groups them, and a note says so."""
    found = read({"X": X, "y": Y, name: OF_WHOM})

    assert found.groups is not None
    assert (found.groups.tolist(), found.grouped) == (OF_WHOM.tolist(), name)
    assert f"10 groups by {name}: the sequences of one are kept on one side" in notes({"X": X, "y": Y, name: OF_WHOM})
    assert found.sha256() != read((X, Y)).sha256()
    assert read({"X": X, "y": Y, name: OF_WHOM}, group="none").groups is None


def test_no_array_is_dropped_without_a_word(tmp_path: Path) -> None:
    """Those that are not read are named; weights are said to count for nothing."""
    source = {"X": X, "y": Y, "who": OF_WHOM, "weights": np.ones(N), "about": np.arange(3)}
    np.savez(tmp_path / "a.npz", **source, maker=np.array({"a": 1}, dtype=object))
    said = notes(tmp_path / "a.npz")

    assert "not read: 'who', 'weights', 'about', 'maker'" in said
    assert "every sequence counts alike" in said
    assert "type --group with its name" in said
    chosen = read(source, group="who")
    assert chosen.grouped == "who"
    assert not any("'who'" in note for note in chosen.notes)


def test_a_subject_goes_above_its_sessions() -> None:
    """Of two names the coarser one groups; where neither holds the other it is asked."""
    arrays = {"X": X, "y": Y, "subject": OF_WHOM}

    assert read(arrays | {"session": np.repeat(np.arange(20), 2)}).grouped == "subject"
    with pytest.raises(OptionError, match=r"subject, session may each say whose.*--group subject"):
        read(arrays | {"session": np.arange(N) % 4})


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"subject": OF_WHOM[:9]},
            r"subject has shape \(9,\) of int64; expected whose each sequence is, shape \(40,\)",
        ),
        ({"subject": np.zeros(N)}, r"all sequences are of one subject \(0.0\)"),
        ({"subject": np.where(OF_WHOM == 2, np.nan, OF_WHOM)}, r"subject\[8\] is missing"),
    ],
)
def test_groups_that_cannot_be_read(arrays: dict[str, np.ndarray], message: str) -> None:
    """Each message says what is expected."""
    with pytest.raises(DataError, match=message):
        read({"X": X, "y": Y} | arrays)


def test_classes_tied_to_groups_are_warned_of() -> None:
    """As are too few groups, and groups on both sides of the own split."""
    tied = {"X": X, "y": OF_WHOM % 2, "subject": OF_WHOM}

    assert "warning: all sequences of a group by subject are of one class" in notes(tied)
    assert "3 groups by subject to test on are too few" in notes({"X": X, "y": Y, "subject": np.arange(N) % 3})
    split = {"X": X, "y": Y, "subject": OF_WHOM, "test": np.arange(N) > 21}
    assert "1 of 10 groups by subject stand on both sides of the data's own split" in notes(split)
    assert read(split).groups is not None
    assert read(split, resplit=True).test_start is None


@pytest.mark.parametrize(
    "names",
    [
        ("X_train", "y_train", "X_test", "y_test", "groups_train", "groups_test"),
        ("x_train", "train_labels", "x_test", "test_labels", "train_subject", "test_subject"),
        ("trainX", "trainY", "testX", "testY", None, None),
    ],
)
def test_parts_in_one_archive_are_the_own_split(names: tuple[str, ...]) -> None:
    """Whatever the order of the words in their names; of unequal length they are padded."""
    parts = (X[:24], Y[:24], X[24:, :20], Y[24:], OF_WHOM[:24], OF_WHOM[24:])
    found = read({name: part for name, part in zip(names, parts, strict=True) if name})

    assert (found.test_start, found.values.shape) == (24, X.shape)
    np.testing.assert_array_equal(found.values[24:, :20], X[24:, :20])
    assert found.lengths.tolist() == [T] * 24 + [20] * 16
    assert (found.groups is not None) == (names[4] is not None)


def test_a_test_part_without_labels_is_left_aside() -> None:
    """A validation part is learned from; both are said."""
    arrays = {"X_train": X, "y_train": Y, "X_test": X[:3], "X_val": X[:4], "y_val": Y[:4]}

    assert (len(read(arrays).values), read(arrays).test_start) == (N + 4, None)
    assert "'X_test' has no classes or numbers of its own: left aside" in notes(arrays)
    assert "the validation part is learned from" in notes(arrays)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": X, "X_train": X, "y": Y}, "holds 'X' and 'X_train': which are the sequences"),
        ({"data": X, "inputs": X, "y": Y}, "'data' and 'inputs', both of which may be X"),
        ({"X": X, "y_train": Y}, "y_train without the X of that part"),
        ({"X_test": X, "y_test": Y}, "no X_train"),
        ({"X_train": X, "y_train": Y, "X_test": X[..., :2], "y_test": Y}, "the parts of X have the shapes"),
    ],
)
def test_archives_that_may_mean_two_things(arrays: dict[str, np.ndarray], message: str) -> None:
    """They are refused; which is meant is for their owner to say."""
    if "X_train" in arrays and "X_test" in arrays:
        arrays = arrays | {"X_test": X[:, :9, :2]}
    with pytest.raises(DataError, match=message):
        read(arrays)


@pytest.mark.parametrize(
    ("y", "classes", "said"),
    [
        (np.where(Y, " walking", np.where(OF_WHOM % 2, "walking", "rest")), ("rest", "walking"), "blanks"),
        (np.where(Y, "1.0", np.where(OF_WHOM % 2, "1", "2")), ("1", "2"), "digits"),
        (np.eye(2)[Y], ("0", "1"), "y is one-hot: 2 classes"),
        (Y[:, None], ("0", "1"), ""),
        (Y.astype(float), ("0", "1"), ""),
        (np.where(Y, "A", np.where(OF_WHOM % 2, "a", "b")), ("A", "a", "b"), "taken as different ones: A, a"),
    ],
)
def test_labels_in_many_dresses(y: np.ndarray, classes: tuple[str, ...], said: str) -> None:
    """One class is one class however it is written; what was merged is told."""
    assert read((X, y)).classes == classes
    assert said in notes((X, y))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            np.where(Y, "Walking", np.where(OF_WHOM % 2, "walking", "rest")),
            "'Walking' and 'walking' differ by capitals",
        ),
        (np.where(Y, "", "a"), r"y\[1\] is empty"),
        (rough(N, 2), r"such as y\[:, 0\]"),
        (np.zeros((N, T)), "labels of steps cannot be learned yet"),
    ],
)
def test_labels_that_are_refused(y: np.ndarray, message: str) -> None:
    """Each message says what to bring instead."""
    with pytest.raises(DataError, match=message):
        read((X, y))


def test_the_longer_ones_are_tested() -> None:
    """Every sequence that is tested is longer than every one that is learned from."""
    found = read((PADDED, Y), split="longer")

    assert found.test_start is not None
    assert found.lengths[: found.test_start].max() < found.lengths[found.test_start :].min()
    assert 0.2 < 1 - found.test_start / N < 0.5
    assert f"tested on the {N - found.test_start} sequences of more than" in "\n".join(found.notes)


@pytest.mark.parametrize(
    ("source", "said", "message"),
    [
        ((X, Y), {"split": "longer"}, "sequences of 30 steps each, expected different lengths"),
        ({"X": PADDED, "y": Y, "test": Y}, {"split": "longer"}, "a split of their own; type --resplit too"),
        ({"X": PADDED, "y": Y, "subject": OF_WHOM}, {"split": "longer"}, "cannot be kept on one side"),
        ((X, Y), {"resplit": True}, "without a split of their own"),
        ((X, Y), {"group": "subject"}, "--group subject: got no such name .* the data name no groups"),
        ((X, Y), {"layout": "long"}, "--layout 'long': is of a table"),
        ((X, Y), {"order": "t"}, "--order: belongs to a table"),
    ],
)
def test_options_that_do_not_fit(source: object, said: dict[str, Any], message: str) -> None:
    """Each message says why, and what to do."""
    with pytest.raises(InputError, match=message):
        read(source, **said)


def test_unbalanced_classes_are_said() -> None:
    """From three times as many on; below that nothing is said."""
    assert "always the former is right on 85%; --metric" in notes((X, np.repeat([0, 1], [34, 6])))
    assert notes((X, np.repeat([0, 1], [29, 11]))) == ""


def test_tensors_bring_their_numbers() -> None:
    """One that has a gradient, and of a type that NumPy does not have."""
    X = torch.arange(float(N * T)).reshape(N, T, 1) % 128
    expected = look((X.numpy(), Y), Reading()).values
    for tensor in (X.clone().requires_grad_(), X.bfloat16()):
        np.testing.assert_array_equal(look((tensor, torch.from_numpy(Y)), Reading()).values, expected)
