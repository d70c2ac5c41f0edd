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


# --------------------------------------------------------------------------------------------------
# plan.json


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


def _plan_3(raw: Raw) -> Raw:
    """Format 3: a forecast may have several targets, series and seasons, and says how its table was read."""
    plan = raw["plan"]
    return raw | {"plan": plan | {"format": 3, "section": _section_3(plan["task"], plan["section"])}}


def _section_3(task: str, section: Raw) -> Raw:
    """The section of a plan or a model; the rows were taken as evenly spaced, whatever steps were missing."""
    if task != "forecast":
        return section
    reading = {"target": section["target"], "time": section["time"], "duplicates": section["duplicates"]}
    return {
        "targets": [section["target"]],
        "reading": reading | {"gaps": "keep"},
        "horizon": section["horizon"],
        "seasons": [section["season"]] if section["season"] > 1 else [],
        "names": [[]],
        "calendar": None,
        "zone": "",
        "ends": "",
    }


def _plan_4(raw: Raw) -> Raw:
    """Format 4: new fields alone, whose defaults mean what was done before there was a choice."""
    return raw | {"plan": raw["plan"] | {"format": 4}}


# --------------------------------------------------------------------------------------------------
# verdict.json


def _verdict_2(raw: Raw) -> Raw:
    """Format 2: codes and numbers instead of sentences, and the best simple rule is the bar.

    A sentence that follows from other fields gets its code; every other one is kept as it was said.
    """
    cells = {label: {"name": label, **result} for label, result in raw["cells"].items()}
    rules = [_renamed(rule, "gate", "bar") for rule in raw["baselines"]]
    changed = {
        "format": 2,
        "claim": _claim(raw),
        "recommendation_reason": _said(raw["recommendation_reason"]),
        "cells": cells,
        "baselines": rules,
        "textbook": raw["textbook"] | {"reason": _said(raw["textbook"]["reason"])},
        "warnings": [_said(text) for text in raw["warnings"]],
    }
    if why := raw["undecided"]:
        cause = "test-data" if why["cause"] == "test data" else why["cause"]
        coded = {"cause": cause, "text": _said(why["text"]), "remedy": _said(why["remedy"])}
        changed["undecided"] = _renamed(why | coded, "text", "reason")
    if found := raw.get("opinions"):
        changed["opinions"] = _opinions(found)
    return raw | changed


def _verdict_3(raw: Raw) -> Raw:
    """Format 3: cells and rules have their root mean squared error; an older verdict does not tell its unit."""
    return raw | {"format": 3}


def _verdict_4(raw: Raw) -> Raw:
    """Format 4: claims by scope and how sure a choice is, which older verdicts do not tell; one interval, of 95 %.

    Codes that are not made any more are kept as they were said.
    """
    kept: Raw = _as_said(raw)
    found = kept["difference"]
    if found is not None:
        found = {name: value for name, value in found.items() if name not in ("level", "interval_95", "merged")}
        found |= {"interval": raw["difference"]["interval_95"], "independent": float(found["blocks"])}
    return kept | {"format": 4, "difference": found}


def _as_said(value: Any) -> Any:
    """A document whose retired codes are the sentences that they stood for."""
    if isinstance(value, dict) and value.get("code") in RETIRED:
        sentence = RETIRED[value["code"]].format(**{"margin": None} | value.get("values", {}))
        return {"code": "said", "values": {"text": sentence}}
    if isinstance(value, dict):
        return {name: _as_said(inside) for name, inside in value.items()}
    return [_as_said(inside) for inside in value] if isinstance(value, list) else value


RETIRED = {
    "bar-regrets-least": "its expected regret is smaller than either cell's",
    "regrets-less": "its expected regret is smaller",
    "choice-uncertain": (
        "which configuration suits a cell is so uncertain that the difference stays open by more than the margin"
    ),
    "bar-unclear": "the cell in question is not shown to beat the simple rule",
    "more-tuning-data": "more data to tune on",
    "more-pairs-or-data": "a larger --budget, or --fits, or more data",
    "few-test-blocks": "only {blocks} test blocks: the interval is approximate",
    "blocks-still-correlated": (
        "neighbouring test blocks are still correlated: the {blocks} say no more than {independent} would"
    ),
}
"""Codes of format 3 that are not made any more, and their sentences."""


