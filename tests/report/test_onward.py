"""What to type next: a command that works as it stands, and which model that asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gatewise.report import onward
from gatewise.run.folder import RunFolder

FIXTURES = Path(__file__).parents[1] / "fixtures" / "format-4"


@pytest.mark.parametrize(
    ("name", "typed", "does"),
    [
        ("forecast", "gatewise predict {path}", "the {cell} to forecast what comes next"),
        ("classify", "gatewise predict {path} FILE", "the {cell} on new data in FILE"),
        ("next-symbol", "gatewise predict {path} --generate 200", "the {cell} to write 200 events"),
        ("next-frame", "gatewise predict {path} FILE", "the {cell} on new data in FILE"),
    ],
)
def test_new_data_are_asked_for_where_a_run_cannot_go_on_from_its_own(name: str, typed: str, does: str) -> None:
    """Forecasts go on from the data of the run, texts begin anew; all others need a file, which is said."""
    run = RunFolder(FIXTURES / name)
    plan, verdict = run.header().plan, run.verdict().model_copy(update={"recommendation": "gru", "net": None})
    bar = next(rule.name for rule in verdict.baselines if rule.bar)

    assert onward.steps(run, plan)[0] == f"next   {typed.format(path=run.path)}"
    assert onward.used(verdict, plan).startswith(f"{does.format(cell='GRU')}; or --model ")
    assert f"{bar}." in onward.used(verdict.model_copy(update={"cells": {}}), plan)


def test_in_python_it_is_python() -> None:
    """Data from memory cannot be read again, so that they are asked for."""
    run = RunFolder(FIXTURES / "forecast")
    verdict, plan = run.verdict(), run.header().plan

    assert onward.steps(run, plan, python=True)[0] == f"next   gatewise.load({str(run.path)!r}).predict(DATA)"
    assert "or model='" in onward.used(verdict, plan, python=True)


def test_where_a_rule_is_taken_the_network_is_the_other_model(build: Any) -> None:
    """And where folds chose different rules, which of them answers is not known here."""
    sample = build("neither")
    rules = [rule.model_copy(update={"bar": True}) for rule in sample.verdict.baselines]
    several = sample.verdict.model_copy(update={"baselines": (*rules, rules[0].model_copy(update={"name": "drift"}))})

    assert onward.used(sample.verdict, sample.plan).startswith("ridge to forecast what comes next; or --model ")
    assert onward.used(several, sample.plan).startswith("one of these rules to forecast")
