"""The run folder: whole or absent, one writer, nothing lost."""

import contextlib
import pickle
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gatewise.errors import InputError, RunError
from gatewise.run.fits import Fit, FitReader, FitStore, Kept, Key
from gatewise.run.folder import RunFolder, open_run, read_header
from gatewise.run.write import write_text

FIT = Fit(Key("pair", "gru#2", 3, 1, 0, 7, 2**62), 400, 380, True, "done", (0.1, 1 / 3), (2.5e-300, 7.0), 1.25)


def test_a_fit_comes_back_bit_for_bit(tmp_path: Path) -> None:
    """Floats survive the database exactly."""
    with FitStore(tmp_path / "fits.sqlite") as store:
        store.add(FIT)
    with FitStore(tmp_path / "fits.sqlite") as store:
        assert store.read() == {FIT.key: FIT}


def test_losses_are_kept_in_eight_bytes_each() -> None:
    """They compare, count and add up as the tuple that was given, and go to another process."""
    given = tuple(np.random.default_rng(0).random(100).tolist())
    fit = replace(FIT, test=given)
    again = pickle.loads(pickle.dumps(fit))
    assert fit == again
    assert hash(fit) == hash(again)
    assert fit.test == given != fit.validation
    assert (len(fit.test), sum(fit.test), tuple(fit.test[1:3])) == (100, sum(given), given[1:3])
    assert np.array(again.test).tolist() == list(given)
    assert sys.getsizeof(fit.test._numbers) < 100 * 8 + 100


def test_it_is_a_write_ahead_log(tmp_path: Path) -> None:
    """As documented."""
    with FitStore(tmp_path / "fits.sqlite"):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "fits.sqlite")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_same_fit_twice_is_refused(tmp_path: Path) -> None:
    """A key names one fit."""
    with FitStore(tmp_path / "fits.sqlite") as store:
        store.add(FIT)
        with pytest.raises(RunError, match="UNIQUE"):
            store.add(FIT)


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    """Two gatewise on one folder: the second says so instead of mixing its fits in."""
    with FitStore(tmp_path / "fits.sqlite") as store:
        store.add(FIT)
        with pytest.raises(RunError, match="another gatewise is writing"):
            FitStore(tmp_path / "fits.sqlite")


def test_a_killed_writer_leaves_its_fits_and_no_lock(tmp_path: Path) -> None:
    """SIGKILL right after a fit was added: it is there, and the next writer gets in."""
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from gatewise.run.fits import Fit, FitStore, Key\n"
        f"store = FitStore(Path(sys.argv[1])); store.add({FIT!r}); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, tmp_path / "fits.sqlite"], check=False)
    assert killed.returncode == -signal.SIGKILL

    with FitStore(tmp_path / "fits.sqlite") as store:
        assert list(store.read()) == [FIT.key]


def test_garbage_in_place_of_the_database(tmp_path: Path) -> None:
    """A file that is no database is named."""
    (tmp_path / "fits.sqlite").write_bytes(b"not a database at all, but long enough to be looked at" * 40)

    with pytest.raises(RunError, match=r"fits\.sqlite could not be used: file is not a database"):
        FitStore(tmp_path / "fits.sqlite")


