"""answers.json: the numbers that networks told of the test examples, beside the true ones; for the report."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gatewise.run.document import Document


class Answers(Document):
    """answers.json."""

    format: Literal[1] = 1
    truth: tuple[float, ...] = Field(description="the true number of each test example; some where they are many")
    told: dict[str, tuple[float, ...]] = Field(description="cell -> what it told of each, the mean over pairs")
