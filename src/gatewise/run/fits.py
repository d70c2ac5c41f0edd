"""fits.sqlite: what every training run left behind, a row a fit."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from gatewise.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Key(NamedTuple):
    """What names a fit: nothing of the clock, of workers or of other fits."""

    phase: str  # "tune" or "pair"
    cell: str
    configuration: int
    rung: int
    split: int
    draw: int  # tune: validation fold, counted on in second fits; pair: number of the pair
    seed: int


@dataclass(frozen=True)
class Fit:
    """One row of fits.sqlite: a training run and its losses.

    Attributes:
        key: What names it.
        steps: Optimiser steps made.
        best_step: The step whose weights were kept.
        capped: Whether it was still improving by more than the margin when its steps ended.
        status: `done`, or `diverged` when the loss became NaN or infinite (the best earlier weights were scored).
        validation: Selection loss summed over each validation block.
        test: The metric's loss summed over each test block; empty for tuning fits, which have no test scores.
        seconds: Core seconds it took.
    """

    key: Key
    steps: int
    best_step: int
    capped: bool
    status: str
    validation: tuple[float, ...]
    test: tuple[float, ...]
    seconds: float


_COLUMNS = """
    phase TEXT NOT NULL, cell TEXT NOT NULL, configuration INTEGER NOT NULL, rung INTEGER NOT NULL,
    split INTEGER NOT NULL, draw INTEGER NOT NULL, seed INTEGER NOT NULL,
    steps INTEGER NOT NULL, best_step INTEGER NOT NULL, capped INTEGER NOT NULL, status TEXT NOT NULL,
    validation TEXT NOT NULL, test TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (phase, cell, configuration, rung, split, draw, seed)"""


class FitStore:
    """fits.sqlite: one row per fit, written as it ends, by one writer at a time.

    Use as a context manager. The write-ahead log makes a row whole or absent, whatever kills the process; the
    exclusive lock keeps a second writer out and is released by the operating system when the process dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = sqlite3.connect(path, timeout=0.5)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute(f"CREATE TABLE IF NOT EXISTS fits ({_COLUMNS}) STRICT, WITHOUT ROWID")
            self._db.execute("BEGIN IMMEDIATE")
            self._db.commit()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def __enter__(self) -> FitStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def add(self, fit: Fit) -> None:
        """Write one fit; it is on disk when this returns."""
        course = fit.steps, fit.best_step, int(fit.capped), fit.status
        row = (*fit.key, *course, json.dumps(fit.validation), json.dumps(fit.test), fit.seconds)
        try:
            with self._db:
                self._db.execute(f"INSERT INTO fits VALUES ({','.join('?' * len(row))})", row)  # noqa: S608 only marks
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def read(self) -> dict[Key, Fit]:
        """All fits by key, in the order of their keys."""
        try:
            rows = self._db.execute("SELECT * FROM fits ORDER BY phase, cell, configuration, rung, split, draw, seed")
            return {fit.key: fit for fit in map(_fit, rows)}
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> RunError:
        text = str(error)
        if "locked" in text:
            return RunError(f"{self._path} is in use: another gatewise is writing to this run. Wait for it to end.")
        if "full" in text:
            return RunError(
                f"the disk is full: {self._path} could not be written. What was stored is safe; free some space and"
                f" type: gatewise resume {self._path.parent}"
            )
        return RunError(f"{self._path} could not be used: {text}")


def _fit(row: tuple[Any, ...]) -> Fit:
    *key, steps, best_step, capped, status, validation, test, seconds = row
    losses = tuple(json.loads(validation)), tuple(json.loads(test))
    return Fit(Key(*key), steps, best_step, bool(capped), status, *losses, seconds)
