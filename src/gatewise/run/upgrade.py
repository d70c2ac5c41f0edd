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


def _plan_2(raw: Raw) -> Raw:
    """Format 2: what only one task knows has a section of its own, and a split says its traits."""
    plan, data = dict(raw["plan"]), dict(raw["plan"]["data"])
    forecast = plan["task"] == "forecast"
    own = ("target", "time", "duplicates", "horizon", "season") if forecast else ("classes",)
    section = {name: data[name] for name in own}
    for name in ("target", "time", "duplicates", "horizon", "season", "classes"):
        data.pop(name)
    data["outputs"] = section["horizon"] if forecast else len(section["classes"])
    kind = plan["splits"]["kind"]
    traits = {
        "tuned_each": kind == "folds",
        "may_climb": kind != "folds",
        "serial": kind == "origins",
        "redrawn": kind == "folds",
        "last_saw_most": kind == "origins",
    }
    return raw | {"plan": plan | {"format": 2, "section": section, "data": data, "splits": plan["splits"] | traits}}


def _model_2(raw: Raw) -> Raw:
    """Format 2: a model names its task, and keeps the plan's section beside the plan's data."""
    task = "forecast" if "anchor" in raw["learned"] else "classify"
    plan = {"task": task, "data": raw["data"], "splits": {"kind": ""}}
    upgraded_plan = _plan_2({"plan": plan})["plan"]
    return raw | {"format": 2, "task": task, "section": upgraded_plan["section"], "data": upgraded_plan["data"]}


STEPS: dict[str, tuple[Callable[[Raw], Raw], ...]] = {"plan": (_plan_2,), "verdict": (), "model": (_model_2,)}
"""For each document its steps: the first one makes format 2 of format 1."""


def upgraded(what: str, raw: Raw) -> Raw:
    """A document of any known format in the present one.

    Args:
        what: ``plan``, for the whole of plan.json, ``verdict`` or ``model``.
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
