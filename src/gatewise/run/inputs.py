"""inputs.json: what the networks read, column by column, and where each part of a split lies; for the report."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gatewise.run.document import Document


class Column(Document):
    """One input channel as it was brought, before any scaling."""

    name: str
    role: Literal["target", "known", "past", "input"] = Field(
        description="target: forecast; known: known ahead; past: only its past is known; input: of whole sequences"
    )
    values: int = Field(description="0 for numbers; else how many values the category has")
    missing: float = Field(description="share of the values that are missing")
    least: float | None = Field(description="null for a category, and where all values are missing")
    middle: float | None = Field(description="the median; null likewise")
    most: float | None = Field(description="null likewise")


class Part(Document):
    """One part of a split, as the first pair has it."""

    split: int
    part: Literal["train", "validation", "test"]
    examples: int
    first: str | float | None = Field(description="series: time or number of its first row; null for other tasks")
    last: str | float | None = Field(description="series: that of its last row; null for other tasks")


class Inputs(Document):
    """inputs.json."""

    format: Literal[1] = 1
    columns: tuple[Column, ...] = Field(description="the first ones, in the order in which they are read")
    among: int = Field(description="how many columns there are")
    parts: tuple[Part, ...]
