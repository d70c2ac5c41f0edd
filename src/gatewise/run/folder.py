"""The run folder: plan, fits, verdict, environment; versioned, never half-written, read without torch."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gatewise.errors import InputError, RunError
from gatewise.run.documents import Plan, Verdict
from gatewise.run.options import Options

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


_D = TypeVar("_D", bound=BaseModel)


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


class Request(BaseModel):
    """What was asked for, as far as it decides the plan; a folder is continued only for the same request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_sha256: str
    options: Options


class Header(BaseModel):
    """plan.json: the locked plan, its hash, and where the data came from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan: Plan
    sha256: str
    request: Request
    source: str | None
    gatewise: str


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


@dataclass(frozen=True)
class RunFolder:
    """A run on disk. Everything but the fits is small JSON, replaced as a whole."""

    path: Path

    @property
    def verdict_path(self) -> Path:
        """verdict.json, present once the run has finished."""
        return self.path / "verdict.json"

    @property
    def report_path(self) -> Path:
        """report.html."""
        return self.path / "report.html"

    @property
    def planned(self) -> bool:
        """Whether a plan is locked in it."""
        return (self.path / "plan.json").is_file()

    @property
    def finished(self) -> bool:
        """Whether the run has a verdict."""
        return self.verdict_path.is_file()

    def check_writable(self) -> None:
        """Refuse a folder that cannot be made or written, or that holds something else, before any work is done.

        Raises:
            InputError: The message says what to type instead.
        """
        # A run that was killed while it wrote its plan leaves nothing but the unfinished file.
        if self.path.is_dir() and any(not p.name.startswith(".plan.json.") for p in self.path.iterdir()):
            raise InputError(
                f"the output folder {self.path} is not empty and holds no run; wanted: a new folder. Type another one"
                " after --out"
            )
        above = next(p for p in (self.path, *self.path.absolute().parents) if p.exists())
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            reason = "is no folder" if not above.is_dir() else "cannot be written"
            raise InputError(
                f"the output folder {self.path} cannot be made: {above} {reason}. Type another one after --out"
            )

    def create(self, header: Header) -> None:
        """Make the folder and lock the plan in it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"the output folder {self.path} cannot be made ({error.strerror}). Type another one after --out"
            ) from error
        write_text(self.path / "plan.json", header.model_dump_json(indent=2) + "\n")

    def header(self) -> Header:
        """The locked plan, checked against its hash."""
        return read_header(self.path / "plan.json")

    def fits(self) -> FitStore:
        """Open fits.sqlite for reading and writing."""
        return FitStore(self.path / "fits.sqlite")

    def verdict(self) -> Verdict:
        """verdict.json."""
        return _read(self.verdict_path, Verdict, "verdict")

    def environment(self) -> dict[str, object]:
        """environment.json."""
        try:
            return dict(json.loads((self.path / "environment.json").read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.path / 'environment.json'} cannot be read: {error}") from error

    def write_environment(self, environment: dict[str, object]) -> None:
        """Write environment.json."""
        write_text(self.path / "environment.json", json.dumps(environment, indent=2) + "\n")

    def write_verdict(self, verdict: Verdict) -> None:
        """Write verdict.json; from then on the run counts as finished."""
        write_text(self.verdict_path, verdict.model_dump_json(indent=2) + "\n")


def open_run(path: Path) -> RunFolder:
    """The run folder at ``path``.

    Raises:
        InputError: There is no run in it.
    """
    if not RunFolder(path).planned:
        raise InputError(
            f"{path} is no run folder: it has no plan.json. Wanted: a folder that gatewise compare made, such as the"
            f" ones under runs/"
        )
    return RunFolder(path)


def read_header(path: Path) -> Header:
    """Read a plan.json.

    Raises:
        InputError: It is no plan, or it was changed after it was locked.
    """
    header = _read(path, Header, "plan")
    if header.plan.sha256() != header.sha256:
        raise InputError(
            f"{path} was changed after it was locked: its plan's SHA-256 is {header.plan.sha256()[:12]}…, the file says"
            f" {header.sha256[:12]}…. Wanted: a plan.json as gatewise wrote it. Leave out --plan to make a new one"
        )
    return header


def _read(path: Path, kind: type[_D], what: str) -> _D:
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{path} is no {what} of this version of gatewise: {where}: {first['msg']}") from error


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: into a neighbour first, then renamed over it.

    Raises:
        RunError: The disk is full or the folder cannot be written.
    """
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; see `write_text`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise RunError(f"{path} could not be written: {error.strerror or error}") from error
