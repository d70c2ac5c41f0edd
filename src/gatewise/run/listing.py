"""The runs of a folder: what each found, on which data, when, how large it is; unfinished and broken ones too."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from gatewise.errors import GatewiseError, InputError
from gatewise.run.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.run.verdict import Verdict

OWN = ("plan.json", "verdict.json", "fits.sqlite")
"""A folder with one of these is a run, or what is left of one."""


@dataclass(frozen=True)
class Listed:
    """One run.

    Attributes:
        path: Its folder.
        state: ``finished``, ``running``, ``unfinished`` or ``broken``.
        verdict: What it found; None unless it is finished.
        said: Why it is broken; else empty.
        fits: How many fits are stored of one that is not finished.
        data: Path of the data; empty where they came from memory, or nothing says so.
        at: When it ended, or was last written to.
        size: Bytes of its files.
    """

    path: Path
    state: str
    verdict: Verdict | None
    said: str
    fits: int
    data: str
    at: datetime
    size: int


def runs(folder: Path) -> list[Listed]:
    """The runs in a folder, or the one that it is, the newest first.

    Raises:
        InputError: There is no such folder.
    """
    if not folder.is_dir():
        got = "is no folder" if folder.exists() else "is not there"
        raise InputError(f"{folder} {got}, expected a folder with runs. Type: gatewise runs FOLDER")
    found = [folder] if _is_run(folder) else [path for path in sorted(folder.iterdir()) if _is_run(path)]
    return sorted(map(_listed, found), key=lambda run: run.at, reverse=True)


def _is_run(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.is_dir() and any((path / name).is_file() for name in OWN)
    return False


def _listed(path: Path) -> Listed:
    folder, files = RunFolder(path), _files(path)
    size = sum(status for status, _ in files.values())
    own = [files[name][1] for name in OWN if name in files]
    at = datetime.fromtimestamp(files["verdict.json"][1] if "verdict.json" in files else max(own)).astimezone()
    verdict, data, said, fits = None, "", "", 0
    try:
        header = folder.header()
        data = header.source or ""
        if folder.finished:
            verdict, state = folder.verdict(), "finished"
        else:
            state, fits = ("running" if _written_to(path) else "unfinished"), _progress(folder)
    except (GatewiseError, OSError) as error:
        state, said = "broken", str(error)
    return Listed(path, state, verdict, said, fits, data, at, size)


def _files(path: Path) -> dict[str, tuple[int, float]]:
    """Name within the folder -> bytes and time of the last change of each file."""
    found = {}
    for file in path.rglob("*"):
        with contextlib.suppress(OSError):  # a run that goes on removes files
            if file.is_file():
                status = file.stat()
                found[str(file.relative_to(path))] = status.st_size, status.st_mtime
    return found


def _progress(folder: RunFolder) -> int:
    """How many fits are stored."""
    if not folder.fits_path.is_file():
        return 0
    with folder.stored_fits() as store:
        return sum(key.phase != "baseline" for key in store.read())


def _written_to(path: Path) -> bool:
    """Whether a process holds the lock of the fits."""
    lock = path / ".fits.sqlite.lock"
    if not lock.is_file():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a folder that cannot be written to
        return False
