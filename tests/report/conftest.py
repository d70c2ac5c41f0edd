"""Realistic plans and verdicts, one for each thing a comparison may say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import vl_convert
from tests.support.sections import forecast_section

from gatewise.arms import kind
from gatewise.run.plan import Configuration, DataPlan, Plan, SplitPlan, Work
from gatewise.run.verdict import (
    BaselineResult,
    CellCost,
    CellResult,
    Coded,
    Costs,
    DieboldMarianoResult,
    Difference,
    Other,
    SecondOpinions,
    Textbook,
    Undecided,
    Verdict,
    coded,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package", autouse=True)
def drawn_once() -> Iterator[None]:
    """Draw what was drawn before no second time: a drawing is a function of its specification, and slow."""
    known: dict[str, str] = {}
    draw = vl_convert.vegalite_to_svg

    def drawn(specification: dict[str, Any], **given: Any) -> str:
        key = json.dumps([specification, given], sort_keys=True)
        if key not in known:
            known[key] = draw(specification, **given)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vl_convert, "vegalite_to_svg", drawn)
        yield


BARS = {"forecast": 0.0, "classify": 0.9031}
CONFIGURATIONS = (
    Configuration(learning_rate=0.003, batch_size=32, dropout=0.0),
    Configuration(learning_rate=0.012, batch_size=64, dropout=0.1),
)


@dataclass(frozen=True)
class Case:
    """A verdict with the numbers behind it: score of each cell, and half the deciding interval."""

    outcome: str
    recommendation: str
    scores: dict[str, float]
    half: float
    probability: float | None
    task: str = "forecast"
    undecided: Undecided | None = None


REASONS = {
    "lstm": coded("better-by-the-margin"),
    "gru": coded("better-by-the-margin"),
    "neither": coded("bar-does-as-well"),
}
CHEAPER = coded("costs-less", work=6336, state=44, rival_work=6384, rival_state=76)

OPEN = Undecided(
    cause="test-data",
    reason=coded("blocks-leave-open", blocks=84),
    smallest_margin=0.0273,
    remedy=coded("more-test-data", margin=0.0273),
)

CASES = {
    "lstm": Case("lstm", "lstm", {"lstm": 0.4137, "gru": 0.3712}, 0.0204, 0.997),
    "gru": Case("gru", "gru", {"lstm": 0.9321, "gru": 0.9684}, 0.0172, 0.9999, "classify"),
    "equal": Case("equal", "gru", {"gru": 0.4121, "gru#2": 0.4117}, 0.0061, 0.981),
    "not-worse": Case("not-worse", "gru", {"lstm": 0.4121, "gru": 0.4189, "rnn": 0.3012}, 0.0142, 0.972),
    "neither": Case("neither", "baseline", {"lstm": -0.0712, "gru": -0.0544}, 0.0391, 0.993),
    "undecided": Case("undecided", "gru", {"lstm": 0.2121, "gru": 0.2249}, 0.0331, None, undecided=OPEN),
    "undecided-classify": Case(
        "undecided", "gru-after", {"lstm": 0.9121, "gru-after": 0.9149, "rnn": 0.88, "gru": 0.91}, 0.0331, None,
        "classify", OPEN,
    ),
}  # fmt: skip


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def make_plan(case: Case, **data: Any) -> Plan:
    """A plan that fits a case; ``data`` replaces fields of its data."""
    forecast = case.task == "forecast"
    common: dict[str, Any] = {
        "sha256": "9f" * 32,
        "examples": 1461 if forecast else 640,
        "features": ("precipitation", "temp_max", "temp_min", "wind"),
        "masked": (1,),
        "window": 28 if forecast else 29,
        "outputs": 7 if forecast else 3,
    }
    section: dict[str, Any] = (
        {"target": "temp_max", "time": "date", "duplicates": None, "horizon": 7, "season": 7}
        if forecast
        else {"classes": ["one", "two", "three"]}
    )
    common, section = (
        {name: _plain(data.get(name, value)) for name, value in part.items()} for part in (common, section)
    )
    if forecast:
        section = forecast_section(**section)
    traits = {"tuned_each": not forecast, "may_climb": forecast, "serial": forecast, "redrawn": not forecast}
    where: dict[str, Any] = (
        {"kind": "origins", "count": 3, "borders": (877, 1071, 1266, 1461), "block": 7}
        if forecast
        else {"kind": "folds", "count": 5, "borders": (), "block": 1}
    )
    splits = SplitPlan(**where, **traits, tuning_folds=1, last_saw_most=forecast)
    return Plan(
        task=case.task,
        section=section,
        data=DataPlan(**common),
        metric="mse" if forecast else "accuracy",
        margin=0.01,
        seed=0,
        cells=tuple(case.scores),
        match="params",
        hidden_size={cell: 38 if kind(cell).states == 2 else 44 for cell in case.scores},
        parameters={cell: 6_735 + 17 * k for k, cell in enumerate(case.scores)},
        splits=splits,
        configurations=CONFIGURATIONS,
        steps=dict.fromkeys(case.scores, 600),
        rungs=3,
        wider=4,
        evaluations=20,
        patience=5,
        looks=(8, 12, 20, 30),
        pairs=30,
        work=Work(unit="fits", total=240.0, prices={}, overhead={}),
    )


def make_verdict(case: Case, plan: Plan, **changes: Any) -> Verdict:
    """The verdict of a case; ``changes`` replaces fields of it."""
    rng = np.random.default_rng(7)
    noise = {cell: rng.normal(0.0, 0.012, 12) for cell in case.scores}
    pairs = {cell: tuple((score + noise[cell] - noise[cell].mean()).tolist()) for cell, score in case.scores.items()}
    first, second = plan.cells[:2]
    estimate = case.scores[first] - case.scores[second]
    above, below = (NormalDist(estimate, case.half / 2.9).cdf(edge) for edge in (plan.margin, -plan.margin))
    lead = {first: max(0.0, -estimate) + 0.00031, second: max(0.0, estimate) + 0.00031}
    baseline = max(0.0, *(score - BARS[case.task] for score in case.scores.values())) + 0.00012
    fields: dict[str, Any] = {
        "verdict": case.outcome,
        "claim": make_claim(case, plan),
        "recommendation": case.recommendation,
        "recommendation_reason": REASONS.get(case.outcome, CHEAPER),
        "probability": case.probability,
        "probabilities": {first: 1.0 - above, "equal": above - below, second: below},
        "expected_regret": lead | {"baseline": baseline},
        "margin": plan.margin,
        "metric": plan.metric,
        "task": plan.task,
        "target": ", ".join(plan.section.get("targets", ())) or None,
        "horizon": plan.section.get("horizon", 0),
        "difference": make_difference(case, plan, estimate, pairs),
        "opinions": make_opinions(case, plan, estimate),
        "pairs": 12,
        "looks": (8, 12),
        "fits": 216,
        "cells": {cell: make_cell(case, plan, cell, pairs[cell]) for cell in case.scores},
        "baselines": make_baselines(plan),
        "others": tuple(
            Other(cell=cell, against=second, estimate=-0.1177, interval_95=(-0.1391, -0.0963), p_value=0.0000021)
            for cell in plan.cells[2:]
        ),
        "undecided": case.undecided,
        "textbook": Textbook(pick="gru", reason=coded("short-and-few", steps=28, examples=1461)),
        "warnings": (coded("steps-multiplied", times=2),),
        "plan_sha256": plan.sha256(),
        "costs": Costs(
            cells={
                cell: CellCost(seconds_per_fit=3.42 + k, microseconds_per_step=61.7 + k, training_step_ms=4.05)
                for k, cell in enumerate(case.scores)
            },
            training_seconds=763.2,
            kernel="torch (aten)",
        ),
    }
    return Verdict(**(fields | changes))


def make_claim(case: Case, plan: Plan) -> Coded:
    """The claim that fits the outcome."""
    first, second = plan.cells[:2]
    known = {"margin": plan.margin, "unit": "accuracy" if plan.metric == "accuracy" else "skill"}
    named = case.recommendation
    other = {"named": named, "other": second if named == first else first}
    both = {"first": first, "second": second}
    code, values = {
        "equal": ("arms-equal", both),
        "not-worse": ("arm-not-worse", other),
        "neither": ("bar-not-beaten", both | {"rules": ("ridge",)}),
        "undecided": ("arms-open", both),
    }.get(case.outcome, ("arm-better", other))
    return Coded(code=code, values=values | known)


def make_difference(case: Case, plan: Plan, estimate: float, pairs: dict[str, tuple[float, ...]]) -> Difference:
    first, second = plan.cells[:2]
    return Difference(
        first=first,
        second=second,
        estimate=estimate,
        interval=(estimate - case.half, estimate + case.half),
        interval_here=(estimate - 0.7 * case.half, estimate + 0.7 * case.half),
        standard_error=case.half / 2.9,
        degrees_of_freedom=14.2,
        standard_error_pairs=case.half / 5.0,
        standard_error_blocks=case.half / 3.5,
        per_pair=tuple(a - b for a, b in zip(pairs[first], pairs[second], strict=True)),
        blocks=84,
        independent=61.3,
    )


def make_opinions(case: Case, plan: Plan, estimate: float) -> SecondOpinions:
    folds = plan.splits.kind == "folds"
    said = {"neither": "undecided", "not-worse": f"{case.recommendation}-not-worse"}
    read = said.get(case.outcome, case.outcome)
    tested = DieboldMarianoResult(statistic=-2.31, p_value=0.0237, trust=(coded("few-origins", origins=12),))
    return SecondOpinions(
        bootstrap=(estimate - 0.8 * case.half, estimate + 0.9 * case.half),
        bootstrap_verdict=read,
        agrees=True,
        trust=(coded("percentile-of-few-test-blocks", blocks=7),),
        resampled=(estimate - 2.1 * case.half, estimate + 2.1 * case.half) if folds else None,
        resampled_trust=(coded("few-splits", splits=4),) if folds else (),
        diebold_mariano=None if folds else tested,
    )


def make_cell(case: Case, plan: Plan, cell: str, per_pair: tuple[float, ...]) -> CellResult:
    score, hidden = case.scores[cell], plan.hidden_size[cell]
    bar = BARS[plan.task]
    return CellResult(
        name=cell,
        score=score,
        interval=(score - 0.0187, score + 0.0187),
        loss=1.0 - score if plan.metric == "accuracy" else 9.84 * (1.0 - score),
        hidden_size=hidden,
        parameters=plan.parameters[cell],
        multiply_adds=kind(cell).multiply_adds(plan.data.channels, hidden),
        state_floats=kind(cell).state_floats(hidden),
        configuration=CONFIGURATIONS[1],
        above_baseline="yes" if score > bar + 0.005 else "no",
        over_baseline=score - bar,
        over_baseline_interval=(score - bar - 0.03, score - bar + 0.03),
        capped=0.04,
        per_pair=per_pair,
        expected_best=tuple((0.1 + 0.02 * plan.cells.index(cell)) * (1.0 - 0.6**k) for k in range(1, 9)),
    )


def make_baselines(plan: Plan) -> tuple[BaselineResult, ...]:
    if plan.metric == "accuracy":
        return (
            BaselineResult(name="majority", score=0.3344, loss=0.6656, bar=False),
            BaselineResult(name="logistic", score=BARS["classify"], loss=0.0969, bar=True),
        )
    return (
        BaselineResult(name="last-value", score=-0.4123, loss=13.9, bar=False),
        BaselineResult(name="seasonal-naive", score=0.0341, loss=9.5, bar=False),
        BaselineResult(name="ridge", score=0.0, loss=9.84, bar=True),
    )


@dataclass(frozen=True)
class Sample:
    """What the renderers are given."""

    verdict: Verdict
    plan: Plan


def build(name: str, data: dict[str, Any] | None = None, **changes: Any) -> Sample:
    """The sample ``name`` of `CASES`; ``data`` replaces fields of the data, ``changes`` fields of the verdict."""
    plan = make_plan(CASES[name], **(data or {}))
    return Sample(make_verdict(CASES[name], plan, **changes), plan)


@pytest.fixture(params=list(CASES))
def sample(request: pytest.FixtureRequest) -> Sample:
    """Each sample in turn."""
    return build(request.param)


@pytest.fixture(name="build")
def builder() -> Any:
    """The function that makes one sample: ``build(name, data=..., **changes)``."""
    return build
