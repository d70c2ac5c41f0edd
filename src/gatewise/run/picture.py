"""forecast.json: what a picture of the forecasts shows, so that it can be drawn without the data and without torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gatewise.run.document import Document

Floats = tuple[float, ...]


class FromWindow(Document):
    """What was forecast from one test window."""

    start: int = Field(description="place of its first step among the panel's rows")
    values: Floats


Which = Literal["best", "median", "worst"]
"""Of the test windows."""


class Shown(Document):
    """One test window, with what lies before it, what came, and what was forecast."""

    which: Which = Field(description="by the mean absolute error of both cells")
    at: tuple[str, ...] | Floats = Field(description="time stamp or number of each row")
    values: tuple[float | None, ...] = Field(description="what was measured, in the user's unit; null where missing")
    start: int = Field(description="place of its first step ahead among these rows")
    said: dict[str, Floats] = Field(description="cell or simple rule -> its forecast")
    errors: dict[str, float] = Field(description="cell or simple rule -> its mean absolute error")


class Panel(Document):
    """One target of one series."""

    title: str = Field(description="the target, and the series where there are several")
    at: tuple[str, ...] | Floats = Field(description="time stamp or number of each row of the history")
    values: tuple[float | None, ...] = Field(description="the history: the last rows with a target; null where missing")
    tested: dict[str, tuple[FromWindow, ...]] = Field(description="cell or simple rule -> its forecasts in the test")
    ahead_at: tuple[str, ...] | Floats = Field(description="time stamp or number of each step ahead")
    ahead: Floats = Field(description="forecast of the model to take; empty where it needs what is known ahead")
    bands: dict[int, tuple[Floats, Floats]] = Field(description="level in per cent -> lower and upper bounds ahead")
    shown: tuple[Shown, ...] = Field(default=(), description="the best, the median and the worst test window")
    errors: dict[str, Floats] = Field(
        default={},
        description="cell or simple rule -> mean absolute error at each step ahead, over all test windows of the last"
        " split, in the user's unit",
    )


class Picture(Document):
    """forecast.json."""

    format: Literal[1] = 1
    cells: tuple[str, ...] = Field(description="the cells whose test forecasts are shown, each the mean of its pairs")
    rule: str = Field(description="the simple rule to beat")
    model: str = Field(description="the model that forecasts ahead: a cell, or baseline")
    windows: int = Field(description="test windows that the bands were told from; 0 without bands")
    panels: tuple[Panel, ...]
