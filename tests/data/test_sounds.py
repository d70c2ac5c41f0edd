"""Sounds: files with a class each become sequences of log-mel energies; what cannot be read is refused."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from gatewise.cli import main
from gatewise.data.look import look
from gatewise.data.mel import BANDS, QUIETEST, RANGE, Hearing, filter_bank, fitting_hop, log_mel
from gatewise.data.namepattern import NamePattern
from gatewise.data.reading import Reading
from gatewise.data.sequences import as_sequences
from gatewise.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

PATTERN = "{label}_{speaker}_{index}.wav"


def sine(frequency: float, seconds: float = 0.2, rate: int = 8000) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate: int = 8000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate)


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Two classes by two speakers, three of each, in one folder; the names say what they are."""
    for label, frequency in (("low", 300.0), ("high", 1200.0)):
        for speaker in ("ann", "bo"):
            for index in range(3):
                write(tmp_path / "flat" / f"{label}_{speaker}_{index}.wav", sine(frequency, 0.1 + 0.05 * index))
    return tmp_path / "flat"


def test_energies_are_those_of_the_definition() -> None:
    """Each step is the windowed spectrum by a plain Fourier sum, through triangles that are even on the mel scale."""
    samples = np.random.default_rng(1).normal(0.0, 0.1, 700).astype(np.float32)
    hearing = Hearing(rate=8000, hop=10)

    found = log_mel(samples, hearing)

    assert found.shape == (1 + 7, BANDS)  # 200 samples a window, 80 a step: 7 steps reach over the other 500
    points = 2 * (filter_bank(8000, 200).shape[1] - 1)
    mel = np.linspace(0.0, 2595.0 * np.log10(1.0 + 4000.0 / 700.0), BANDS + 2)
    corners = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    frequencies = np.arange(points // 2 + 1) * 8000 / points
    bank = np.array([np.interp(frequencies, corners[k : k + 3], [0, 1, 0]) for k in range(BANDS)])
    window = np.sin(np.pi * np.arange(200) / 200) ** 2
    padded = np.concatenate([samples.astype(np.float64), np.zeros(200)])
    expected = []
    for step in range(8):
        piece = padded[80 * step : 80 * step + 200] * window
        waves = np.exp(-2j * np.pi * np.outer(np.arange(points // 2 + 1), np.arange(200)) / points)
        expected.append(bank @ (np.abs(waves @ piece) ** 2) / window.sum() ** 2)
    floor = max(QUIETEST, RANGE * np.max(expected))
    np.testing.assert_allclose(found, np.log(np.maximum(expected, floor)), rtol=1e-4)


@pytest.mark.parametrize("rate", [8000, 44_100])
def test_a_tone_is_loudest_in_its_band(rate: int) -> None:
    """No band is without a frequency, and the one around a tone has most of it."""
    hearing = Hearing(rate, 10)
    bank = filter_bank(rate, hearing.window)
    loud = log_mel(sine(1000.0, rate=rate), hearing).mean(axis=0)

    assert (bank.max(axis=1) > 0).all()
    near = int(np.argmin(np.abs(np.linspace(0, rate / 2, bank.shape[1]) - 1000.0)))
    assert loud.argmax() == bank[:, near].argmax()


@pytest.mark.parametrize(("seconds", "hop"), [(0.1, 10), (3.0, 10), (3.1, 20), (60.0, 200)])
def test_long_sounds_have_coarser_steps(seconds: float, hop: int) -> None:
    """Sequences stay below a few hundred steps."""
    assert fitting_hop(seconds) == hop
    assert Hearing(8000, hop).steps(round(seconds * 8000)) <= 300


def test_names_say_the_class_and_the_group(flat: Path) -> None:
    """A field whose name says whose a sound is keeps those of one on one side."""
    found = look(flat, Reading(name_pattern=PATTERN))

    assert found.classes == ("high", "low")
    assert found.labels.tolist() == [0] * 6 + [1] * 6
    assert (found.grouped, found.groups.tolist()) == ("speaker", [0, 0, 0, 1, 1, 1] * 2)
    assert found.values.shape == (12, found.lengths.max(), BANDS)
    assert any("every 10 ms" in note and "8,000 samples" in note for note in found.notes)


def test_a_name_is_read_at_once_or_does_not_fit() -> None:
    """Fields are parted where their mark comes first; other places are not tried one by one."""
    pattern = NamePattern.of("_".join(f"{{{field}}}" for field in ("label", *"abcdefg")) + ".wav")
    assert pattern.read(["x_1_2_3_4_5_6_7_8.wav"]) == {
        field: [said] for field, said in zip(("label", *"abcdefg"), ["x", *"123456", "7_8"], strict=True)
    }
    with pytest.raises(DataError, match="does not fit"):
        pattern.read(["_" * 250 + ".waw"])


def test_folders_and_a_table_say_the_class(flat: Path, tmp_path: Path) -> None:
    """A folder for each class, folders of parts around them, or a table of labels: the same sounds and classes."""
    by_name = look(flat, Reading(name_pattern=PATTERN))
    rows = ["file,label"]
    for path in sorted(flat.iterdir()):
        label, part = path.name.split("_")[0], "test" if "_2" in path.name else "train"
        for below in (tmp_path / "folders" / label, tmp_path / "parts" / part / label):
            below.mkdir(parents=True, exist_ok=True)
            (below / path.name).write_bytes(path.read_bytes())
        rows.append(f"{path.name},{label}")

    by_folder, by_part = look(tmp_path / "folders"), look(tmp_path / "parts")
    by_pattern = look(tmp_path / "parts", Reading(name_pattern="{split}/{label}/{name}.wav"))
    by_glob = look(str(tmp_path / "folders" / "*" / "*.wav"))
    (flat / "labels.csv").write_text("\n".join(rows))
    by_table = look(flat)

    for found in (by_folder, by_table, by_glob):
        np.testing.assert_array_equal(found.values, by_name.values)
        assert found.labels.tolist() == by_name.labels.tolist()
    assert by_part.test_start == by_pattern.test_start == 8
    assert by_part.sha256() == by_pattern.sha256()


def test_mixed_rates_and_stereo_are_told(flat: Path) -> None:
    """All sounds are brought to the most common rate, and to one channel; both is said."""
    plain = look(flat, Reading(name_pattern=PATTERN, group="none"))
    write(flat / "low_ann_0.wav", np.stack([sine(300.0, 0.1, 16_000)] * 2, axis=1), 16_000)
    write(flat / "low_ann_1.flac", sine(300.0, 0.15))
    (flat / "low_ann_1.wav").unlink()

    found = look(flat, Reading(name_pattern=PATTERN.removesuffix(".wav"), group="none"))

    assert any("8,000 (11), 16,000 (1); all are brought to 8,000, the most common" in note for note in found.notes)
    assert any("1 sound of several channels" in note for note in found.notes)
    loud = np.nanmax(np.exp(plain.values))
    assert np.nanmax(np.abs(np.exp(found.values) - np.exp(plain.values))) < 0.02 * loud


def test_new_sounds_are_read_as_those_learned_from(flat: Path) -> None:
    """At their rate and step, whatever the new ones have; each is named by its file."""
    long = flat.parent / "new" / "a" / "new.wav"
    write(long, sine(300.0, 4.0, 16_000), 16_000)
    reading = Reading.stored({"rate": 8000, "hop": 10})

    found = as_sequences(long.parents[1], reading, tuple(f"mel {k}" for k in range(1, BANDS + 1)))

    assert found.lengths.tolist() == [Hearing(8000, 10).steps(32_000)]
    assert found.names == ("a/new.wav",)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:900])


def first(folder: Path) -> Path:
    return sorted(folder.glob("*.wav"))[0]


def only_mp3(folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.rename(path.with_suffix(".mp3"))


def one_class(folder: Path) -> None:
    for path in folder.glob("low*"):
        path.unlink()


MALFORMED = {
    "cut off": (lambda at: cut(first(at)), PATTERN, "high_ann_0.wav is cut off: its head says 1,600 bytes of sound"),
    "cut in the head": (lambda at: first(at).write_bytes(first(at).read_bytes()[:20]), PATTERN, "is cut off before"),
    "cut flac": (
        lambda at: (
            write(at / "low_cy_0.flac", np.random.default_rng(0).normal(0, 0.1, 9000)),
            cut(at / "low_cy_0.flac"),
        ),
        "{label}_{speaker}_{index}",
        "low_cy_0.flac",
    ),
    "empty file": (lambda at: first(at).write_bytes(b""), PATTERN, "high_ann_0.wav is empty"),
    "no samples": (lambda at: write(first(at), np.zeros(0, np.float32)), PATTERN, "holds no samples"),
    "a text": (lambda at: first(at).write_text("RIFF? no, a text"), PATTERN, "cannot be read as a sound"),
    "infinity": (
        lambda at: soundfile.write(first(at), np.full(800, np.inf, np.float32), 8000, subtype="FLOAT"),
        PATTERN,
        "holds infinity or NaN",
    ),
    "one class": (one_class, PATTERN, "all sequences are of one class, high"),
    "mp3": (only_mp3, None, "expected .wav or .flac. Convert it, for example: ffmpeg -i"),
    "nothing says the class": (lambda at: None, None, "nothing says the class of each sound, such as high_ann_0.wav"),
    "another name": (
        lambda at: write(at / "noise.wav", sine(99.0)),
        PATTERN,
        "does not fit 'noise.wav', the first such name among 13 files",
    ),
    "no label in the pattern": (lambda at: None, "{speaker}_{index}.wav", "got no {label}"),
    "fields side by side": (lambda at: None, "{label}{index}.wav", "two fields that nothing parts"),
    "a part of no name": (lambda at: None, "{label}_{split}_{index}.wav", "got 'ann' as the part of a file"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_cannot_be_heard_is_refused(
    name: str, flat: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message with the file and what to do, exit 2."""
    spoil, pattern, told = MALFORMED[name]
    spoil(flat)
    said = [] if pattern is None else ["--name-pattern", pattern]
    monkeypatch.setattr(sys, "argv", ["gatewise", "compare", str(flat), *said, "--fits", "4"])

    with pytest.raises(SystemExit) as left:
        main()

    message = capsys.readouterr().err
    assert left.value.code == 2
    assert told in message[message.index("gatewise: ") :]


def test_options_of_sounds_belong_to_sounds(tmp_path: Path, flat: Path) -> None:
    """Said of a table or of arrays they are refused; and a table's are, of sounds."""
    (tmp_path / "a.csv").write_text("y\n1\n2\n")
    arrays = {"X": np.zeros((4, 3, 2)) + np.arange(2), "y": [0, 1, 0, 1]}

    for source, reading in ((tmp_path / "a.csv", Reading(target="y", rate=8000)), (arrays, Reading(hop=20))):
        with pytest.raises(ValueError, match=r"belongs to sounds, \.wav or \.flac"):
            look(source, reading)
    with pytest.raises(ValueError, match="--target: belongs to a table"):
        look(flat, Reading(name_pattern=PATTERN, target="y"))


def test_what_to_install_is_said(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library of the extra a message says what to type."""
    monkeypatch.setitem(sys.modules, "soundfile", None)

    with pytest.raises(ValueError, match=r"Type: pip install 'gatewise\[sound\]'"):
        look(flat, Reading(name_pattern=PATTERN))
