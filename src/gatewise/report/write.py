"""From a run folder to its report: the one place where reports meet runs. Needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report import html
from gatewise.report.sections.section import Given
from gatewise.run.folder import finished

if TYPE_CHECKING:
    from pathlib import Path


def write_report(path: Path, to: Path | None = None) -> Path:
    """Write the report of the finished run in ``path``, by default into it; returns where the report lies."""
    folder = finished(path)
    verdict = folder.verdict()
    about = folder.environment(), folder.card(verdict.recommendation), folder.picture()
    given = Given(verdict, folder.header().plan, *about, folder.samples())
    return html.write(to or folder.report_path, given)