def test_text_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A failed write leaves the old file and no neighbour."""
    file = tmp_path / "verdict.json"
    write_text(file, "old")
    (tmp_path / "blocked").write_text("a file where a folder should be")

    with pytest.raises(RunError, match="could not be written"):
        write_text(tmp_path / "blocked" / "verdict.json", "new")
    write_text(file, "new")

    assert file.read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["blocked", "verdict.json"]


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    """When the database may not grow, the message says how to go on, and what was stored stays."""
    with FitStore(tmp_path / "fits.sqlite") as store:
        store.add(FIT)
        store._db.execute("PRAGMA max_page_count=2")
        big = replace(FIT, key=FIT.key._replace(draw=8), test=tuple(range(20_000)))
        with pytest.raises(RunError, match=r"the disk is full: .* type: gatewise resume"):
            store.add(big)
    with FitStore(tmp_path / "fits.sqlite") as store:
        assert list(store.read()) == [FIT.key]


@pytest.mark.parametrize("content", ["", "{}", "no json", '{"plan": 3}'])
def test_a_damaged_plan_is_refused(tmp_path: Path, content: str) -> None:
    """The message names the file and what is wrong with it."""
    (tmp_path / "plan.json").write_text(content)

    with pytest.raises(InputError, match=r"plan\.json is no (JSON: |plan that this gatewise reads: plan: )"):
        read_header(tmp_path / "plan.json")


def test_a_folder_without_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names runs nearby, in it, beside it and under runs/; without any it says what makes one."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"x is not a gatewise run \(no plan\.json\)\. Type: gatewise compare DATA"):
        open_run(Path("x"))
    for run in ("a", "runs/b"):
        Path(run).mkdir(parents=True)
        (Path(run) / "plan.json").touch()

    with pytest.raises(InputError, match=r"Runs here: (a, runs/b|runs/b, a)$"):
        open_run(Path("x"))
    with pytest.raises(InputError, match=r"Runs here: .*runs/b"):
        open_run(Path("runs"))


def test_output_folders_that_cannot_be_used(tmp_path: Path) -> None:
    """A file in the way, a folder under a file, a folder with other things in it."""
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")

    for path, reason in [("file", "is no folder"), ("file/run", "is no folder"), ("full", "is not empty")]:
        with pytest.raises(InputError, match=reason):
            RunFolder(tmp_path / path).check_writable()
    RunFolder(tmp_path / "new" / "deep").check_writable()
    assert not (tmp_path / "new").exists()


def test_a_second_process_reads_while_one_writes(tmp_path: Path) -> None:
    """Every fit that was added is there for it, and the writer is not disturbed."""
    code = (
        "import sys; from pathlib import Path; from gatewise.run.fits import FitReader\n"
        "with FitReader(Path(sys.argv[1])) as reader: print(len(reader.read()))"
    )

    def read() -> str:
        command = [sys.executable, "-c", code, tmp_path / "fits.sqlite"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with FitStore(tmp_path / "fits.sqlite") as store:
        store.add(FIT)
        first = read()
        store.add(replace(FIT, key=FIT.key._replace(draw=8)))
        assert [first, read()] == ["1", "2"]
    with FitReader(tmp_path / "fits.sqlite") as reader:
        assert len(reader.read()) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"fits.sqlite", ".fits.sqlite.lock"}


def kept(weights: bytes | None) -> Kept:
    """What a fit leaves."""
    return Kept(((0, 1.5), (20, 1 / 3)), np.arange(6, dtype=np.float16).reshape(3, 2), weights)


def test_what_a_fit_leaves_comes_back(tmp_path: Path) -> None:
    """Its curve exactly, its outputs to three digits; nothing for fits that leave nothing."""
    other = replace(FIT, key=FIT.key._replace(draw=8))
    with FitStore(tmp_path / "fits.sqlite") as store:
        store.add(FIT, kept(b"weights"))
        store.add(other)
        found = store.kept(FIT.key)
        assert store.kept(other.key) is None

    assert found is not None
    assert (found.curve, found.weights) == (((0, 1.5), (20, 1 / 3)), b"weights")
    assert found.outputs.tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_best_fit_of_an_arm_keeps_its_weights(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Whatever the order in which they end; equal ones go by their key; other arms and rungs have their own."""
    fits = [
        replace(FIT, key=FIT.key._replace(draw=draw), validation=(loss,)) for draw, loss in enumerate((0.5, 0.2, 0.2))
    ]
    others = [replace(FIT, key=FIT.key._replace(cell="lstm")), replace(FIT, key=FIT.key._replace(rung=2))]
    with FitStore(tmp_path / "fits.sqlite") as store:
        for fit in [*(fits[k] for k in order), *others]:
            store.add(fit, kept(b"x"))
        holders = {fit.key for fit in [*fits, *others] if (left := store.kept(fit.key)) and left.weights}

    assert holders == {fits[1].key, *(fit.key for fit in others)}


def test_a_folder_that_may_not_be_written_is_read(tmp_path: Path) -> None:
    """A finished run on a read-only medium."""
    with FitStore(tmp_path / "fits.sqlite") as store:
        store.add(FIT)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "fits.sqlite").write_bytes((tmp_path / "fits.sqlite").read_bytes())
    copy.chmod(0o555)

    with FitReader(copy / "fits.sqlite") as reader:
        assert list(reader.read()) == [FIT.key]
