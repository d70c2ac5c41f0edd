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
    from collections.abc import Iterator
    from pathlib import Path

    from gatewise.documents import Plan, Verdict
    from gatewise.judge import Look, Pairs

    Bar = tuple[str, bool]


def tables(out: Path, deals: int) -> bool:
    """Print every table for the runs that are there, then the bars; True when all of them are kept."""
    bars = [*_selves(out, deals), *_planted(out, deals), *_decisive(out)]
    print("\n## Bars\n")
    for text, met in bars:
        print(f"- {'met' if met else 'MISSED'}: {text}")
    return all(met for _, met in bars)


def _print(title: str, heads: list[str], rows: list[list[str]]) -> None:
    print(f"\n## {title}\n")
    for cells in (heads, ["---"] * len(heads), *rows):
        print("| " + " | ".join([*cells, *[""] * (len(heads) - len(cells))]) + " |", flush=True)


def _selves(out: Path, deals: int) -> list[Bar]:
    rows, worst = [], 0.0
    for question, plan, pairs in _pools(out, SELVES):
        for cell in plan.cells[:2]:
            found = against_itself(plan, pairs, cell, deals)
            won = (found[cell] + found[f"{cell}#2"]) / deals
            worst = max(worst, won)
            alike = (found["equal"] + found["not-worse"] + found["neither"]) / deals
            ends = _ends(out, "selves", question) if cell == "gru" else ""
            rows.append([question.name, cell, *(f"{s:.1%}" for s in (won, alike, found["undecided"] / deals)), ends])
    _print("A cell against itself", ["set", "cell", "false winners", "no winner", "undecided", "end to end"], rows)
    return [(f"false winners at most {worst:.1%}, wanted 5 %", worst <= 0.05)]


def _planted(out: Path, deals: int) -> list[Bar]:
    rows, bars = [], []
    for question, plan, pairs in _pools(out, PLANTED):
        found = redealt(plan, pairs, deals)
        share = sum(found[name] for name in question.right) / deals
        right, ends = " or ".join(sorted(question.right)), _ends(out, "planted", question)
        rows.append([question.name, right, _whole(plan, pairs)[0], f"{share:.1%}", _counted(found, deals), ends])
        bars.append((f"{question.name}: right in {share:.1%}, wanted 95 %", share >= 0.95))
    heads = ["data", "right", "all pairs say", "right, of dealt", "dealt", "end to end"]
    _print("Planted truths", heads, rows)
    return bars


def _decisive(out: Path) -> list[Bar]:
    rows, compared = [], []
    for question, plan, pairs in _pools(out, REAL):
        whole, look = _whole(plan, pairs)
        row = [question.name, whole]
        rows.append(row)
        if look.decision is None:
            continue
        difference = look.decision.difference
        low, high = difference.interval(0.95)
        row += [f"{difference.estimate:+.4f}", f"{low:+.4f} to {high:+.4f}"]
        for verdict in _verdicts(out, "default", question):
            why = verdict.undecided
            smallest = why.smallest_margin if why else None
            best = {plan.cells[k]: over.estimate for k, over in enumerate(look.decision.over)} | {"baseline": 0.0}
            regret = max(best.values()) - best[verdict.recommendation]
            compared.append((whole, verdict, regret))
            row += [
                verdict.verdict, str(verdict.pairs), why.cause if why else "", f"{smallest:.3g}" if smallest else "",
                verdict.recommendation, f"{regret:.4f}",
            ]  # fmt: skip
    heads = [
        "set",
        "all pairs say",
        "difference",
        "95 %",
        "default says",
        "pairs",
        "cause",
        "decides",
        "takes",
        "regret",
    ]
    _print("Exhaustive and default", heads, rows)
    return _decided(compared) if compared else []


def _decided(compared: list[tuple[str, Verdict, float]]) -> list[Bar]:
    """What default runs make of sets that all pairs decide, and what their recommendations lose."""
    both = [(whole, verdict) for whole, verdict, _ in compared if whole != "undecided"]
    left = sum(verdict.verdict == "undecided" for _, verdict in both)
    against = [verdict.verdict for whole, verdict in both if _contradicts(whole, verdict)]
    mean, most = sum(regret for *_, regret in compared) / len(compared), max(regret for *_, regret in compared)
    return [
        (f"default leaves {left} of {len(both)} decided sets undecided, wanted 10 %", left <= 0.1 * len(both)),
        (f"verdicts against all pairs: {', '.join(against) or 'none'}", not against),
        (f"regret {mean:.4f} on average, {most:.4f} at most; wanted 0.005, 0.02", mean <= 0.005 and most <= 0.02),
    ]


def _contradicts(whole: str, verdict: Verdict) -> bool:
    """Whether two verdicts cannot both be so; `not-worse` goes with `equal`, and with the cheaper cell's lead."""
    said = verdict.verdict
    if "undecided" in (whole, said) or whole == said:
        return False
    if "not-worse" in (whole, said):
        other = said if whole == "not-worse" else whole
        return other not in ("equal", verdict.recommendation)
    return True


def _whole(plan: Plan, pairs: Pairs) -> tuple[str, Look]:
    """What all pairs of a pool say, taken as the one look there is."""
    plan = plan.model_copy(update={"looks": ()})
    look = look_at(plan, pairs, last=True)
    return outcome(plan, look)[0], look


def _pools(out: Path, questions: list[Question]) -> Iterator[tuple[Question, Plan, Pairs]]:
    """The pools that are finished."""
    for question in questions:
        folder = RunFolder(out / "exhaustive" / question.name)
        if folder.finished:
            yield question, *pool(folder)


def _verdicts(out: Path, kind: str, question: Question) -> list[Verdict]:
    folders = [RunFolder(path) for path in sorted((out / kind).glob(f"{question.name}-[0-9]"))]
    return [folder.verdict() for folder in folders if folder.finished]


def _ends(out: Path, kind: str, question: Question) -> str:
    return ", ".join(verdict.verdict for verdict in _verdicts(out, kind, question))


def _counted(found: Counter[str], deals: int) -> str:
    return ", ".join(f"{name} {count / deals:.1%}" for name, count in found.most_common())
