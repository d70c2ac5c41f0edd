"""From a run folder to its report: the one place where reports meet runs. Needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report import html
from gatewise.report.given import Given
from gatewise.run.folder import finished

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.report.given import Curve
    from gatewise.run.folder import RunFolder


def write_report(path: Path, to: Path | None = None) -> Path:
    """Write the report of the finished run in ``path``, by default into it; returns where the report lies."""
    folder = finished(path)
    return html.write(to or folder.report_path, given_of(folder))


def given_of(folder: RunFolder) -> Given:
    """What a finished run gives to its page and to its charts."""
    verdict, header = folder.verdict(), folder.header()
    return Given(
        verdict=verdict,
        plan=header.plan,
        environment=folder.environment(),
        card=folder.card(verdict.recommendation),
        picture=folder.picture(),
        samples=folder.samples(),
        mistakes=folder.mistakes(),
        answers=folder.answers(),
        inputs=folder.inputs(),
        curves=_curves(folder),
        path=str(folder.path),
        source=header.source,
    )


def _curves(folder: RunFolder) -> dict[str, tuple[Curve, ...]]:
    """Cell -> the learning curves of its pairs on the rung that counts; empty where the fits are not there any more."""
    if not folder.fits_path.is_file():
        return {}
    with folder.stored_fits() as store:
        pairs = [(key, curve) for key, curve in store.curves() if key.phase == "pair"]
    last = max((key.rung for key, _ in pairs), default=0)
    found: dict[str, list[Curve]] = {}
    for key, curve in pairs:
        if key.rung == last and curve:
            found.setdefault(key.cell, []).append(curve)
    return {cell: tuple(curves) for cell, curves in found.items()}
