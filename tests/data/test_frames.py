"""Pieces of channels that are on or off: what formats give, and what is refused."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import mido
import numpy as np
import pytest
from scipy.io import savemat

from gatewise.data.framed import as_frames, look_frames
from gatewise.data.frames import Frames
from gatewise.data.readers import reader_of
from gatewise.data.readers.rolls import part_of
from gatewise.data.reading import NOTHING_SAID, Reading
from gatewise.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

LOW = 60
CHORDS = {
    "test": [[[60, 64], [62], [], [64]]],
    "train": [[[60], [62, 64], [60, 64]], [[64], [62]]],
    "valid": [[[60, 62], [60]]],
}


def roll(piece: list[list[int]], channels: int = 5) -> np.ndarray:
    found = np.zeros((len(piece), channels), dtype=np.uint8)
    for step, on in enumerate(piece):
        found[step, [number - LOW for number in on]] = 1
    return found


ROLLS = {part: [roll(piece) for piece in pieces] for part, pieces in CHORDS.items()}


def cell(pieces: list[np.ndarray]) -> np.ndarray:
    found = np.empty((1, len(pieces)), dtype=object)
    found[0, :] = pieces
    return found


def padded(pieces: list[np.ndarray]) -> np.ndarray:
    found = np.zeros((len(pieces), 4, 5), dtype=bool)
    for place, piece in enumerate(pieces):
        found[place, : len(piece)] = piece
    return found


def by_mat(path: Path) -> None:
    savemat(path, {f"{part}data": cell(pieces) for part, pieces in ROLLS.items()})


def by_turned_mat(path: Path) -> None:
    savemat(path, {f"{part}data": cell([piece.T for piece in pieces]) for part, pieces in ROLLS.items()})


def by_npz(path: Path) -> None:
    arrays = {part: padded(pieces) for part, pieces in ROLLS.items()}
    np.savez(path, **arrays, **{f"lengths_{part}": list(map(len, pieces)) for part, pieces in ROLLS.items()})


def by_npz_of_pieces(path: Path) -> None:
    np.savez(path, **{f"{part}_{n}": piece for part, pieces in ROLLS.items() for n, piece in enumerate(pieces)})


def by_json(path: Path) -> None:
    path.write_text(json.dumps(CHORDS).replace("62,", "62.0,"))


def by_midi(path: Path) -> None:
    """A file a piece, in folders of the parts; a quarter of a beat a step, on two tracks, with a drum."""
    for part, pieces in CHORDS.items():
        for number, piece in enumerate(pieces):
            (path / part).mkdir(parents=True, exist_ok=True)
            midi(path / part / f"{number}.mid", piece)


def midi(path: Path, piece: list[list[int]], kind: int = 1) -> None:
    file = mido.MidiFile(type=kind, ticks_per_beat=480)
    for track in range(2):
        events = [
            (at * 120 + shift * 100, kind, note)
            for at, on in enumerate(piece)
            for note in sorted(on)[track::2]
            for kind, shift in (("note_on", 0), ("note_off", 1))
        ]
        messages, now = mido.MidiTrack(), 0
        for at, kind, note in sorted(events):
            messages.append(mido.Message(kind, note=note, velocity=64, time=at - now))
            now = at
        file.tracks.append(messages)
    file.tracks[0].insert(0, mido.Message("note_on", note=35, velocity=64, channel=9, time=0))
    file.save(path)


WRITERS = {
    "a.mat": by_mat,
    "turned.mat": by_turned_mat,
    "a.npz": by_npz,
    "pieces.npz": by_npz_of_pieces,
    "a.json": by_json,
    "midi": by_midi,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_format_gives_the_pieces(name: str, tmp_path: Path) -> None:
    """The same is on whatever the file is; its own test part stands last, validation is learned from."""
    WRITERS[name](tmp_path / name)

    found = look_frames(tmp_path / name, NOTHING_SAID)

    rolls = [*ROLLS["train"], *ROLLS["valid"], *ROLLS["test"]]
    assert found.lengths.tolist() == [3, 2, 2, 4]
    np.testing.assert_array_equal(found.on, np.concatenate(rolls).astype(bool))
    assert found.test_start == 3
    assert found.channels[0] == ("60" if name in ("a.json", "midi") else "channel 1")
    assert any("validation part is learned from" in note for note in found.notes)
    assert any("never on in what is learned from: 2 channels" in note for note in found.notes)
    assert ("turned" in name) == any("read as (channels, steps)" in note for note in found.notes)


def test_tracks_of_midi_of_format_2_are_pieces(tmp_path: Path) -> None:
    """They are played one by one; of format 1 the same tracks are played together."""
    for kind in (1, 2):
        midi(tmp_path / "a.mid", [[60, 64], [60, 64], [62, 64], [62, 64]], kind)
        assert look_frames(tmp_path / "a.mid", NOTHING_SAID).lengths.tolist() == [4] * kind


def test_a_longer_step_of_midi(tmp_path: Path) -> None:
    """What is down at half a beat; that a step is that long is said."""
    midi(tmp_path / "a.mid", [[60], [], [62], [], [64, 60], []])

    found = look_frames(tmp_path / "a.mid", Reading(every="1/2"))

    assert [np.flatnonzero(step).tolist() for step in found.on] == [[0], [2], [0, 4]]
    assert any(f"a step is {Fraction(1, 2)} of a beat" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("traindata", "train"),
        ("X_test", "test"),
        ("valid", "validation"),
        ("test_3", "test"),
        ("device", ""),
        ("tr", ""),
    ],
)
def test_the_part_that_a_name_speaks_of(name: str, part: str) -> None:
    """A word for the part, and little else beside it."""
    assert part_of(name) == part


def test_tests_of_another_file_and_no_own_split(tmp_path: Path) -> None:
    """--test puts its pieces behind; --resplit leaves the data's own split aside; channels are matched by name."""
    by_json(tmp_path / "a.json")
    (tmp_path / "more.json").write_text(json.dumps([[[62], [64], [64]]]))

    more = look_frames(tmp_path / "a.json", Reading(resplit=True, test=str(tmp_path / "more.json")))
    fresh = as_frames(tmp_path / "more.json", NOTHING_SAID, more.channels)

    assert (more.test_start, len(more.lengths)) == (4, 5)
    np.testing.assert_array_equal(more.on[-3:], fresh.on)
    np.testing.assert_array_equal(fresh.on.argmax(axis=1), [2, 4, 4])


