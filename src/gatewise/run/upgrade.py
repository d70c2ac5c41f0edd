"""The history of the documents' formats: what an older gatewise wrote is brought to the present format when it is read.

A document is never rewritten: its file stays as it was, and a plan keeps the name it was written under. A change of a
document raises its ``format`` by one and adds the step from the last one here; `tests/fixtures` keeps a finished run
folder of every format, which has to be read, reported and predicted from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatewise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

Raw = dict[str, Any]

STEPS: dict[str, tuple[Callable[[Raw], Raw], ...]] = {"plan": (), "verdict": ()}
"""For each document its steps: the first one makes format 2 of format 1."""


def upgraded(what: str, raw: Raw) -> Raw:
    """A document of any known format in the present one.

    Args:
        what: ``plan``, for the whole of plan.json, or ``verdict``.
        raw: What the file holds.

    Raises:
        InputError: A newer gatewise wrote it.
    """
    inside = raw.get("plan", {}) if what == "plan" else raw
    found = inside.get("format") if isinstance(inside, dict) else None
    steps = STEPS[what]
    if not isinstance(found, int):
        return raw  # refused by the document's own check
    if found > len(steps) + 1:
        raise InputError(
            f"this {what} has format {found}, expected {len(steps) + 1} at most: a newer gatewise wrote it. Type: pip"
            " install --upgrade gatewise"
        )
    for step in steps[max(0, found - 1) :]:
        raw = step(raw)
    return raw
