"""The end of the first screen: what to type next, which model that uses, and where the report lies."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.languages import mark, say
from gatewise.report import labels, symbols, words, worth

if TYPE_CHECKING:
    from gatewise.run.folder import RunFolder
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict

LINES = 2
"""Lines of `steps`."""

WRITTEN = 200
"""Symbols that a text goes on with."""


def steps(folder: RunFolder, plan: Plan, *, python: bool = False) -> tuple[str, ...]:
    """What to type next, and where the report lies, each in one piece to be copied.

    Args:
        folder: The run.
        plan: Its plan.
        python: Whether its data were in memory, so that no file can be gone on from: then a line of Python.
    """
    typed = _python(folder, plan) if python else _typed(folder, plan)
    return f"{labels.label('next')}{typed}", f"{labels.label('report')}{folder.report_path}"


def used(verdict: Verdict, plan: Plan, *, python: bool = False) -> str:
    """Which model answers, what it does, and how to ask the one to weigh against it."""
    rules = [rule.name for rule in verdict.baselines if rule.bar]
    if verdict.recommendation == "baseline":
        model = words.rule(rules[0]) if len(rules) == 1 else say("one of these rules")
        others = [verdict.net.cell] if verdict.net else list(verdict.cells)[:1]
    else:
        model, rule = say("the {cell}", cell=title(verdict.recommendation)), worth.rival(verdict)
        cells = [cell for cell in list(verdict.cells)[:2] if cell != verdict.recommendation]
        others = [rule.name] if rule else cells or rules[:1]
    does = _does(model, plan, "DATA" if python else "FILE")
    if not others:
        return f"{does}."
    option = f"model={others[0]!r}" if python else f"--model {others[0]}"
    return say("{does}; or {option}.", does=does, option=option)


# --------------------------------------------------------------------------------------------------


def follows(plan: Plan) -> bool:
    """Whether the run's own data are forecast, so that no new ones are needed."""
    return "horizon" in plan.section


def _typed(folder: RunFolder, plan: Plan) -> str:
    command = f"gatewise predict {shlex.quote(str(folder.path))}"
    if symbols.told(plan):
        return f"{command} --generate {WRITTEN}"
    return command if follows(plan) else f"{command} FILE"


def _python(folder: RunFolder, plan: Plan) -> str:
    does = f"generate(count={WRITTEN})" if symbols.told(plan) else "predict(DATA)"
    return f"gatewise.load({str(folder.path)!r}).{does}"


def _does(model: str, plan: Plan, data: str) -> str:
    if symbols.told(plan):
        writes = mark("{model} to write {count} {symbols}")
        return say(writes, model=model, count=WRITTEN, symbols=say(symbols.SYMBOLS[str(plan.section["unit"])]))
    if follows(plan):
        return say("{model} to forecast what comes next", model=model)
    return say("{model} on new data in {data}", model=model, data=data)
