"""mistakes.json: where classes were taken for others, to be shown without the data and without torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gatewise.run.document import Document


class Hard(Document):
    """A test example that networks got wrong most often."""

    example: str = Field(description="which one: its number from 1 on, its name, or its sequence and step")
    truth: str
    right: dict[str, float] = Field(description="cell -> share of its tests of this example that were right")
    said: dict[str, str] = Field(description="cell -> the class that it told most often")


class Mistakes(Document):
    """mistakes.json."""

    format: Literal[1] = 1
    classes: tuple[str, ...]
    called: str = Field(description="what an example is called, in the plural: sequences or steps")
    examples: int = Field(description="test examples, each counted once")
    confusion: dict[str, tuple[tuple[float, ...], ...]] = Field(
        description="cell or simple rule -> true class -> told class -> examples, the mean over pairs"
    )
    hardest: tuple[Hard, ...]
