"""The run folder: plan, fits, verdict, environment; never half-written, read without torch."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gatewise.errors import InputError, OptionError, RunError, nearest
from gatewise.run.answers import Answers
from gatewise.run.card import ModelCard
from gatewise.run.clock import Watched
from gatewise.run.fits import FitReader, FitStore
from gatewise.run.inputs import Inputs
from gatewise.run.mistakes import Mistakes
from gatewise.run.options import Options
from gatewise.run.picture import Picture
from gatewise.run.plan import Plan, name_of
from gatewise.run.samples import Samples
from gatewise.run.upgrade import upgraded
from gatewise.run.verdict import Verdict
from gatewise.run.write import write_text

_D = TypeVar("_D", bound=BaseModel)


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


@dataclass(frozen=True)
class RunFolder:
    """A run on disk. Everything but the fits is small JSON, replaced as a whole."""

    path: Path

    def __fspath__(self) -> str:
        """Its path, so that it stands wherever a path does."""
        return str(self.path)

    @property
    def verdict_path(self) -> Path:
        """verdict.json, present once the run has finished."""
        return self.path / "verdict.json"

    @property
    def report_path(self) -> Path:
        """report.html."""
        return self.path / "report.html"

    @property
    def fits_path(self) -> Path:
        """fits.sqlite."""
        return self.path / "fits.sqlite"

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
                f"the output folder {self.path} is not empty and holds no run, expected a new folder. Type another one"
                " after --out"
            )
        above = next(p for p in (self.path, *self.path.absolute().parents) if p.exists())
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            reason = "is no folder" if not above.is_dir() else "cannot be written"
            raise InputError(
                f"the output folder {self.path} cannot be made: {above} {reason}. Type another one after --out"
            )

    def create(self, header: Header, watched: Watched | None = None) -> None:
        """Make the folder and lock the plan in it, and beside it the budget that the clock watches."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"the output folder {self.path} cannot be made ({error.strerror}). Type another one after --out"
            ) from error
        write_text(self.path / "plan.json", header.model_dump_json(indent=2) + "\n")
        if watched is not None:
            self.write_watched(watched)

    def header(self) -> Header:
        """The locked plan, checked against its hash."""
        return read_header(self.path / "plan.json")

    def fits(self) -> FitStore:
        """Open fits.sqlite for writing; a second writer is refused."""
        return FitStore(self.fits_path)

    def stored_fits(self) -> FitReader:
        """Open fits.sqlite for reading, also while a run goes on."""
        return FitReader(self.fits_path)

    def verdict(self) -> Verdict:
        """verdict.json."""
        return _validated(self.verdict_path, _json(self.verdict_path), Verdict, "verdict")

    def model(self, name: str) -> Path:
        """The folder of a model: of a cell, of a simple rule, or of ``baseline``, the rule to beat.

        Raises:
            OptionError: There is no such model; the message names those that are there.
        """
        known = {path.parent.name: path.parent for path in sorted(self.path.glob("models/*/model.json"))}
        bar = self.card("baseline")
        if bar is not None and bar.rule is not None:
            known[bar.rule] = known["baseline"]
        if name not in known:
            raise OptionError(f"{self.path} has no model {name!r}; {nearest(name, known)}")
        return known[name]

    def card(self, name: str) -> ModelCard | None:
        """What model.json says of a model; None where that is not there."""
        path = self.path / "models" / name / "model.json"
        return _validated(path, _json(path), ModelCard, "model") if path.is_file() else None

    @property
    def environment_path(self) -> Path:
        """environment.json, present once training has begun."""
        return self.path / "environment.json"

    def environment(self) -> dict[str, Any]:
        """environment.json; ``earlier`` lists other environments in which the run was before."""
        try:
            return dict(json.loads(self.environment_path.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.environment_path} cannot be read: {error}") from error

    def write_environment(self, environment: dict[str, Any]) -> None:
        """Write environment.json."""
        write_text(self.environment_path, json.dumps(environment, indent=2) + "\n")

    def watched(self) -> Watched | None:
        """clock.json; None where no budget is watched."""
        path = self.path / "clock.json"
        return _validated(path, _json(path), Watched, "clock") if path.is_file() else None

    def write_watched(self, watched: Watched) -> None:
        """Write clock.json."""
        write_text(self.path / "clock.json", watched.model_dump_json(indent=2) + "\n")

    def picture(self) -> Picture | None:
        """forecast.json; None where there is none."""
        path = self.path / "forecast.json"
        return _validated(path, _json(path), Picture, "picture") if path.is_file() else None

    def write_picture(self, picture: Picture | None) -> None:
        """Write forecast.json, where there is something to be drawn."""
        if picture is not None:
            write_text(self.path / "forecast.json", picture.model_dump_json() + "\n")

    def samples(self) -> Samples | None:
        """samples.json; None where there is none."""
        path = self.path / "samples.json"
        return _validated(path, _json(path), Samples, "samples") if path.is_file() else None

    def write_samples(self, samples: Samples | None) -> None:
        """Write samples.json, where models write."""
        if samples is not None:
            write_text(self.path / "samples.json", samples.model_dump_json(indent=2) + "\n")

    def answers(self) -> Answers | None:
        """answers.json; None where there is none."""
        path = self.path / "answers.json"
        return _validated(path, _json(path), Answers, "answers") if path.is_file() else None

    def write_answers(self, answers: Answers | None) -> None:
        """Write answers.json, where numbers are told."""
        if answers is not None:
            write_text(self.path / "answers.json", answers.model_dump_json() + "\n")

    def mistakes(self) -> Mistakes | None:
        """mistakes.json; None where there is none."""
        path = self.path / "mistakes.json"
        return _validated(path, _json(path), Mistakes, "mistakes") if path.is_file() else None

    def write_mistakes(self, mistakes: Mistakes | None) -> None:
        """Write mistakes.json, where classes are told."""
        if mistakes is not None:
            write_text(self.path / "mistakes.json", mistakes.model_dump_json() + "\n")

    def inputs(self) -> Inputs | None:
        """inputs.json; None where there is none."""
        path = self.path / "inputs.json"
        return _validated(path, _json(path), Inputs, "inputs") if path.is_file() else None

    def write_inputs(self, inputs: Inputs) -> None:
        """Write inputs.json."""
        write_text(self.path / "inputs.json", inputs.model_dump_json() + "\n")

    def write_verdict(self, verdict: Verdict) -> None:
        """Write verdict.json; from then on the run counts as finished."""
        write_text(self.verdict_path, verdict.model_dump_json(indent=2) + "\n")


def open_run(path: Path) -> RunFolder:
    """The run folder at ``path``.

    Raises:
        InputError: There is no run in it; the message names those nearby.
    """
    if RunFolder(path).planned:
        return RunFolder(path)
    there = _runs_near(path)
    listed = f"Runs here: {', '.join(there)}" if there else "Type: gatewise compare DATA, which makes one under runs/"
    raise InputError(f"{path} is not a gatewise run (no plan.json). {listed}")


def finished(path: Path) -> RunFolder:
    """The run folder at ``path``.

    Raises:
        InputError: There is none, or it has no verdict yet.
    """
    folder = open_run(path)
    if not folder.finished:
        raise InputError(f"{path} is not finished: it has no verdict yet. Type: gatewise resume {path}")
    return folder


def _runs_near(path: Path, most: int = 5) -> list[str]:
    """Runs in a folder, beside it and under runs/, the newest first."""
    found: dict[Path, float] = {}
    for folder in (path, path.parent, Path("runs")):
        with contextlib.suppress(OSError):
            found |= {p.parent: p.stat().st_mtime for p in folder.glob("*/plan.json")}
    newest = sorted(found, key=lambda run: (-found[run], str(run)))
    more = len(newest) - most
    return [*map(str, newest[:most]), *([f"and {more} more"] if more > 0 else [])]


def read_header(path: Path) -> Header:
    """Read a plan.json, of this format or an older one.

    Raises:
        InputError: It is no plan, or it was changed after it was locked.
    """
    raw = _json(path)
    written, claimed = raw.get("plan"), str(raw.get("sha256"))
    found = name_of(written)
    if isinstance(written, dict) and found != claimed:
        raise InputError(
            f"{path} was changed after it was locked: got a plan with the SHA-256 {found[:12]}…, expected"
            f" {claimed[:12]}…, as the file says. Bring back the plan.json that gatewise wrote, or leave out --plan to"
            " make a new one"
        )
    return _validated(path, raw, Header, "plan")


def _json(path: Path) -> dict[str, Any]:
    """The object in a JSON file."""
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}. Bring back the file that gatewise wrote") from error
    if not isinstance(found, dict):
        raise InputError(f"{path} holds a {type(found).__name__}, expected an object. Bring back what gatewise wrote")
    return found


def _validated(path: Path, raw: dict[str, Any], kind: type[_D], what: str) -> _D:
    """A document from JSON, brought to the present format first."""
    try:
        return kind.model_validate_json(json.dumps(upgraded(what, raw)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{path} is no {what} that this gatewise reads: {where}: {first['msg']}") from error
