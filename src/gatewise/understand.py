"""What is to be compared, understood and checked before anything heavy is imported or any work is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.data.leaks import without_leaks
from gatewise.data.look import look
from gatewise.data.readers.brought import PIPED, is_there
from gatewise.data.reading import Reading
from gatewise.data.series import Series
from gatewise.errors import InputError, OptionError
from gatewise.languages import say
from gatewise.run.folder import Header, Request, RunFolder, open_run, read_header

if TYPE_CHECKING:
    from gatewise.data.shapes import Data
    from gatewise.run.options import Options


@dataclass(frozen=True)
class Understood:
    """A comparison ready to be run.

    Attributes:
        data: What was read.
        request: What was asked for.
        source: The file it was read from; None for data in memory.
        given: The plan to run again; None to make one.
        folder: Where the run lies, or will.
    """

    data: Data
    request: Request
    source: Path | None
    given: Header | None
    folder: RunFolder

    def lines(self) -> list[str]:
        """What was understood, in one block."""
        note = say("note")
        return [
            *(line.said() for line in self.data.describe()),
            *(f"{note}: {each.said()}" for each in self.data.notes),
        ]


def understand(data: object, asked: Options, *, plan: Path | None, out: Path | None) -> Understood:
    """Read the data, decide the task and find the run folder.

    Args:
        data: A path, a table or arrays.
        asked: The options; those of ``plan`` take their place.
        plan: A plan.json to run again.
        out: The run folder; None for a new one under runs/.

    Raises:
        InputError: The data, the plan or the folder cannot be used.
    """
    given = read_header(plan) if plan is not None else None
    if given is not None:
        asked = given.request.options
    found = _looked(data, asked)
    if given is None:  # an older plan says --gaps keep of every kind of data
        _refuse_gaps(found, asked)
    request = Request(data_sha256=found.sha256(), options=asked)
    if given is not None and given.request.data_sha256 != request.data_sha256:
        raise InputError(
            f"the plan {plan} was made for other data: got data with the SHA-256 {request.data_sha256[:12]}…, expected"
            f" {given.request.data_sha256[:12]}…. Bring those data, or leave out --plan"
        )
    source = Path(data).resolve() if isinstance(data, (str, Path)) and str(data) != PIPED else None
    return Understood(found, request, source, given, _folder(out or _new_folder(source), request, given))


def _refuse_gaps(found: Data, asked: Options) -> None:
    """Refuse to keep gaps of sequences, which have no time stamps.

    Raises:
        OptionError: That was asked.
    """
    if asked.gaps == "keep" and not isinstance(found, Series):
        raise OptionError(
            "--gaps keep: belongs to a table with time stamps; got whole sequences, whose steps are taken as they come:"
            " leave it out"
        )


def understand_again(path: Path) -> Understood:
    """The comparison that a run folder holds, with its data read anew.

    Raises:
        InputError: The folder holds no run, or its data are gone or were changed.
    """
    folder = open_run(path)
    header = folder.header()
    if header.source is None:
        raise InputError(
            f"{folder.path} was begun from data in memory or piped in. Pipe them in again: gatewise compare - --plan"
            f" {path / 'plan.json'} --out {path} < DATA; or call gatewise.compare(data, ..., out={str(folder.path)!r})"
            " with the same data and options"
        )
    if not is_there(header.source):
        raise InputError(
            f"the data of {path} are gone: there is no {header.source}. Bring them back; if they were moved, type:"
            f" gatewise compare NEW/PLACE --plan {path / 'plan.json'} --out {path}"
        )
    found = _looked(header.source, header.request.options)
    if found.sha256() != header.request.data_sha256:
        raise InputError(
            f"{header.source} was changed since {folder.path} was begun; expected the data it was planned on. Bring"
            " them back, or start anew with gatewise compare"
        )
    return Understood(found, header.request, Path(header.source), None, folder)


def own_data(path: Path) -> Series:
    """The series that a run was made from, read as the run read it, to be gone on with.

    Raises:
        InputError: They are gone or were changed, were never a file, or are sequences; the message says what to type.
    """
    folder = open_run(path)
    header, bring = folder.header(), f"Type: gatewise predict {path} FILE"
    if "horizon" not in header.plan.section:
        raise InputError(
            f"{path} was made from whole sequences, after whose ends there is nothing to predict; expected new ones."
            f" {bring}"
        )
    if header.source is None:
        raise InputError(f"{path} was made from data in memory or piped in; expected a file to go on from. {bring}")
    if not is_there(header.source):
        raise InputError(f"the data of {path} are gone: there is no {header.source}. {bring}, with their new place")
    found = _looked(header.source, header.request.options)
    if found.sha256() != header.request.data_sha256:
        raise InputError(
            f"{header.source} was changed since {path} was made from it. To go on from it as it is now, type: gatewise"
            f" predict {path} {header.source}"
        )
    assert isinstance(found, Series)
    return found


def _looked(source: object, asked: Options) -> Data:
    """The data, without covariates that give the target away."""
    found = look(source, Reading.of(asked))
    if not isinstance(found, Series):
        return found
    kept = {name.strip() for name in (asked.keep or "").split(",")} | {asked.keep}
    return without_leaks(found, asked.horizon, {name for name in kept if name})


def _new_folder(source: Path | None) -> Path:
    """A folder under runs/ that is not there yet, named after the data and the time."""
    name = f"{source.stem if source else 'data'}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    number, path = 1, Path("runs") / name
    while path.exists():
        number += 1
        path = path.with_name(f"{name}-{number}")
    return path


def _folder(path: Path, request: Request, given: Header | None) -> RunFolder:
    """The run folder: a new one, or one that was begun with the same request."""
    folder = RunFolder(path)
    if not folder.planned:
        folder.check_writable()
        return folder
    held = folder.header()
    if held.request != request or (given is not None and held.plan != given.plan):
        raise InputError(
            f"{path} holds another comparison: other data, options or plan. Type another folder after --out, or"
            f" gatewise resume {path} to go on with that one"
        )
    return folder
