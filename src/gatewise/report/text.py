"""The final panel in the terminal: verdict, advice and its risk, a table of the cells, and what to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.report import baselines, summary, symbols, words
from gatewise.text import begun, counted, listed, shorten, upward

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from gatewise.run.card import ModelCard
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict


NO_HALF = " " * len(" ± 0.000")
"""Keeps the scores of rules, which have no interval, in line with those of the cells."""


def panel(verdict: Verdict, plan: Plan, card: ModelCard | None = None) -> RenderableType:
    """The verdict as a panel for a terminal of 80 columns or more; plain text without colour reads the same.

    Args:
        verdict: What was found.
        plan: The plan it was found by.
        card: What model.json says of the recommended model; None where there is none.
    """
    parts: list[RenderableType] = [
        Text(summary.headline(verdict, plan), style="bold"),
        Text(shorten(f"{wording.words(verdict.claim)}.", 600)),
        Text(),
        Text(summary.advice(verdict), style="bold"),
    ]
    if verdict.cells or verdict.baselines:
        parts += [Text(), _table(verdict, plan)]
    parts += [Text(), _notes(verdict, plan, card)]
    return Panel(Group(*parts), box=box.ROUNDED, padding=(1, 2), width=None)


def _table(verdict: Verdict, plan: Plan) -> Table:
    """A row for each cell, then the baseline to beat, then rules that did better than it on the test examples."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("", overflow="fold")
    own = tuple(head.replace("/", "/\n") for head in symbols.heads(plan))
    for head in (*own, words.unit(verdict.metric), "hidden\nwidth", "parameters", "seconds\na fit", "µs a\nstep"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("above\nbaseline", overflow="fold")
    for label, result in verdict.cells.items():
        cost = verdict.costs.cells.get(label)
        table.add_row(
            Text(title(label), style="bold" if label == verdict.recommendation else ""),
            *(symbols.numbers(result) if own else ()),
            summary.scored(verdict, result),
            f"{result.hidden_size:,}",
            f"{result.parameters:,}",
            words.measured(cost.seconds_per_fit if cost else None),
            words.measured(cost.microseconds_per_step if cost else None),
            result.above_baseline,
        )
    found, bars = baselines.bar(verdict), [rule for rule in verdict.baselines if rule.bar]
    if found:
        first = (symbols.numbers(bars[0]) if len(bars) == 1 else ("",) * len(own)) if own else ()
        table.add_row(Text(found.name), *first, words.score(found.score) + NO_HALF, *[""] * 4, "baseline")
    for better in baselines.better(verdict):
        first = symbols.numbers(better) if own else ()
        table.add_row(Text(words.rule(better.name)), *first, words.score(better.score) + NO_HALF, *[""] * 4, "better")
    return table


def _notes(verdict: Verdict, plan: Plan, card: ModelCard | None) -> Table:
    """Everything else, as label and sentence."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for label, text in _lines(verdict, plan, card):
        grid.add_row(Text(label), Text(text, style="yellow" if label == "Warning" else ""))
    return grid


def _lines(verdict: Verdict, plan: Plan, card: ModelCard | None) -> Iterator[tuple[str, str]]:
    trained, risk, right = summary.trained(card), summary.risk(verdict), symbols.right(verdict, plan)
    if trained:
        yield "Model", f"{begun(trained)}."
    if right:
        yield "Right", f"{right}."
    if risk:
        yield "Risk", " ".join(risk)
    if root := summary.root(verdict):
        yield root, f"{summary.errors(verdict)}."
    if verdict.difference:
        yield "Difference", summary.difference(verdict.difference, verdict.metric, verdict.margin) + "."
    yield "Means", words.meaning(verdict.verdict, plan.cells, summary.named(verdict)).means
    yield "", words.meaning(verdict.verdict, plan.cells, summary.named(verdict)).means_not
    if verdict.undecided:
        found = verdict.undecided
        yield "Why open", f"{words.CAUSES[found.cause].capitalize()}: {wording.words(found.reason)}."
        if found.smallest_margin is not None:
            smallest = upward(found.smallest_margin)
            yield "", f"With unlimited pairs these test data can decide a margin of {smallest}."
        remedy = wording.words(found.remedy)
        yield "To decide", f"{begun(remedy)}."
    if better := [words.rule(rule.name) for rule in baselines.better(verdict)]:
        which = "The rule" if len(better) == 1 else "The rules"
        yield "Note", f"{which} {listed(better)} beat the baseline on test data, though not on validation data."
    if out := baselines.left_out(verdict):
        yield "Left out", f"Simple rules {out}."
    for other in verdict.others:
        yield "Further", summary.other(other, verdict.metric) + "."
    yield "Textbook", summary.textbook(verdict)
    yield "Evidence", f"{summary.subject(plan)}; {counted(verdict.pairs, 'pair')}, {counted(verdict.fits, 'fit')}."
    for note in verdict.notes:
        yield "Reading", shorten(f"{begun(note)}.", 300)
    for warning in verdict.warnings:
        yield "Warning", wording.words(warning)
