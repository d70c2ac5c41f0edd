"""model.json: everything about a model but its weights. Read without torch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, JsonValue

from gatewise.languages import say, say_count
from gatewise.run.document import Document
from gatewise.run.plan import DataPlan, Shape


class Trained(Document):
    """What a model has learned from, and how long."""

    called: str = Field(description="what the examples are called: rows, sequences or steps")
    seen: int = Field(description="how many it has learned from")
    among: int = Field(description="how many the data have")
    until: str = Field(description="forecasts: time stamp of the last row seen, or its number; else empty")
    kept_test: bool = Field(description="whether the test part was kept away from it")
    steps: tuple[int, ...] = Field(default=(), description="optimiser steps of each network; none for a simple rule")

    @property
    def sentence(self) -> str:
        """What a reader is told, without a full stop: trained on rows up to 2015-12-31 (all 1,461 rows)."""
        given: dict[str, object] = {"among": self.among, "seen": self.seen, "examples": say(self.called)}
        everything = self.seen == self.among
        count = (
            say("all {among:,} {examples}", **given) if everything else say("{seen:,} of {among:,} {examples}", **given)
        )
        if self.kept_test:
            count = say("{count}; the test part was kept away", count=count)
        told = say("trained on {count}", count=count)
        if self.until:
            told = say("trained on {examples} up to {until} ({count})", count=count, until=self.until, **given)
        several = say_count(", the average of {count} network", ", the average of {count} networks", len(self.steps))
        return told + several if len(self.steps) > 1 else told


class Bands(Document):
    """Bands around forecasts, from how far forecasts of test windows were off."""

    windows: int = Field(description="test windows that they were told from")
    half: dict[int, tuple[tuple[float, ...], ...]] = Field(
        description="level in per cent -> half the width at each step ahead, for each target, in the scale of its"
        " series; a level that takes more windows is not there"
    )
    shares: bool = Field(default=False, description="whether half the width is a share of the forecast instead")


class ModelCard(Document):
    """model.json."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=True)

    format: Literal[4] = 4
    cell: str = Field(description="the arm's label; for a simple rule its name, or baseline for the one to beat")
    rule: str | None = Field(description="name of the simple rule; null for networks")
    hidden_size: int = Field(description="width of the networks; 0 for a simple rule")
    shape: Shape = Field(default=Shape(), description="what the networks are made of")
    members: int = Field(default=1, description="networks whose answers are averaged")
    task: str
    section: dict[str, JsonValue] = Field(description="the plan's")
    data: DataPlan
    learned: dict[str, Any] = Field(description="scales, imputation and masks, from what it was trained on")
    decimals: dict[str, int] = Field(
        default={}, description="decimals of each target in the data, by the column that predictions of it have"
    )
    bands: Bands | None = Field(default=None, description="bands around forecasts; null where there are none")
    trained: Trained | None = Field(default=None, description="what it was trained on; null from an older gatewise")
    plan_sha256: str
    anchor: dict[str, Any] | None = Field(default=None, description="what the networks start from; null without one")
