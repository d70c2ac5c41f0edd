"""samples.json: what the trained models write by themselves, to be shown without the data and without torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gatewise.run.document import Document


class Samples(Document):
    """samples.json."""

    format: Literal[1] = 1
    unit: Literal["character", "word", "event"]
    called: str = Field(description="what a piece is called: text, line, case, ...")
    begins: str = Field(description="what all go on from, of the data; empty where they begin anew")
    real: tuple[str, ...] = Field(description="how the data go on, or whole pieces of them")
    written: dict[str, tuple[str, ...]] = Field(description="cell or simple rule -> what it wrote")
