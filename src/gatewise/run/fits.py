"""fits.sqlite: what every training run left behind, a row a fit. One process writes, any number read meanwhile."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from filelock import FileLock, Timeout

from gatewise.errors import RunError
from gatewise.run.losses import Losses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray


class Key(NamedTuple):
    """What names a fit: nothing of the clock, of workers or of other fits."""

    phase: str  # "tune", "rehearse", "pair", "redraw": a pair tuned anew, or "model": a fit on all rows to hand over
    cell: str
    configuration: int
    rung: int
    split: int
    draw: (
        int  # tune: validation fold, counted on in second fits; pair, redraw: its number; model: member of the ensemble
    )
    seed: int


class Try(NamedTuple):
    """What a fit reached when it was tried.

    Attributes:
        status: `done`, or `diverged`.
        steps: Optimiser steps made.
        validation: Share of the loss it began with that is left on the validation part; None where steps are fixed
            beforehand.
        training: The same on some of the training examples; without an anchor, of the loss of a guess.
    """

    status: str
    steps: int
    validation: float | None
    training: float


@dataclass(frozen=True, slots=True)
class Fit:
    """One row of fits.sqlite: a training run and its losses.

    Attributes:
        key: What names it.
        steps: Optimiser steps made.
        best_step: The step whose weights were kept.
        capped: Whether it was still improving by more than the margin when its steps ended; of steps fixed beforehand
            nothing like it can be said.
        status: `done`, or `diverged` when the loss became NaN or infinite (the best earlier weights were scored, or
            those it began with).
        validation: Selection loss summed over each validation block; empty for a fit that trained on all. Of a
            rehearsal the metric's loss on each test block before training again, with ``test`` after it.
        test: The metric's loss summed over each test block; empty for tuning fits and fits on all rows.
        seconds: Core seconds it took, all tries together.
        tries: What it reached when it was tried, the last one counting: two where the first had failed. Empty for what
            is no network, for rehearsals, and for fits of an older gatewise.
    """

    key: Key
    steps: int
    best_step: int
    capped: bool
    status: str
    validation: Sequence[float]
    test: Sequence[float]
    seconds: float
    tries: tuple[Try, ...] = ()

    def __post_init__(self) -> None:
        """Keep the losses compactly."""
        for name in ("validation", "test"):
            if not isinstance(getattr(self, name), Losses):
                object.__setattr__(self, name, Losses(getattr(self, name)))

    @property
    def second(self) -> bool:
        """Whether it is a second try."""
        return len(self.tries) > 1


@dataclass(frozen=True)
class Kept:
    """What a pair fit, or one on all rows, leaves besides its losses.

    Attributes:
        curve: (step, selection loss on the validation part), in order; where nothing validates, the training loss.
        outputs: What the network answered for the test examples, in its own unit, shape (N, outputs); float16, which is
            enough to draw it.
        weights: The network's weights as safetensors; None for pair fits that are not handed over.
    """

    curve: tuple[tuple[int, float], ...]
    outputs: NDArray[np.float16]
    weights: bytes | None


_KEY = """
    phase TEXT NOT NULL, cell TEXT NOT NULL, configuration INTEGER NOT NULL, rung INTEGER NOT NULL,
    split INTEGER NOT NULL, draw INTEGER NOT NULL, seed INTEGER NOT NULL,"""

_PRIMARY = "PRIMARY KEY (phase, cell, configuration, rung, split, draw, seed)"

_TRIES = "tries TEXT NOT NULL DEFAULT '[]'"

_FITS = f"""{_KEY}
    steps INTEGER NOT NULL, best_step INTEGER NOT NULL, capped INTEGER NOT NULL, status TEXT NOT NULL,
    validation TEXT NOT NULL, test TEXT NOT NULL, seconds REAL NOT NULL, {_TRIES}, {_PRIMARY}"""

_KEPT = f"{_KEY} curve TEXT NOT NULL, width INTEGER NOT NULL, outputs BLOB NOT NULL, weights BLOB, {_PRIMARY}"

_ORDER = "ORDER BY phase, cell, configuration, rung, split, draw, seed"

_NAMED = "phase = ? AND cell = ? AND configuration = ? AND rung = ? AND split = ? AND draw = ? AND seed = ?"


class FitReader:
    """Reads fits.sqlite, while another process writes to it or not. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        # Without a write-ahead log nobody writes: opened as immutable, reading needs no log and leaves none behind.
        written = self._path.with_name(f"{self._path.name}-wal").exists()
        mode = "mode=ro" if written else "immutable=1"
        return sqlite3.connect(f"{self._path.absolute().as_uri()}?{mode}", uri=True, timeout=5.0)

    def __enter__(self) -> FitReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def read(self) -> dict[Key, Fit]:
        """All fits by key, in the order of their keys."""
        with self._explained():
            return {fit.key: fit for fit in map(_fit, self._db.execute(f"SELECT * FROM fits {_ORDER}"))}  # noqa: S608

    def kept(self, key: Key) -> Kept | None:
        """What a fit left; None for fits that leave nothing, and for those of an older gatewise."""
        with self._explained():
            if not self._keeps:
                return None
            found = f"SELECT curve, width, outputs, weights FROM kept WHERE {_NAMED}"  # noqa: S608 only marks
            row = self._db.execute(found, key).fetchone()
        if row is None:
            return None
        curve, width, outputs, weights = row
        numbers = np.frombuffer(zlib.decompress(outputs), dtype="<f2").reshape(-1, width)
        return Kept(tuple((step, loss) for step, loss in json.loads(curve)), numbers, weights)

    def curves(self) -> list[tuple[Key, tuple[tuple[int, float], ...]]]:
        """The learning curve of every fit that left one, in the order of their keys."""
        with self._explained():
            if not self._keeps:
                return []
            rows = self._db.execute(f"SELECT {', '.join(Key._fields)}, curve FROM kept {_ORDER}").fetchall()  # noqa: S608
            return [(Key(*row[:-1]), tuple((step, loss) for step, loss in json.loads(row[-1]))) for row in rows]

    @property
    def _keeps(self) -> bool:
        """Whether fits leave more than their losses; those of an older gatewise do not."""
        return self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'kept'").fetchone() is not None

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors of the database in this project's words."""
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> RunError:
        if "full" in str(error):
            return RunError(
                f"the disk is full: {self._path} could not be written. What was stored is safe; free some space and"
                f" type: gatewise resume {self._path.parent}"
            )
        return RunError(f"{self._path} could not be used: {error}")