def test_classes_beside_make_sequences_unless_frames_are_asked_for(tmp_path: Path) -> None:
    """With y a file is read as sequences with classes, and --layout frames takes it as frames."""
    path = tmp_path / "both.npz"
    np.savez(path, X=padded(ROLLS["train"] * 2), y=[0, 1, 0, 1])

    assert reader_of(path).holds == "sequences"
    assert reader_of(path, reading=Reading(layout="frames")).holds == "frames"
    assert isinstance(look_frames(path, Reading(layout="frames")), Frames)


def chords(text: str) -> bytes:
    return text.encode()


def in_mat(**held: object) -> object:
    return lambda path: savemat(path, held)


def in_npz(**held: object) -> object:
    return lambda path: np.savez(path, **held)


TURNED = [np.eye(5, dtype=np.uint8)[:3], np.eye(4, dtype=np.uint8)]
MALFORMED = {
    "new.mat": (b"MATLAB 7.3 MAT-file, Platform: GLNXA64" + bytes(600), "'-v7'"),
    "cut.mat": (lambda path: (by_mat(path), path.write_bytes(path.read_bytes()[:400])), "cut.mat cannot be read"),
    "empty.mat": (b"", "empty.mat is empty"),
    "text.mat": (b"not MATLAB at all, " * 20, "text.mat cannot be read as a MATLAB file"),
    "loud.mat": (in_mat(traindata=cell([np.full((3, 4), 64)])), "has 64 in channel 1; expected 0 and 1"),
    "words.mat": (in_mat(title="prelude"), "words.mat holds title; expected arrays of 0 and 1"),
    "widths.mat": (in_mat(traindata=cell(TURNED)), "piece 1 has 5 channels and piece 2 has 4"),
    "untold.mat": (in_mat(testdata=cell(ROLLS["test"])), "has a test part and none to learn from"),
    "silent.mat": (in_mat(traindata=cell([np.zeros((5, 3))])), "no channel is on in what is learned from"),
    "single.json": (chords('{"train": [[[60]], [[64]]]}'), "no piece has two steps or more"),
    "one.json": (chords('{"train": [[[60], [60], []]]}'), "got one channel that is on or off"),
    "minus.json": (chords('{"train": [[[60], [-1]]]}'), "train, piece 1, step 2: got '-1'"),
    "flat.json": (chords('{"train": [[[60], [60]], [60, 62]]}'), "train, piece 2, step 1: got '60'"),
    "cut.json": (chords('{"train": [[[60], [62'), "cut.json is no JSON"),
    "wide.json": (chords('{"train": [[[0], [99999999]]]}'), "channels go from 0 to 99,999,999"),
    "two.npz": (
        in_npz(rolls=padded(ROLLS["train"]), genre=["a", "b"]),
        "type: --layout frames. If genre is to be told",
    ),
    "cut.mid": (lambda path: (midi(path, [[60], [62]]), path.write_bytes(path.read_bytes()[:40])), "as MIDI"),
    "film.mid": (b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\xe7\x28MTrk\x00\x00\x00\x04\x00\xff\x2f\x00", "frames of film"),
    "none.mid": (lambda path: midi(path, []), "no key is down at any step"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    """A message that says where and what is expected."""
    content, told = MALFORMED[name]
    path = tmp_path / name
    path.write_bytes(content) if isinstance(content, bytes) else content(path)

    with pytest.raises(InputError) as refused:
        look_frames(path, NOTHING_SAID)

    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"every": "a beat"}, "--every 'a beat': got no part of a beat"),
        ({"target": "y"}, "--target: does not go with channels that are on or off"),
        ({"resplit": True}, "--resplit: got data without a split of their own"),
    ],
)
def test_options_that_do_not_fit(asked: dict[str, object], told: str, tmp_path: Path) -> None:
    """The message names the option."""
    midi(tmp_path / "a.mid", [[60], [62], [60]])

    with pytest.raises(InputError) as refused:
        look_frames(tmp_path / "a.mid", Reading(**asked))

    assert told in str(refused.value)


def test_channels_that_were_never_learned_are_refused(tmp_path: Path) -> None:
    """Of a piece to predict on; silence in them is none."""
    (tmp_path / "a.json").write_text(json.dumps([[[60, 99], [64]]]))

    with pytest.raises(InputError, match="got the channel 99, expected those learned from: 5 channels from 60 to 64"):
        as_frames(tmp_path / "a.json", NOTHING_SAID, tuple(map(str, range(60, 65))))


def test_what_to_install_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library of the extra a message says what to type."""
    midi(tmp_path / "a.mid", [[60], [62], [60]])
    monkeypatch.setitem(sys.modules, "mido", None)

    with pytest.raises(InputError, match=r"Type: pip install 'gatewise\[midi\]'"):
        look_frames(tmp_path / "a.mid", NOTHING_SAID)
