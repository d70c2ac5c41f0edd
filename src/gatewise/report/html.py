"""The report: one self-contained page that opens offline, without JavaScript."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gatewise.arms import title as title_of
from gatewise.errors import RunError
from gatewise.judge import wording
from gatewise.report import spoken, summary, words
from gatewise.report.glossary import TERMS
from gatewise.report.sections import SECTIONS
from gatewise.run.write import write_text
from gatewise.text import upward, visible

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.report.given import Given

OPTION = re.compile(r"--[a-z][a-z-]*(?: [\d.]*\d)?")


def render(given: Given) -> str:
    """The report as HTML text; nested tables of the environment are flattened."""
    explained: dict[str, str] = {}
    verdict, plan, templates = given.verdict, given.plan, _templates(explained)
    sections = [
        Markup(templates.get_template(f"sections/{section.template}").render(verdict=verdict, plan=plan, **values))  # noqa: S704 rendered with escapes
        for section in SECTIONS
        if (values := section.values(given)) is not None
    ]
    page = templates.get_template("templates/report.html")
    return page.render(
        title=f"{summary.headline(verdict, plan)} · {summary.subject(plan)}", sections=sections, explained=explained
    )


def write(path: Path, given: Given) -> Path:
    """Write the report to ``path``, whole or not at all, and return the path.

    Raises:
        RunError: The folder is gone, cannot be written, or the disk is full.
    """
    if not path.parent.is_dir():
        raise RunError(f"{path} could not be written: {path.parent} is not a folder. Make it, or choose another one")
    write_text(path, render(given))
    return path


def _templates(explained: dict[str, str]) -> Environment:
    """The templates; ``explained`` gets every term that a section explains."""
    found = Environment(
        loader=PackageLoader("gatewise.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shared = (
        words.rule,
        words.unit,
        words.measure,
        words.score,
        words.signed,
        upward,
        wording.words,
        words.percent,
        words.measured,
        words.amount,
        size,
        typed,
    )

    def used(text: str, word: str) -> str:
        explained[word] = text
        return text

    found.filters.update({"title_of": title_of} | {function.__name__: function for function in shared})
    found.filters["used"] = used
    found.globals["terms"] = TERMS
    spoken.teach(found)
    return found


def size(value: float | None) -> str:
    """A number of the data with four digits, a large one without decimals; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e9 else f"{value:.4g}"


def typed(text: str) -> Markup:
    """Text in which options stay in one piece: a browser breaks a line after the hyphens of ``--fits``."""
    shown = str(_visible(text))
    around, options = OPTION.split(shown), OPTION.findall(shown)
    kept = [Markup('<span class="typed">{}</span>').format(option) for option in options]
    return Markup("").join(part for pair in zip_longest(around, kept, fillvalue="") for part in pair)


def _visible(value: object) -> object:
    """Write out control and direction marks in text from the data; markup made here passes."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(map(visible, value.split("\n")))
    return value