def _claim(raw: Raw) -> Raw:
    """The code of the claim; as it was said where the two judged arms or the rule to beat are not told."""
    outcome, found = raw["verdict"], raw["difference"]
    bar = [rule["name"] for rule in raw["baselines"] if rule["gate"]]
    if found is None or (outcome == "neither" and len(bar) != 1):
        return _said(raw["claim"].removesuffix("."))
    first, second = found["first"], found["second"]
    named = raw["recommendation"] if outcome == "not-worse" else outcome
    values: Raw = {"first": first, "second": second}
    if named in (first, second):
        values = {"named": named, "other": second if named == first else first}
    code = {"equal": "arms-equal", "not-worse": "arm-not-worse", "neither": "bar-not-beaten", "undecided": "arms-open"}
    values |= {"rules": bar} if outcome == "neither" else {}
    measured = {"margin": raw["margin"], "unit": "accuracy" if raw["metric"] == "accuracy" else "skill"}
    return {"code": code.get(outcome, "arm-better"), "values": values | measured}


def _opinions(found: Raw) -> Raw:
    """Every reason not to trust a method as it was said."""
    told = {name: [_said(text) for text in found[name]] for name in ("trust", "resampled_trust")}
    if tested := found["diebold_mariano"]:
        told["diebold_mariano"] = tested | {"trust": [_said(text) for text in tested["trust"]]}
    return found | told


def _renamed(table: Raw, old: str, new: str) -> Raw:
    """A table with one key under another name, in the same place."""
    return {new if key == old else key: value for key, value in table.items()}


FIXED = {
    "it is better by more than the margin": "better-by-the-margin",
    "no cell is worth its trouble here: the simple rule does as well within the margin": "bar-does-as-well",
    "its expected regret is smaller than either cell's": "bar-regrets-least",
    "its expected regret is smaller": "regrets-less",
    "which configuration suits a cell is so uncertain that the difference stays open by more than the margin": (
        "choice-uncertain"
    ),
    "the cell in question is not shown to beat the simple rule": "bar-unclear",
    "every pair and every test block gave both cells the same loss: no evidence either way": "losses-tied",
    "more test data": "more-test-data",
    "one pair says nothing about how training runs vary": "one-pair",
    "one test block says nothing about how test data vary": "one-test-block",
    "one split says nothing about how splits vary": "one-split",
    "mostly noise that neither pairs nor test blocks explain: the interval is too long": "unexplained-noise",
    "too few draws for this level: another seed moves the interval": "few-draws",
}
"""Sentences of format 1 that had no numbers in them, and their codes."""


def _said(text: str) -> Raw:
    """The code of a sentence without numbers; else the sentence itself, under the code that shows it as it is."""
    return {"code": FIXED[text]} if text in FIXED else {"code": "said", "values": {"text": text}}


# --------------------------------------------------------------------------------------------------
# model.json


def _model_2(raw: Raw) -> Raw:
    """Format 2: a model names its task, and keeps the plan's section beside the plan's data."""
    task = "forecast" if "anchor" in raw["learned"] else "classify"
    plan = {"task": task, "data": raw["data"], "splits": {"kind": ""}}
    upgraded_plan = _plan_2({"plan": plan})["plan"]
    return raw | {"format": 2, "task": task, "section": upgraded_plan["section"], "data": upgraded_plan["data"]}


def _model_3(raw: Raw) -> Raw:
    """Format 3: the section as in a plan of format 3."""
    return raw | {"format": 3, "section": _section_3(raw["task"], raw["section"])}


def _model_4(raw: Raw) -> Raw:
    """Format 4: what targets are measured from is their level; an anchor is what a network starts from."""
    return raw | {"format": 4, "learned": _renamed(raw["learned"], "anchor", "level")}


# --------------------------------------------------------------------------------------------------
# All documents


STEPS: dict[str, tuple[Callable[[Raw], Raw], ...]] = {
    "plan": (_plan_2, _plan_3, _plan_4),
    "verdict": (_verdict_2, _verdict_3, _verdict_4),
    "model": (_model_2, _model_3, _model_4),
    "picture": (),
    "samples": (),
    "mistakes": (),
    "answers": (),
    "inputs": (),
    "clock": (),
}
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
