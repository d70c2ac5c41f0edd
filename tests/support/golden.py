"""The golden pages: report and panel of the finished runs in tests/fixtures, as they look today.

After a change that is meant to be seen, type from the root: python tests/support/golden.py, and look at what git
shows as changed.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from gatewise.report import html, text
from gatewise.report.write import given_of
from gatewise.run.folder import RunFolder, open_run

GOLDEN = Path(__file__).parents[1] / "report" / "golden"
RUNS = sorted((Path(__file__).parents[1] / "fixtures").glob("format-*/*"))


def files(folder: RunFolder) -> dict[str, str]:
    """The ending of each golden file -> its text."""
    verdict, plan = folder.verdict(), folder.header().plan
    card = folder.card(verdict.recommendation)
    page = html.render(given_of(folder)._replace(path="runs/golden", source="data.csv"))
    shown = io.StringIO()
    Console(file=shown, width=100).print(text.panel(verdict, plan, card))
    return {"html": without_drawings(page), "txt": shown.getvalue()}


def without_drawings(page: str) -> str:
    """A page without what is inside its drawings, where text is as wide as the machine's fonts make it."""
    return re.sub(r"<svg.*?</svg>", "<svg></svg>", page, flags=re.DOTALL)


def name(run: Path) -> str:
    """What the golden files of a run are called."""
    return f"{run.parent.name}-{run.name}"


def main() -> None:
    """Write all of them anew."""
    GOLDEN.mkdir(exist_ok=True)
    for run in RUNS:
        for ending, content in files(open_run(run)).items():
            (GOLDEN / f"{name(run)}.{ending}").write_text(content, "utf-8")


if __name__ == "__main__":
    main()