class FitStore(FitReader):
    """Writes fits.sqlite, one row per fit as it ends, by one writer at a time.

    Use as a context manager. The write-ahead log makes a row whole or absent, whatever kills the process. A lock beside
    the database keeps a second writer out; the operating system releases it when the process dies.
    """

    def _open(self) -> sqlite3.Connection:
        self._lock = FileLock(self._path.with_name(f".{self._path.name}.lock"), timeout=0.5)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise RunError(
                f"{self._path} is in use: another gatewise is writing to this run. Wait for it to end."
            ) from error
        try:
            database = sqlite3.connect(self._path, timeout=5.0)
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.execute(f"CREATE TABLE IF NOT EXISTS fits ({_FITS}) STRICT, WITHOUT ROWID")
            if not any(column[1] == "tries" for column in database.execute("PRAGMA table_info(fits)")):
                database.execute(f"ALTER TABLE fits ADD COLUMN {_TRIES}")  # an older gatewise began this run
            database.execute(f"CREATE TABLE IF NOT EXISTS kept ({_KEPT}) STRICT, WITHOUT ROWID")
        except sqlite3.Error:
            self._lock.release()
            raise
        return database

    def __enter__(self) -> FitStore:
        return self

    def close(self) -> None:
        """Close the database and let the next writer in."""
        super().close()
        self._lock.release()

    def add(self, fit: Fit, kept: Kept | None = None) -> None:
        """Write one fit and what it left; it is on disk when this returns.

        Of the pair fits of a cell and rung that bring weights only the best one keeps them: the one with the smallest
        mean validation loss, of several the one whose key comes first. Fits on all rows all keep theirs.
        """
        course = fit.steps, fit.best_step, int(fit.capped), fit.status
        row = (
            *fit.key,
            *course,
            json.dumps(list(fit.validation)),
            json.dumps(list(fit.test)),
            fit.seconds,
            json.dumps(fit.tries),
        )
        with self._explained(), self._db:
            self._insert("fits", row)
            if kept is not None:
                outputs = zlib.compress(np.ascontiguousarray(kept.outputs, dtype="<f2").tobytes())
                weights = kept.weights
                if fit.key.phase == "pair" and weights is not None and not self._best_of_its_arm(fit):
                    weights = None
                self._insert("kept", (*fit.key, json.dumps(kept.curve), kept.outputs.shape[1], outputs, weights))

    def _best_of_its_arm(self, fit: Fit) -> bool:
        """Whether no stored weights are those of a better fit; those of a worse one are dropped."""
        select = (
            "SELECT fits.* FROM fits JOIN kept USING (phase, cell, configuration, rung, split, draw, seed)"
            " WHERE phase = 'pair' AND cell = ? AND rung = ? AND weights IS NOT NULL"
        )
        for holder in map(_fit, self._db.execute(select, (fit.key.cell, fit.key.rung)).fetchall()):
            if preference(holder) < preference(fit):
                return False
            self._db.execute(f"UPDATE kept SET weights = NULL WHERE {_NAMED}", holder.key)  # noqa: S608 only marks
        return True

    def _insert(self, table: str, row: tuple[Any, ...]) -> None:
        marks = ",".join("?" * len(row))
        self._db.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 only marks


def preference(fit: Fit) -> tuple[float, Key]:
    """Which of a cell's fits is handed over: the least of these; the first key where nothing validates."""
    return sum(fit.validation) / max(1, len(fit.validation)), fit.key


def _fit(row: tuple[Any, ...]) -> Fit:
    named = len(Key._fields)
    steps, best_step, capped, status, validation, test, seconds, *tries = row[named:]
    losses = Losses(json.loads(validation)), Losses(json.loads(test))
    tried = tuple(Try(*one) for one in json.loads(tries[0])) if tries else ()
    return Fit(Key(*row[:named]), steps, best_step, bool(capped), status, *losses, seconds, tried)
