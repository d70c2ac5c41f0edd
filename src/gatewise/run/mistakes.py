"""mistakes.json: which classes were taken for which, to be shown without the data and without torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gatewise.run.document import Document


class Hard(Document):
    """A test example that the networks of both cells got wrong, or nearly so, most often."""

    example: str = Field(description="which one: its number from 1 on; of a step also the step")
    truth: str = Field(description="its class")
    right: dict[str, float] = Field(description="cell -> share of its tests of this example that were right")
    told: dict[str, str] = Field(description="cell -> the class that it told most often")
    values: tuple[float | None, ...] = Field(
        default=(), description="its first channel, thinned out where it is long; empty where it is no numbers"
    )
    text: str = Field(default="", description="where it is a text, as the networks read it")


class Mistakes(Document):
    """mistakes.json."""

    format: Literal[1] = 1
    classes: tuple[str, ...]
    confusion: dict[str, tuple[tuple[float, ...], ...]] = Field(
        description="cell -> for each true class, for each told class: test examples, the mean over pairs"
    )
    tests: int = Field(description="how often an example was tested: once in each pair")
    hardest: tuple[Hard, ...]
