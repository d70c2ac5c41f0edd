"""The report: one self-contained page that opens offline, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gatewise.arms import title
from gatewise.errors import RunError
from gatewise.judge import wording
from gatewise.report import figures, method, opinions, summary, words
from gatewise.run.write import write_text
from gatewise.text import upward, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict


def render(verdict: Verdict, plan: Plan, environment: Mapping[str, object]) -> str:
    """The report as HTML text.

    Args:
        verdict: What was found.
        plan: The plan it was found by.
        environment: Versions and machine, as in environment.json; nested tables are flattened.
    """
    page = _templates().get_template("report.html")
    return page.render(
        verdict=verdict,
        plan=plan,
        environment=list(_flat(environment)),
        terms=method.terms(plan, verdict),
        meaning=words.meaning(verdict.verdict, plan.cells, verdict.recommendation),
        outlook=_outlook(verdict),
        difference=_figure(figures.difference_figure(verdict)),
        difference_info=figures.difference_info(verdict),
        pairs=_figure(figures.pairs_figure(verdict, plan)),
        pairs_info=figures.pairs_info(verdict, plan),
        opinions=opinions.terms(verdict, plan),
        tuning=_figure(figures.tuning_figure(verdict, plan)),
        tuning_info=figures.tuning_info(verdict, plan),
        causes=words.CAUSES,
        metrics=words.METRICS,
        units=words.UNITS,
    )


def write(path: Path, verdict: Verdict, plan: Plan, environment: Mapping[str, object]) -> Path:
    """Write the report to ``path``, whole or not at all, and return the path.

    Raises:
        RunError: The folder is gone, cannot be written, or the disk is full.
    """
    if not path.parent.is_dir():
        raise RunError(f"{path} could not be written: {path.parent} is not a folder. Make it, or choose another one")
    write_text(path, render(verdict, plan, environment))
    return path


def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("gatewise.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shared = (
        words.rule,
        words.unit,
        words.score,
        words.half,
        words.signed,
        upward,
        wording.words,
        words.percent,
        words.measured,
    )
    found.filters.update({"title_of": title} | {function.__name__: function for function in shared})
    found.globals.update(summary=summary)
    return found


def _visible(value: object) -> object:
    """Write out control and direction marks in text from the data; markup made here passes."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(map(visible, value.split("\n")))
    return value


def _figure(svg: str | None) -> Markup | None:
    """Vega escapes the text of its drawings, and no text from the data enters them."""
    return None if svg is None else Markup(svg)  # noqa: S704


def _outlook(verdict: Verdict) -> list[tuple[str, str, float]]:
    """The three things the difference may be: CSS name, text and probability, second cell's lead first."""
    if verdict.probabilities is None or verdict.difference is None:
        return []
    first, second = verdict.difference.first, verdict.difference.second
    return [
        ("cell-2", f"{title(second)} better by more than the margin", verdict.probabilities[second]),
        ("same", "practically equal", verdict.probabilities["equal"]),
        ("cell-1", f"{title(first)} better by more than the margin", verdict.probabilities[first]),
    ]


def _flat(table: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Entries of nested tables with their path: ``("versions.torch", "2.13.0")``."""
    for key, value in table.items():
        name = f"{above}.{key}" if above else str(key)
        if isinstance(value, dict):
            yield from _flat(value, name)
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
