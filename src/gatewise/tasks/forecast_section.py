"""What a plan and a model keep of a forecast."""

from __future__ import annotations

from pydantic import Field, JsonValue

from gatewise.data.reading import Reading
from gatewise.run.document import Document


class ForecastSection(Document):
    """What a plan says of a forecast alone."""

    targets: tuple[str, ...] = Field(description="the columns to predict")
    reading: dict[str, JsonValue] = Field(description="how the table was read: the options on reading, by name")
    horizon: int = Field(description="steps ahead")
    seasons: tuple[int, ...] = Field(description="steps in each season found, the most telling first")
    names: tuple[tuple[str, ...], ...] = Field(description="the series, each by its values of the series columns")
    calendar: dict[str, JsonValue] | None = Field(description="how time goes on; null without time stamps")
    zone: str = Field(description="zone of the time stamps; empty where none was written")
    known: tuple[str, ...] = Field(default=(), description="features that are known ahead")
    quantiles: tuple[float, ...] = Field(
        default=(), description="which are forecast, rising; empty for a point forecast"
    )
    ends: str = Field(description="time stamp of the last row; empty without time stamps")
    terms: tuple[str, ...] = Field(
        default=(),
        description="calendar terms by name, such as week sin 1: of the time stamp of the step after each row",
    )

    most_learned: int | None = Field(
        default=None, description="windows that a network learns from at most; null, as plans had it before, for all"
    )

    @property
    def outputs(self) -> int:
        """Numbers that a network answers with: for every step ahead and target a point, or its quantiles."""
        return self.horizon * len(self.targets) * (len(self.quantiles) or 1)

    @property
    def how(self) -> Reading:
        """How to read a table like the one that was learned from."""
        return Reading.stored(self.reading)
