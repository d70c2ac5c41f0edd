"""Forecast: the last rows of the data, what cells and rule said of them when they were tested, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gatewise.arms import title
from gatewise.languages import mark, say, say_count
from gatewise.report import leads, words
from gatewise.report.charts import errors, forecast, windows
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section
from gatewise.text import with_commas

if TYPE_CHECKING:
    from markupsafe import Markup

    from gatewise.report.given import Given

WHICH = {
    "best": mark("The best test window"),
    "median": mark("The median test window"),
    "worst": mark("The worst test window"),
}
"""By the mean absolute error of both cells."""


class Shown(NamedTuple):
    """What is shown of one target of one series; windows and errors by step of the first one alone."""

    name: str
    drawing: Markup | None
    shown: list[tuple[str, str, Markup | None]]  # heading, errors in words, drawing
    errors: Markup | None
    told: str  # what the errors are, in one sentence; empty where they are not known


def values(given: Given) -> dict[str, object] | None:
    """The figures of each target of each series that is shown; nothing where nothing is forecast."""
    found = given.picture
    if found is None:
        return None
    cells = [cell for cell in given.plan.cells if cell in found.cells][:2]
    named = title(found.model) if found.model in given.plan.cells else words.rule(found.rule)
    return {
        "panels": [_panel(given, k) for k in range(len(found.panels))],
        "legend": [(f"cell-{given.plan.cells.index(cell) + 1}", title(cell)) for cell in cells],
        "accent": f"cell-{given.plan.cells.index(found.model) + 1}" if found.model in given.plan.cells else "",
        "rule": words.rule(found.rule),
        "model": named,
        "levels": sorted({level for panel in found.panels for level in panel.bands}),
        "windows": say_count("{count} test window", "{count:,} test windows", found.windows) if found.windows else "",
        "steps": say_count("{count} step", "{count:,} steps", len(found.panels[0].ahead)),
        "ahead": any(panel.ahead for panel in found.panels),
        "among": _among(given, len(found.panels)),
    }


def _among(given: Given, shown: int) -> str:
    """That there are more series, or targets of them, than are shown; empty where all are."""
    section: dict[str, Any] = given.plan.section
    targets, series = (len(section.get(name, ())) for name in ("targets", "names"))
    count = max(1, targets) * max(1, series)
    if shown >= count:
        return ""
    first = mark("Shown are the first {shown} of {count:,} series.")
    if targets > 1:
        first = mark("Shown are the first {shown} of {count:,}: each target of each series.")
    return say(first, shown=shown, count=count)


def _panel(given: Given, place: int) -> Shown:
    assert given.picture is not None
    panel = given.picture.panels[place]
    called = {cell: title(cell) for cell in given.plan.cells}
    shown = []
    for k, window in enumerate(panel.shown if place == 0 else ()):
        each = [f"{called.get(n) or words.rule(n)} {words.amount(off)}" for n, off in window.errors.items()]
        text = say("Mean absolute error: {each}", each=with_commas(each))
        shown.append((say(WHICH[window.which]), text, markup(windows.chart(given, place, k))))
    info, drawn = errors.info(given, place), markup(errors.chart(given, place)) if place == 0 else None
    told = [f"{info.description}."] if info else []
    means = {cell: sum(each) / len(each) for cell, each in panel.errors.items() if cell in called and each}
    if len(given.picture.panels) == 1:  # one of several says nothing of all
        told += filter(None, [leads.contradicted(given.verdict, means, say("mean absolute error"))])
    if not any(panel.tested.values()):
        told.append(say("The test part has no window among these rows: no forecast of it could be held against them."))
    return Shown(panel.title, markup(forecast.chart(given, place)), shown, drawn, " ".join(told))


SECTION = Section("forecast.html", values)
