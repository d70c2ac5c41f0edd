"""From the last look to verdict.json: outcome, recommendation, codes and numbers. Needs no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scipy import stats

from gatewise.judge.anchors import anchor_result, copies
from gatewise.judge.cheaper import cheaper_arm, cost, rival
from gatewise.judge.claims import claim, textbook, undecided
from gatewise.judge.looks import Look
from gatewise.judge.looks import outcome as verdict
from gatewise.judge.opinions import as_coded, opinions, tuning_curves
from gatewise.judge.opinions import warnings as disagreement
from gatewise.judge.rehearsals import refit_result
from gatewise.judge.tables import bars, capped_share, far_off, skill_tables
from gatewise.metrics import metric_named
from gatewise.run.verdict import BaselineResult, CellResult, Coded, Costs, Difference, Other, Verdict, coded
from gatewise.stats.decide import (
    ERROR_RATE,
    FEWEST_BLOCKS,
    FEWEST_PAIRS,
    bar_level,
    expected_regret,
    probabilities,
    zone,
)
from gatewise.stats.multiple import holm
from gatewise.stats.skill import skill
from gatewise.stats.variance import Crossed, crossed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.run.fits import Fit, Key
    from gatewise.run.plan import Configuration, Plan

ALIKE = 0.25
"""Expected regrets that differ by less than this share of the margin count as alike: the cheaper arm is taken."""


@dataclass(frozen=True)
class Evidence:
    """Everything the conclusion is drawn from.

    Attributes:
        plan: The locked plan.
        plan_sha256: Its name.
        fits: All stored fits.
        look: The last look; with too few pairs for a first one, whatever the pairs so far say.
        taken: Pairs at each look that was taken; empty with too few pairs.
        rung: The rung whose pairs count.
        configurations: Arm -> its best configuration on the whole tuning table.
        listed: All configurations, by the number that keys of fits have.
        refit: Whether pairs were trained again on all that comes before their test part.
        warnings: What a reader should know about the search and the training.
        costs: What the clock measured.
    """

    plan: Plan
    plan_sha256: str
    fits: Mapping[Key, Fit]
    look: Look | None
    taken: tuple[int, ...]
    rung: int
    configurations: dict[str, Configuration]
    warnings: tuple[Coded, ...]
    costs: Costs
    listed: tuple[Configuration, ...] = ()
    refit: bool = False


def conclude(evidence: Evidence) -> Verdict:
    """Draw the conclusion."""
    plan, look = evidence.plan, evidence.look
    outcome, cause = verdict(plan, look) if look is not None and evidence.taken else ("undecided", "pairs")
    regret = _regret(plan, look)
    recommendation, reason = _recommend(plan, look, outcome, regret)
    others, cells = opinions(plan, evidence.fits, look), _cells(evidence)
    return Verdict(
        verdict=outcome,
        claim=claim(plan, outcome, recommendation, bars(plan, evidence.fits)),
        recommendation=recommendation,
        recommendation_reason=reason,
        probability=_probability(plan, look, outcome),
        probabilities=_probabilities(plan, look),
        expected_regret=regret,
        margin=plan.margin,
        metric=plan.metric,
        task=plan.task,
        target=_targets(plan.section),
        horizon=int(str(plan.section.get("horizon", 0))),
        difference=_difference(plan, look),
        opinions=others,
        pairs=look.pairs if look else 0,
        looks=evidence.taken,
        fits=sum(key.phase in ("tune", "pair") for key in evidence.fits),
        cells=cells,
        baselines=_baselines(plan, evidence),
        left_out=plan.work.left_out,
        others=_others(plan, look, recommendation),
        refit=refit_result(plan, evidence.fits, done=evidence.refit),
        undecided=undecided(plan, look, cause) if cause else None,
        textbook=textbook(plan),
        warnings=(*evidence.warnings, *copies(cells), *_trust(look), *disagreement(plan, look, others)),
        understood=plan.understood,
        notes=plan.notes,
        plan_sha256=evidence.plan_sha256,
        costs=evidence.costs,
    )


# --------------------------------------------------------------------------------------------------
# Recommendation


def _regret(plan: Plan, look: Look | None) -> dict[str, float] | None:
    """Skill lost on average by each choice, against whichever of the other two it loses most to."""
    if look is None or look.decision is None:
        return None
    of_first, of_second = expected_regret(look.decision.difference)
    against = [expected_regret(over) for over in look.decision.over]  # (of the arm, of the bar) for each arm
    return {
        plan.cells[0]: max(of_first, against[0][0]),
        plan.cells[1]: max(of_second, against[1][0]),
        "baseline": max(bar for _, bar in against),
    }


def _recommend(plan: Plan, look: Look | None, outcome: str, regret: dict[str, float] | None) -> tuple[str, Coded]:
    """What to take and why; a user has to take something even where there is no verdict."""
    low = cheaper_arm(plan)
    if outcome in plan.cells:
        return outcome, coded("better-by-the-margin")
    if outcome == "neither":
        return "baseline", coded("bar-does-as-well")
    if outcome in ("equal", "not-worse"):
        return low, coded("costs-less", **_costs(plan, low))
    if look is None or look.decision is None or regret is None:
        return low, coded("nothing-compared", **_costs(plan, low))
    first, second = plan.cells[:2]
    if regret["baseline"] < min(regret[first], regret[second]):
        return "baseline", coded("bar-regrets-least")
    if abs(regret[first] - regret[second]) < ALIKE * plan.margin:
        return low, coded("regrets-alike", **_costs(plan, low))
    return min((first, second), key=lambda arm: regret[arm]), coded("regrets-less")


def _costs(plan: Plan, arm: str) -> dict[str, int]:
    """Multiply-adds a step and numbers of state, of an arm and of its rival."""
    (work, state), (rival_work, rival_state) = cost(plan, arm), cost(plan, rival(plan, arm))
    return {"work": work, "state": state, "rival_work": rival_work, "rival_state": rival_state}


def _trust(look: Look | None) -> tuple[Coded, ...]:
    return as_coded(look.decision.difference.trust) if look and look.decision else ()


# --------------------------------------------------------------------------------------------------
# Numbers


def _probability(plan: Plan, look: Look | None, outcome: str) -> float | None:
    if outcome == "undecided" or look is None or look.decision is None:
        return None
    decision, margin = look.decision, plan.margin
    if outcome == "neither":
        return _number(min(1.0 - over.probability_above(margin) for over in decision.over))
    second, equal, first = probabilities(decision.difference, margin)
    if outcome == "not-worse":
        return _number(1.0 - second if cheaper_arm(plan) == plan.cells[0] else 1.0 - first)
    return _number({plan.cells[0]: first, plan.cells[1]: second, "equal": equal}[outcome])


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _probabilities(plan: Plan, look: Look | None) -> dict[str, float] | None:
    if look is None or look.decision is None or look.decision.difference.standard_error == 0.0:
        return None
    if look.pairs < FEWEST_PAIRS or look.tables.independent < FEWEST_BLOCKS:
        return None
    second, equal, first = probabilities(look.decision.difference, plan.margin)
    return {plan.cells[0]: first, "equal": equal, plan.cells[1]: second}


def _difference(plan: Plan, look: Look | None) -> Difference | None:
    if look is None or look.decision is None or look.pairs < 2:
        return None
    found, coverage = look.decision.difference, look.decision.level
    skills = {arm: skill(loss, look.tables.reference(plan.metric)) for arm, loss in look.tables.losses.items()}
    return Difference(
        first=plan.cells[0],
        second=plan.cells[1],
        estimate=found.estimate,
        interval=found.interval(coverage),
        level=coverage,
        interval_95=found.interval(0.95),
        standard_error=found.standard_error,
        degrees_of_freedom=found.degrees_of_freedom,
        standard_error_pairs=found.pairs_part,
        standard_error_blocks=found.blocks_part,
        standard_error_choices=found.choices_part,
        per_pair=tuple((skills[plan.cells[0]] - skills[plan.cells[1]]).tolist()),
        blocks=look.tables.counts.size,
        merged=look.tables.merged,
    )


def _cells(evidence: Evidence) -> dict[str, CellResult]:
    plan, look = evidence.plan, evidence.look
    if look is None or not look.over:
        return {}  # skill against a bar without any loss is not defined
    skills, curves = skill_tables(look.tables, plan.metric), tuning_curves(plan, evidence.fits)
    scores = {arm: crossed(table, look.tables.choice_variance[arm]) for arm, table in skills.items()}
    return {arm: _cell(evidence, look, arm, scores[arm], curves.get(arm, ())) for arm in skills}


def _cell(evidence: Evidence, look: Look, arm: str, score: Crossed, curve: tuple[float, ...]) -> CellResult:
    plan, loss, over = evidence.plan, look.tables.losses[arm], look.over[arm]
    chosen = evidence.configurations[arm]
    work, state = cost(plan, arm, chosen)
    coverage = bar_level(look.decision.level if look.decision else 1.0 - ERROR_RATE)
    mean = float(loss.sum(axis=1).mean() / look.tables.counts.sum())
    return CellResult(
        name=arm,
        score=float(skill(loss, look.tables.reference(plan.metric)).mean()),
        interval=score.interval(0.95),
        loss=mean,
        rmse=_root(plan, mean),
        hidden_size=plan.width(arm, chosen),
        parameters=plan.size(arm, chosen),
        multiply_adds=work,
        state_floats=state,
        configuration=chosen,
        above_baseline=zone(over, plan.margin, coverage),
        over_baseline=over.estimate,
        over_baseline_interval=over.interval(coverage),
        capped=capped_share(plan, evidence.fits, arm, evidence.rung, look.pairs),
        per_pair=tuple(skill(loss, look.tables.reference(plan.metric)).tolist()),
        anchor=anchor_result(evidence.fits, evidence.listed, arm, evidence.rung, look.pairs, bars(plan, evidence.fits)),
        expected_best=curve,
    )


def _baselines(plan: Plan, evidence: Evidence) -> tuple[BaselineResult, ...]:
    look = evidence.look
    if look is None:
        return ()
    best, far = set(bars(plan, evidence.fits)), far_off(plan, evidence.fits)
    reference = look.tables.reference(plan.metric)
    means = {rule: float(loss.sum() / look.tables.counts.sum()) for rule, loss in look.tables.baselines.items()}
    return tuple(
        BaselineResult(
            name=rule,
            score=float(skill(loss, reference)) if reference.sum() > 0 else 0.0,
            loss=means[rule],
            rmse=_root(plan, means[rule]),
            bar=rule in best,
            far=rule in far,
        )
        for rule, loss in look.tables.baselines.items()
    )


def _root(plan: Plan, loss: float) -> float | None:
    """The root of a mean squared error, in the unit of what is predicted; None where it is not scored in that unit."""
    scaled = any(len(plan.section.get(name) or ()) > 1 for name in ("targets", "names"))  # type: ignore[arg-type]
    return math.sqrt(loss) if metric_named(plan.metric).root and not scaled else None


def _others(plan: Plan, look: Look | None, recommendation: str) -> tuple[Other, ...]:
    """Further arms against the recommended one, corrected for their number."""
    if look is None or look.decision is None or look.pairs < 2:
        return ()
    against = recommendation if recommendation in plan.cells else plan.cells[0]
    skills, luck = skill_tables(look.tables, plan.metric), look.tables.choice_variance
    found = [(arm, crossed(skills[arm] - skills[against], luck[arm] + luck[against])) for arm in plan.cells[2:]]
    adjusted = holm([_p_value(difference) for _, difference in found])
    return tuple(
        Other(cell=arm, against=against, estimate=d.estimate, interval_95=d.interval(0.95), p_value=p)
        for (arm, d), p in zip(found, adjusted, strict=True)
    )


def _p_value(difference: Crossed) -> float:
    if difference.standard_error == 0.0:
        return 1.0
    t = abs(difference.estimate) / difference.standard_error
    return float(2.0 * stats.t.sf(t, difference.degrees_of_freedom))


def _targets(section: dict[str, Any]) -> str | None:
    """The columns forecast, with commas between them; None for a task without a column."""
    return ", ".join(section["targets"]) if "targets" in section else None
