"""The sections of the page: each file is listed once, beside its template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatewise.report import sections
from gatewise.report.given import Given
from gatewise.report.sections import SECTIONS

FOLDER = Path(sections.__file__).parent


def test_every_section_is_listed_beside_its_template() -> None:
    """No file and no template is left out of the tuple."""
    listed = [Path(section.template).stem for section in SECTIONS]

    assert len(set(listed)) == len(listed)
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "section"} == set(listed)
    assert {path.stem for path in FOLDER.glob("*.html")} == set(listed)


def shown(sample: Any) -> list[str]:
    """The sections that a page of the sample has, in their order."""
    given = Given(sample.verdict, sample.plan, {})
    return [Path(section.template).stem for section in SECTIONS if section.values(given) is not None]


def test_what_has_nothing_to_say_is_left_out(build: Any) -> None:
    """A verdict needs no reasons for being open, and a run without any pair has neither figures nor tables."""
    whole = [
        *("headline", "recommendation", "undecided", "warnings", "evidence", "cells", "costs", "search", "opinions"),
        *("rules", "method", "again"),
    ]
    empty = build(
        "undecided", cells={}, baselines=(), difference=None, others=(), opinions=None, warnings=(), undecided=None
    )

    assert shown(build("undecided")) == whole
    assert "undecided" not in shown(build("lstm"))
    assert shown(empty) == ["headline", "recommendation", "costs", "method", "again"]
