"""By how much the cell to take is ahead: in the user's own unit and as a score, and what is likely on new data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gatewise.arms import title
from gatewise.judge.cheaper import rival
from gatewise.languages import mark, say
from gatewise.report import baselines, summary, symbols, taken, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.run.plan import Plan
    from gatewise.run.verdict import BaselineResult, CellResult, Verdict


class Lead(NamedTuple):
    """A cell against another one, or against the rule to beat.

    Attributes:
        who: The cell.
        other: What it is held against.
        estimate: Its score minus that of the other.
        interval: What that may be on new data; None where nothing more is known.
        results: Both results, where each is a single one.
    """

    who: str
    other: str
    estimate: float
    interval: tuple[float, float] | None
    results: tuple[CellResult, CellResult | BaselineResult] | None


def lead(verdict: Verdict, plan: Plan) -> str | None:
    """By how much the cell to take is ahead or behind, here and on new data; None where nothing was compared.

    Where a rule is to be taken, it is told of the cell that comes next, against that rule.
    """
    found = _found(verdict, plan)
    if found is None:
        return None
    scored, own = words.apart(found.estimate, verdict.metric), own_unit(found, verdict, plan)
    level = not round(100.0 * found.estimate, 1) if words.shares(verdict.metric) else found.estimate == 0.0
    given = {"who": found.who, "other": found.other, "size": own or scored}
    if found.interval is None:
        behind, alike = mark("{who} {size} behind {other} here."), mark("{who} and {other} level here.")
        return say(alike if level else behind, **given)
    given["likely"] = _likely(found, verdict)
    if own:  # the range is one of scores
        given["likely"] = say("{scored}, {likely}", scored=scored, likely=given["likely"])
    if level:
        return say("{who} and {other} level here: {likely}.", **given)
    if found.estimate < 0.0:
        return say("{who} {size} behind {other}: {likely}.", **given)
    return say("{who} {size} ahead of {other}: {likely}.", **given)


def _found(verdict: Verdict, plan: Plan) -> Lead | None:
    found, over = verdict.difference, baselines.bar(verdict)
    if verdict.recommendation == "baseline" and over and verdict.pairs > 1 and verdict.cells:
        cell, result = max(list(verdict.cells.items())[:2], key=lambda one: one[1].over_baseline)
        interval = None if taken.faultless(verdict) else result.over_baseline_interval
        bars = [rule for rule in verdict.baselines if rule.bar]
        single = (result, bars[0]) if len(bars) == 1 else None
        return Lead(title(cell), over.name, result.over_baseline, interval, single)
    if found is None:
        return None
    sign = -1.0 if verdict.recommendation == found.second else 1.0
    cell = found.second if sign < 0.0 else found.first
    low, high = sorted(sign * bound for bound in found.interval)
    other, cells = rival(plan, cell), verdict.cells
    both = (cells[cell], cells[other]) if {cell, other} <= set(cells) else None
    return Lead(title(cell), title(other), sign * found.estimate, (low, high), both)


def _likely(found: Lead, verdict: Verdict) -> str:
    """What the lead may be on new data: how much is shown of it at most or at least, else its 95 % range.

    That two cells are equal, or one not worse, is shown by an interval of its own, which lies within the margin; the
    one of 95 % may go beyond, and would contradict the first sentence.
    """
    assert found.interval is not None
    chosen, claims = verdict.recommendation, verdict.claims if verdict.recommendation in verdict.cells else ()
    shown = [
        one for one in claims if (one.scope, one.kind) == ("tuned", verdict.verdict) and one.cell in (None, chosen)
    ]
    claim = next(iter(shown), None)
    if claim and claim.kind == "equal":
        return say("at most {most} on new data", most=_size(max(map(abs, claim.interval)), verdict.metric))
    if claim and claim.kind == "not-worse":
        least, behind = min(claim.interval), mark("at worst {least} behind on new data")
        ahead = mark("at least {least} ahead on new data")
        return say(behind if least < 0.0 else ahead, least=_size(least, verdict.metric))
    return _range(found.interval, verdict.metric)


def _size(value: float, metric: str) -> str:
    """A size without its unit, which stands before it; shares are no more than 1 apart."""
    return f"{100.0 * min(abs(value), 1.0):.1f}" if words.shares(metric) else words.size(value)


# --------------------------------------------------------------------------------------------------
# Sizes


def own_unit(found: Lead, verdict: Verdict, plan: Plan) -> str | None:
    """The lead in the unit of the data; None where it has none, or where it does not point where the score does."""
    if words.shares(verdict.metric):
        return None
    for name, losses in _losses(found, verdict, plan):
        less = losses[1] - losses[0]
        if less * found.estimate > 0.0:
            return say("{size} {unit}", size=words.size(less), unit=name)
    return None


def _losses(found: Lead, verdict: Verdict, plan: Plan) -> Iterator[tuple[str, tuple[float, float]]]:
    """What is less the better, by its name, of both."""
    if found.results is None:
        return
    first, second = found.results
    if first.rmse is not None and second.rmse is not None:
        yield summary.root(verdict), (first.rmse, second.rmse)
    for head, score in symbols.columns(verdict, plan).items():
        one, two = first.beside.get(score), second.beside.get(score)
        if score in ("bits", "nats") and one is not None and two is not None:
            yield head, (one, two)
    if verdict.metric == "mae" and not plan.scaled:
        yield say("MAE"), (first.loss, second.loss)


def _range(interval: tuple[float, float], metric: str) -> str:
    """What the lead may be on new data, from the worst to the best, without signs."""
    low, high = interval
    worst, best = (_size(end, metric) for end in interval)
    if low >= 0.0:
        return say("95 % range {worst} to {best} ahead", worst=worst, best=best)
    if high <= 0.0:
        return say("95 % range {best} to {worst} behind", worst=worst, best=best)
    return say("95 % range {worst} behind to {best} ahead", worst=worst, best=best)


# --------------------------------------------------------------------------------------------------
# Further scores


def contradicted(verdict: Verdict, errors: dict[str, float], called: str) -> str | None:
    """That another error orders the two cells the other way round than the score does; None where it does not.

    Args:
        verdict: What was found.
        errors: Cell -> its error, which is less the better.
        called: What the error is called.
    """
    judged = list(verdict.cells.items())[:2]
    known = [(cell, result.score, errors[cell]) for cell, result in judged if errors.get(cell) is not None]
    if len(known) < 2:
        return None
    (first, high, error), (second, low, other) = known
    apart = float(f"{error:.4g}") - float(f"{other:.4g}")  # what reads the same is in no order
    if abs(high - low) < baselines.LEVEL or (high - low) * apart <= 0.0:
        return None
    ahead, less = (first, second) if high > low else (second, first)
    return say(
        "By {called} the {less} is ahead; the {ahead} is by {judged}, which is what is judged.",
        called=called,
        less=title(less),
        ahead=title(ahead),
        judged=words.measure(verdict.metric),
    )
