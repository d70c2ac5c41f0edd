"""What the user says of how the data are to be read; what is not said, gatewise finds out or asks for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Reading:
    """The options on reading, by the names that the options table has for them.

    Attributes:
        target: Column to forecast; a table needs it.
        time: Column that orders the rows of a table; found where None.
        duplicates: What to do with rows of one time stamp in a table: first, last or mean; None refuses them.
        decimal: The decimal mark of numbers in text, "." or ","; found where None.
        missing: Values that stand for a missing one, as they are written.
    """

    target: str | None = None
    time: str | None = None
    duplicates: str | None = None
    decimal: str | None = None
    missing: tuple[str, ...] | None = None

    @classmethod
    def of(cls, asked: object) -> Reading:
        """The part of the options that says how to read."""
        return cls(**{found.name: getattr(asked, found.name) for found in fields(cls)})

    @property
    def given(self) -> dict[str, Any]:
        """What was said, by flag: ``{"--target": "sales"}``."""
        values = {f"--{found.name.replace('_', '-')}": getattr(self, found.name) for found in fields(self)}
        return {flag: value for flag, value in values.items() if value is not None}


NOTHING_SAID = Reading()
