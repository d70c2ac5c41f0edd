"""From the last look to verdict.json: outcome, recommendation, codes and numbers. Needs no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gatewise.judge.advice import BASELINE, advice, sure
from gatewise.judge.anchors import anchor_result, copies
from gatewise.judge.cheaper import cheaper_arm, cost
from gatewise.judge.claims import above_bar, over_rules, sentence, shown, textbook, undecided
from gatewise.judge.looks import FIRST_LOOK, SCOPES
from gatewise.judge.looks import outcome as verdict
from gatewise.judge.opinions import opinions, tuning_curves
from gatewise.judge.opinions import warnings as disagreement
from gatewise.judge.rehearsals import refit_result
from gatewise.judge.tables import bars, capped_share, far_off, second_tries
from gatewise.metrics import metric_named
from gatewise.run.verdict import BaselineResult, CellResult, Coded, Costs, Difference, Other, Verdict, coded
from gatewise.stats.decide import WINNER, beats
from gatewise.stats.multiple import holm
from gatewise.stats.posterior import retrainings_won
from gatewise.stats.skill import skill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.judge.advice import Sure
    from gatewise.judge.looks import Look
    from gatewise.run.fits import Fit, Key
    from gatewise.run.plan import Configuration, Plan
    from gatewise.run.verdict import Claim


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
        beside: Further scores of each arm and simple rule, by name.
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
    beside: Mapping[str, dict[str, float]] = field(default_factory=dict)


def conclude(evidence: Evidence) -> Verdict:
    """Draw the conclusion."""
    plan, look = evidence.plan, evidence.look
    outcome, cause = verdict(plan, look) if look is not None else ("undecided", "pairs")
    found = sure(plan, look)
    advised, claims = advice(plan, look, found), shown(plan, evidence.fits, look)
    others, cells = opinions(plan, evidence.fits, look), _cells(evidence)
    choices = (*plan.cells[:2], BASELINE)
    return Verdict(
        verdict=outcome,
        claim=sentence(plan, outcome, look, bars(plan, evidence.fits)),
        claims=claims,
        recommendation=advised.take,
        recommendation_reason=advised.reason,
        strength=advised.strength,
        net=advised.net,
        cheaper=cheaper_arm(plan),
        retrainings_won=_retrainings(plan, look),
        better=dict(zip(choices, found.better, strict=False)) if found else {},
        at_most_margin_worse=dict(zip(choices, found.at_most_worse, strict=True)) if found else {},
        probability=_probability(claims),
        probabilities=_probabilities(plan, found),
        expected_regret=dict(zip(choices, found.regrets, strict=True)) if found else None,
        margin=plan.margin,
        metric=plan.metric,
        task=plan.task,
        target=_targets(plan.section),
        horizon=int(str(plan.section.get("horizon", 0))),
        difference=_difference(plan, look),
        opinions=others,
        pairs=look.pairs if look else 0,
        looks=evidence.taken,
        fits=sum(key.phase in ("tune", "pair", "redraw") for key in evidence.fits),
        cells=cells,
        baselines=_baselines(plan, evidence),
        left_out=plan.work.left_out,
        others=_others(plan, look, advised.net.cell if advised.net else advised.take),
        refit=refit_result(plan, evidence.fits, done=evidence.refit),
        undecided=undecided(plan, look, cause) if cause else None,
        textbook=textbook(plan),
        warnings=(*evidence.warnings, *_second_tries(evidence), *copies(cells), *disagreement(plan, look, others)),
        understood=plan.understood,
        notes=plan.notes,
        plan_sha256=evidence.plan_sha256,
        costs=evidence.costs,
    )


def _second_tries(evidence: Evidence) -> tuple[Coded, ...]:
    """How many fits of each arm had failed and were trained again, and how many of those to hand over."""
    plan, pairs = evidence.plan, evidence.look.pairs if evidence.look else 0
    found = second_tries(plan, evidence.fits, evidence.rung, pairs)
    handed = [key.cell for key, fit in sorted(evidence.fits.items()) if key.phase == "model" and fit.second]
    fits = pairs * plan.splits.count
    return (
        *(coded("second-tries", arm=arm, tries=count, fits=fits) for arm, count in found.items() if count),
        *(coded("second-try-handed-over", arm=arm) for arm in dict.fromkeys(handed)),
    )


# --------------------------------------------------------------------------------------------------
# Numbers


def _probability(claims: tuple[Claim, ...]) -> float | None:
    """Of the verdict, the first claim as tuned; None without one."""
    tuned = (claim.probability for claim in claims if claim.scope == "tuned" and claim.kind != "beats-rules")
    return next(tuned, None)


def _probabilities(plan: Plan, found: Sure | None) -> dict[str, float] | None:
    if found is None:
        return None
    first, second = found.difference.above(plan.margin), 1.0 - found.difference.above(-plan.margin)
    return {plan.cells[0]: first, "equal": 1.0 - first - second, plan.cells[1]: second}


def _retrainings(plan: Plan, look: Look | None) -> dict[str, float]:
    if look is None or not look.seen.defined:
        return {}
    first, second = plan.cells[:2]
    won = 100.0 * retrainings_won(look.seen.scores(first), look.seen.scores(second))
    return {first: won, second: 100.0 - won}


def _difference(plan: Plan, look: Look | None) -> Difference | None:
    if look is None or look.pairs < 2 or not look.seen.pairs.bar.sum():
        return None
    first, second = plan.cells[:2]
    here, tuned = map(look.seen.judged, SCOPES[:2])
    anew = look.seen.judged("anew") if look.seen.redrawn >= FIRST_LOOK else None
    parts = look.seen.judged_parts("tuned")
    return Difference(
        first=first,
        second=second,
        estimate=tuned.now.estimate,
        interval=tuned.interval(WINNER),
        interval_here=here.interval(WINNER),
        interval_anew=anew.interval(WINNER) if anew else None,
        standard_error=tuned.now.standard_error,
        degrees_of_freedom=tuned.now.freedom,
        standard_error_pairs=math.sqrt(parts.of_pairs),
        standard_error_blocks=math.sqrt(parts.without_pairs().of_blocks),
        standard_error_choices=math.sqrt(look.seen.judged_parts("anew").of_choices) if anew else 0.0,
        per_pair=tuple((look.seen.scores(first) - look.seen.scores(second)).tolist()),
        blocks=tuned.now.blocks,
        independent=tuned.now.independent,
    )


def _cells(evidence: Evidence) -> dict[str, CellResult]:
    plan, look = evidence.plan, evidence.look
    if look is None or not look.seen.defined:
        return {}  # skill against a bar without any loss is not defined
    curves = tuning_curves(plan, evidence.fits)
    return {arm: _cell(evidence, look, arm, curves.get(arm, ())) for arm in plan.cells}


def _cell(evidence: Evidence, look: Look, arm: str, curve: tuple[float, ...]) -> CellResult:
    plan, seen = evidence.plan, look.seen
    chosen, loss = evidence.configurations[arm], look.seen.pairs.losses[arm]
    work, state = cost(plan, arm, chosen)
    over, rules = seen.over(arm, seen.pairs.bar), over_rules(plan, evidence.fits, look, arm)
    mean = float(loss.sum(axis=1).mean() / seen.pairs.counts.sum())
    return CellResult(
        name=arm,
        score=float(seen.scores(arm).mean()),
        interval=seen.score(arm).interval(WINNER),
        loss=mean,
        rmse=_root(plan, mean),
        beside=evidence.beside.get(arm, {}),
        hidden_size=plan.width(arm, chosen),
        parameters=plan.size(arm, chosen),
        multiply_adds=work,
        state_floats=state,
        configuration=chosen,
        above_baseline=above_bar(plan, look, arm, rules),
        over_baseline=over.now.estimate,
        over_baseline_interval=over.interval(WINNER),
        beats=tuple(rule for rule, one in rules.items() if look.pairs >= FIRST_LOOK and beats(one)),
        capped=capped_share(plan, evidence.fits, arm, evidence.rung, look.pairs),
        second_tries=second_tries(plan, evidence.fits, evidence.rung, look.pairs)[arm],
        per_pair=tuple(seen.scores(arm).tolist()),
        anchor=anchor_result(evidence.fits, evidence.listed, arm, evidence.rung, look.pairs, bars(plan, evidence.fits)),
        expected_best=curve,
    )


def _baselines(plan: Plan, evidence: Evidence) -> tuple[BaselineResult, ...]:
    look = evidence.look
    if look is None:
        return ()
    best, far = set(bars(plan, evidence.fits)), far_off(plan, evidence.fits)
    pairs, reference = look.seen.pairs, look.seen.reference
    means = {rule: float(loss.sum() / pairs.counts.sum()) for rule, loss in pairs.baselines.items()}
    return tuple(
        BaselineResult(
            name=rule,
            score=float(skill(loss, reference)) if reference.sum() > 0 else 0.0,
            loss=means[rule],
            rmse=_root(plan, means[rule]),
            beside=evidence.beside.get(rule, {}),
            bar=rule in best,
            far=rule in far,
        )
        for rule, loss in pairs.baselines.items()
    )


def _root(plan: Plan, loss: float) -> float | None:
    """The root of a mean squared error, in the unit of what is predicted; None where it is not scored in that unit."""
    return math.sqrt(loss) if metric_named(plan.metric).root and not plan.scaled else None


def _others(plan: Plan, look: Look | None, against: str) -> tuple[Other, ...]:
    """Further arms against the one to take, each on its own noise, over all looks and corrected for their number."""
    if look is None or look.pairs < 2 or not look.seen.pairs.bar.sum():
        return ()
    found = {arm: look.seen.between(arm, against, "tuned") for arm in plan.cells[2:]}
    adjusted = holm([one.p_value() for one in found.values()])
    return tuple(
        Other(cell=arm, against=against, estimate=one.now.estimate, interval_95=one.interval(WINNER), p_value=p)
        for (arm, one), p in zip(found.items(), adjusted, strict=True)
    )


def _targets(section: dict[str, Any]) -> str | None:
    """The columns forecast, with commas between them; None for a task without a column."""
    return ", ".join(section["targets"]) if "targets" in section else None
