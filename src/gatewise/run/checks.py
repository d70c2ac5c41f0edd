"""Checks of the options' values: each returns what is kept, or says what is expected instead."""

from __future__ import annotations

import math
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewise.errors import OptionError
from gatewise.run.row import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Any], Any]

SHORTEST = 20.0
"""Seconds: reading data and measuring the speed take most of a shorter budget, and nothing is left to train with."""

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def is_whole(value: object, least: int) -> bool:
    """Whether it is a whole number from ``least`` on; True is none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def whole(least: int, most: int | None = None) -> Check:
    """A whole number from ``least`` on, up to ``most`` where that is given."""

    def check(given: Any) -> int:
        if not is_whole(given, least) or (most is not None and given > most):
            upto = "on" if most is None else f"to {most}"
            raise RefusedError(f"is out of range; expected a whole number from {least} {upto}")
        return int(given)

    return check


def optional(check: Check) -> Check:
    """None, or what ``check`` lets through."""
    return lambda given: None if given is None else check(given)


def watcher(given: Any) -> Any:
    """True or False, or whoever can be told how far a comparison is."""
    told = ("stage", "advance", "note")
    if isinstance(given, bool) or all(callable(getattr(given, name, None)) for name in told):
        return given
    raise OptionError(
        f"progress={given!r} tells nobody; expected True, False or an object with the methods {', '.join(told)}. Type:"
        " progress=False for silence"
    )


def one_of(*choices: str) -> Check:
    """One of the words."""

    def check(given: Any) -> str:
        if given not in choices:
            raise RefusedError(f"is not known; expected one of: {', '.join(choices)}")
        return str(given)

    return check


def share(given: Any) -> float:
    """A number above 0 and below 1."""
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not (math.isfinite(given) and 0 < given < 1):
        raise RefusedError("is out of range; expected a number above 0 and below 1")
    return float(given)


def shares(given: Any) -> tuple[float, ...]:
    """Numbers above 0 and below 1, each once, in rising order: ``0.1,0.5,0.9``, or a sequence of numbers."""
    pieces = given.split(",") if isinstance(given, str) else [given] if isinstance(given, float) else given
    try:
        found = [share(float(piece) if isinstance(piece, str) else piece) for piece in pieces]
    except (TypeError, ValueError, RefusedError):
        raise RefusedError("are not all numbers above 0 and below 1") from None
    if not found or len(set(found)) < len(found):
        raise RefusedError("expected one or more numbers above 0 and below 1, each once")
    return tuple(sorted(found))


def text(given: Any) -> str:
    """A word."""
    if not isinstance(given, str):
        raise RefusedError("is not a text")
    return given


def column(given: Any) -> str:
    """The name of a column; frames may have whole numbers for names."""
    return str(given) if is_whole(given, 0) else text(given)


def path(given: Any) -> Path:
    """A file or folder."""
    if not isinstance(given, (str, Path)):
        raise RefusedError("is not a path")
    return Path(given)


def place(given: Any) -> str:
    """A file by its whole path, so that a run can be resumed from elsewhere."""
    return str(path(given).absolute())


def budget(given: str | float) -> float:
    """A time to spend, in seconds, of which enough is left to train with."""
    seconds = duration(given)
    if seconds < SHORTEST:
        number = str(given).strip()
        expected = f"is too short to train anything; expected at least {SHORTEST:g}s"
        if number.isdecimal():
            raise RefusedError(f"{expected}; did you mean {number}m?", f"{number}m")
        raise RefusedError(expected)
    return seconds


def duration(given: str | float) -> float:
    """Seconds from ``90``, ``90s``, ``2m``, ``1.5h`` or ``1h30m``."""
    typed = str(given).strip().lower()
    parts = re.findall(r"(\d+(?:\.\d+)?)(min|[smh]?)", typed)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not parts or "".join(number + unit for number, unit in parts) != typed or not 0.0 < seconds < 1e7:
        raise RefusedError("is not a time; write 90s, 2m or 1h")
    return seconds


def cluster(given: Any) -> str:
    """What Ray calls a cluster, where Ray is installed."""
    if not isinstance(given, str) or not re.fullmatch(r"local|auto|(ray://)?[^\s/:]+:\d+", given):
        raise RefusedError("is not the address of a Ray cluster; expected local, auto, HOST:PORT or ray://HOST:PORT")
    if find_spec("ray") is None:
        raise OptionError(f"--cluster {given} needs Ray, which is not installed. Type: pip install 'gatewise[cluster]'")
    return given


def default_workers() -> int:
    """Cores this process may use: so many processes compute unless others are asked for."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_whole(flag: str, value: object, least: int, example: str) -> None:
    """Refuse an option of another command that is no whole number from ``least`` on; ``example`` is what to type.

    Raises:
        OptionError: The message names it.
    """
    try:
        whole(least)(value)
    except RefusedError as error:
        raise OptionError(f"{flag} {value!r} {error}. Type: {flag} {example}") from None
