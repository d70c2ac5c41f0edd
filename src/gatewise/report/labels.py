"""The words before the lines of the first screen."""

from __future__ import annotations

from gatewise.languages import mark, say
from gatewise.text import columns

LABELS = {
    "lead": mark("lead"),
    "net": mark("net"),
    "risk": mark("risk"),
    "open": mark("open"),
    "doubt": mark("doubt"),
    "note": mark("note"),
    "use": mark("use"),
    "next": mark("next"),
    "report": mark("report"),
}
"""What lines are about, as it is said."""

WIDTH = 7
"""Columns of the longest label and the space after it."""


def label(name: str) -> str:
    """A label, and the space after it."""
    said = say(LABELS[name])
    return said + " " * (WIDTH - columns(said))
