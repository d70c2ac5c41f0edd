"""Next symbols and frames in their own words: bits a character, perplexity, accuracy, whole pieces solved; nats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.languages import mark, say
from gatewise.metrics import metric_named
from gatewise.report import words
from gatewise.text import with_commas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gatewise.run.plan import Plan
    from gatewise.run.verdict import BaselineResult, CellResult, Verdict

BITS = {"character": mark("bits/char"), "word": mark("bits/word"), "event": mark("bits/event")}
"""Head of the column of bits, by what is told."""

SYMBOLS = {"character": mark("characters"), "word": mark("words"), "event": mark("events")}
"""What is told, in words."""

PIECES = {
    "line": mark("lines"),
    "text": mark("texts"),
    "case": mark("cases"),
    "document": mark("documents"),
}
"""What a text or a log is cut into, in words."""


def told(plan: Plan) -> bool:
    """Whether next symbols are told."""
    return metric_named(plan.metric).of == "symbols"


def heads(plan: Plan) -> tuple[str, ...]:
    """Heads of the columns that cells and rules have of their own; none for other tasks."""
    if metric_named(plan.metric).of == "frames":
        return (say("nats/step"),)
    return (say(BITS[str(plan.section["unit"])]), say("perplexity")) if told(plan) else ()


def tells_loss(plan: Plan) -> bool:
    """Whether the first of `heads` is the test loss itself, which then needs no column of its own."""
    return plan.metric in ("bits", "nats")


def numbers(result: CellResult | BaselineResult) -> tuple[str, ...]:
    """What stands below `heads`; nothing where no bits are known.

    Perplexity is 2 to the bits: as many symbols, each as likely as the others, would be as hard to tell.
    """
    if "nats" in result.beside:
        return (f"{result.beside['nats']:.3f}",)
    bits = result.beside.get("bits")
    return ("", "") if bits is None else (f"{bits:.3f}", words.amount(2.0**bits) if bits < 1000.0 else "–")


SHARES = ("accuracy", "solved")
"""Scores of `beside` that are shares."""


def columns(verdict: Verdict, plan: Plan) -> dict[str, str]:
    """Columns of the first screen for symbols and frames: head -> name of the score in `beside`; those that are known.

    What is judged itself has its column already.
    """
    if metric_named(plan.metric).of == "frames":
        return {say("nats/step"): "nats"}
    if not told(plan):
        return {}
    known = [score for result in verdict.cells.values() for score in result.beside if result.beside[score]]
    judged = {"accuracy": "accuracy", "solved": "solved"}.get(words.unit(plan.metric))
    heads = {
        say(BITS[str(plan.section["unit"])]): "bits",
        say("right"): "accuracy",
        say("solved"): "solved",
    }
    return {head: score for head, score in heads.items() if score in known and score != judged}


def beside(result: CellResult | BaselineResult, scores: Iterable[str]) -> list[str]:
    """What stands below `columns`; nothing where a score is not known."""
    found = [(score, result.beside.get(score)) for score in scores]
    return ["" if one is None else _share(one) if score in SHARES else f"{one:.3f}" for score, one in found]


def _share(value: float) -> str:
    return words.percent(value) if value else "0 %"


def terms(verdict: Verdict, plan: Plan) -> Iterator[str]:
    """What the heads of `columns` mean."""
    heads = columns(verdict, plan)
    if "accuracy" in heads.values():
        yield say("right: {symbols} guessed right.", symbols=say(SYMBOLS[str(plan.section["unit"])]))
    if "solved" in heads.values():
        yield say("solved: {pieces} without a mistake.", pieces=pieces(plan))


METRICS = {"accuracy": "symbol-accuracy", "solved": "solved"}
"""What `--metric` calls a share."""

MUCH = 0.05
"""Shares that are so far apart are told where they point the other way than what is judged."""


def outdone(verdict: Verdict, plan: Plan) -> str | None:
    """That a cell is far ahead of what is to be taken by a share that is not what is judged; None for none.

    Which metric judges by that share is said, for then the cell may be what to take.
    """
    cells = {cell: result.beside for cell, result in list(verdict.cells.items())[:2]}
    bars = [rule for rule in verdict.baselines if rule.bar]
    if verdict.recommendation in cells:
        own, beside = title(verdict.recommendation), cells[verdict.recommendation]
    elif len(bars) == 1:
        own, beside = words.rule(bars[0].name), bars[0].beside
    else:
        return None
    for score in [score for score in columns(verdict, plan).values() if score in SHARES]:
        most, best = max((shares.get(score, 0.0), cell) for cell, shares in cells.items())
        if most - beside.get(score, 0.0) >= MUCH:
            told = mark(
                "if {what} must be right, {cell} looks better ({share}, {own} {other}): compare with --metric {metric}"
                " before you choose"
            )
            of = {
                "solved": say("whole {pieces}", pieces=pieces(plan)),
                "accuracy": say(SYMBOLS[str(plan.section["unit"])]),
            }
            other, metric = _share(beside.get(score, 0.0)), METRICS[score]
            return say(told, what=of[score], cell=title(best), share=_share(most), own=own, other=other, metric=metric)
    return None


def loss(verdict: Verdict, plan: Plan) -> str | None:
    """Head of the column of `columns` that is the loss, of which less is better; None for other tasks."""
    heads = columns(verdict, plan)
    return next((head for head, score in heads.items() if score in ("bits", "nats")), None)


def right(verdict: Verdict, plan: Plan) -> str | None:
    """How many symbols each cell and the bar tell right, and how many whole pieces; None for other tasks."""
    if not told(plan):
        return None
    symbols = say(SYMBOLS[str(plan.section["unit"])])
    found = [(title(cell), result.beside) for cell, result in list(verdict.cells.items())[:2]]
    found += [(words.rule(rule.name), rule.beside) for rule in verdict.baselines if rule.bar][:1]
    known = [(who, scores) for who, scores in found if "accuracy" in scores]
    each = [f"{who} {words.percent(scores['accuracy'])}" for who, scores in known]
    whole = [words.percent(scores.get("solved", 0.0)) for _, scores in known]
    if not any(scores.get("solved") for _, scores in known):
        return say("{each} of {symbols}", each=with_commas(each), symbols=symbols) if each else None
    return say(
        "{each} of {symbols}; whole {pieces} {whole}",
        each=with_commas(each),
        symbols=symbols,
        pieces=pieces(plan),
        whole=with_commas(whole),
    )


def pieces(plan: Plan) -> str:
    """What a text or a log is cut into."""
    called = str(plan.section.get("called", "text"))
    return say(PIECES.get(called, f"{called}s"))
