"""The exceptions of gatewise, one tree; every message says what was got, what is expected and what to type.

GatewiseError
├── InputError       the user's data, options or arguments (the command line exits with 2)
│   ├── DataError    a file or table that cannot be compared on as it is
│   ├── CallError    tensors that a layer cannot take; torch's layers raise a RuntimeError there
│   └── OptionError  an option or argument out of its range
│       └── OptionTypeError  ... of another type; torch's layers raise a TypeError there
└── RunError         a run that failed through no fault of the input (exits with 1)

Stopped, a KeyboardInterrupt, is none of them: programs that catch errors have to end when they are interrupted.
"""

from __future__ import annotations

import traceback
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


NOT_THE_USERS = str(Path(__file__).parent)
"""Where the lines of this package lie."""


class GatewiseError(Exception):
    """Base of every exception that gatewise raises on purpose."""


class InputError(GatewiseError, ValueError):
    """What the user gave cannot be used; the message says what to give instead."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the user's own lines, and the message. Those of this package say nothing about it."""
        lines = []
        for frame in traceback.extract_tb(self.__traceback__):
            if not frame.filename.startswith(NOT_THE_USERS) and "IPython" not in Path(frame.filename).parts:
                lines.append(f"line {frame.lineno}, in {frame.name}: {frame.line}")
        return [*lines, f"{type(self).__name__}: {self}"]


class Stopped(KeyboardInterrupt):
    """A comparison was interrupted by its user; the message says how to go on."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: where the program waited when it was stopped is of no use to anybody."""
        return [f"{type(self).__name__}: {self}"]


class DataError(InputError):
    """A file or table that cannot be compared on as it is."""


class CallError(InputError, RuntimeError):
    """A layer is called with what it cannot take; programs written for torch's layers catch a RuntimeError there."""


class PredictionNote(UserWarning):
    """What the user should know of a prediction: which rows were forecast, which series the model does not know."""


class OptionError(InputError):
    """An option or argument out of its range."""


class OptionTypeError(OptionError, TypeError):
    """An option or argument of another type; programs written for torch's layers catch a TypeError there."""


class RunError(GatewiseError, RuntimeError):
    """A run failed through no fault of the input."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """List ``choices`` for a message, the ones that resemble ``name`` first.

    >>> nearest("temp", ["wind", "temp_max"])
    'did you mean temp_max? There are: wind, temp_max'
    """
    known = list(choices)
    listed = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
    same = [choice for choice in known if choice.lower().strip() == name.lower().strip()]
    close = same or get_close_matches(name, known, n=3, cutoff=0.5)
    close = close or [choice for choice in known if name.lower() in choice.lower()][:3]
    return f"did you mean {' or '.join(close)}? There are: {listed}" if close else f"there are: {listed}"
