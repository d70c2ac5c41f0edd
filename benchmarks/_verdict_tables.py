"""What came out of the runs of `verdicts.py`, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _exhaustive import pool
from _questions import PLANTED, REAL, SELVES, Question
from _redeal import against_itself, redealt

from gatewise.judge import look_at, outcome
from gatewise.results import RunFolder

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from gatewise.documents import Verdict


def tables(out: Path, deals: int) -> None:
    """Print every table for the runs that are there."""
    _print(
        "A cell against itself",
        ["set", "cell", "false winners", "equal", "undecided", "end to end"],
        _selves(out, deals),
    )
    _print(
        "Planted truths",
        ["data", "right", "all pairs say", "right, of dealt", "dealt", "end to end"],
        _planted(out, deals),
    )
    _print(
        "Exhaustive and default",
        ["set", "all pairs say", "difference", "95 %", "default says", "pairs", "cause", "decides", "takes", "regret"],
        _decisive(out),
    )


def _print(title: str, heads: list[str], rows: list[list[str]]) -> None:
    print(f"\n## {title}\n")
    for cells in (heads, ["---"] * len(heads), *rows):
        print("| " + " | ".join(cells) + " |")


def _selves(out: Path, deals: int) -> list[list[str]]:
    rows = []
    for question in SELVES:
        folder = _exhaustive(out, question)
        if folder is None:
            continue
        plan, pairs = pool(folder)
        for cell in plan.cells[:2]:
            found = against_itself(plan, pairs, cell, deals)
            won = sum(found[name] for name in (cell, f"{cell}#2"))
            alike = found["equal"] + found["not-worse"] + found["neither"]
            ends = _ends(out, "selves", question) if cell == "gru" else ""
            rows.append([question.name, cell, *(f"{n / deals:.1%}" for n in (won, alike, found["undecided"])), ends])
    return rows


def _planted(out: Path, deals: int) -> list[list[str]]:
    rows = []
    for question in PLANTED:
        folder = _exhaustive(out, question)
        if folder is None:
            continue
        plan, pairs = pool(folder)
        found = redealt(plan, pairs, deals)
        share = sum(found[name] for name in question.right) / deals
        whole = outcome(plan, look_at(plan.model_copy(update={"looks": ()}), pairs, last=True))[0]
        right = " or ".join(sorted(question.right))
        rows.append(
            [question.name, right, whole, f"{share:.1%}", _counted(found, deals), _ends(out, "planted", question)]
        )
    return rows


def _decisive(out: Path) -> list[list[str]]:
    rows = []
    for question in REAL:
        folder = _exhaustive(out, question)
        if folder is None:
            continue
        plan, pairs = pool(folder)
        look = look_at(plan.model_copy(update={"looks": ()}), pairs, last=True)
        row = [question.name, outcome(plan, look)[0]]
        if look.decision is None:
            rows.append([*row, *[""] * 8])
            continue
        difference = look.decision.difference
        low, high = difference.interval(0.95)
        row += [f"{difference.estimate:+.4f}", f"{low:+.4f} to {high:+.4f}"]
        for verdict in _verdicts(out, "default", question):
            why = verdict.undecided
            smallest = why.smallest_margin if why else None
            best = {plan.cells[k]: over.estimate for k, over in enumerate(look.decision.over)} | {"baseline": 0.0}
            regret = max(best.values()) - best[verdict.recommendation]
            row += [
                verdict.verdict, str(verdict.pairs), why.cause if why else "", f"{smallest:.3g}" if smallest else "",
                verdict.recommendation, f"{regret:.4f}",
            ]  # fmt: skip
        rows.append(row)
    return rows


def _exhaustive(out: Path, question: Question) -> RunFolder | None:
    folder = RunFolder(out / "exhaustive" / question.name)
    return folder if folder.finished else None


def _verdicts(out: Path, kind: str, question: Question) -> list[Verdict]:
    folders = [RunFolder(path) for path in sorted((out / kind).glob(f"{question.name}-[0-9]"))]
    return [folder.verdict() for folder in folders if folder.finished]


def _ends(out: Path, kind: str, question: Question) -> str:
    return ", ".join(verdict.verdict for verdict in _verdicts(out, kind, question))


def _counted(found: Counter[str], deals: int) -> str:
    return ", ".join(f"{name} {count / deals:.1%}" for name, count in found.most_common())
