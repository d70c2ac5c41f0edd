"""How often is a verdict wrong? Simulated comparisons with a known answer, judged by the product's own rules.

    python benchmarks/calibration.py             every case; goes on where it was stopped
    python benchmarks/calibration.py --quick     does it run at all; its figures mean little

docs/statistics.md says what is simulated and what came out.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from _simulate import CASES, Case, simulate
from _simulate_choices import CHOICES, Choosing, choose

if TYPE_CHECKING:
    from collections.abc import Iterable

WRONG, COVERED = 0.05, 0.93
"""The bars: wrong verdicts at most, and 95 % intervals that cover at least."""

Row = dict[str, object]


def main() -> None:
    """The command."""
    options = _options()
    kept = _Kept(options.out)
    rows = {
        "cases": _run(simulate, CASES, options, kept),
        "choices": _run(choose, CHOICES, options, kept),
    }
    for name, found in rows.items():
        print(f"\n## {name}\n")
        print(_table(found))
    sys.exit(not _judge(rows["cases"], rows["choices"]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0], allow_abbrev=False)
    parser.add_argument(
        "--out", type=Path, default=Path("runs/calibration.jsonl"), help="where finished cases are kept"
    )
    parser.add_argument("--quick", action="store_true", help="every tenth case, 50 comparisons each")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    return parser.parse_args()


class _Kept:
    """Finished cases, a line each, so that a run that was stopped goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        self.rows = {json.loads(line)["case"]: json.loads(line) for line in lines}

    def add(self, row: Row) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        self.rows[str(row["case"])] = row


def _run(work: object, cases: Iterable[Case | Choosing], options: argparse.Namespace, kept: _Kept) -> list[Row]:
    """The rows of all cases, those that are kept already and those computed now."""
    wanted = list(cases)[:: 10 if options.quick else 1]
    draws = {case: 50 if options.quick else case.draws for case in wanted}
    missing = [case for case in wanted if _name(case, draws[case]) not in kept.rows]
    started = time.monotonic()
    with ProcessPoolExecutor(options.workers) as pool:
        found = pool.map(work, missing, [draws[case] for case in missing])  # type: ignore[arg-type]
        for done, (case, rates) in enumerate(zip(missing, found, strict=True), 1):
            kept.add({"case": _name(case, draws[case])} | rates.record())
            if sys.stderr.isatty() or done % 50 == 0:
                left = (time.monotonic() - started) / done * (len(missing) - done)
                print(f"{done} of {len(missing)}, {left / 60:.0f} min left", file=sys.stderr, flush=True)
    return [kept.rows[_name(case, draws[case])] for case in wanted]


def _name(case: Case | Choosing, draws: int) -> str:
    return f"{case.name} ({draws})"


def _table(rows: list[Row]) -> str:
    keys = list(rows[0])
    lines = [
        keys,
        ["---"] * len(keys),
        *([f"{row[k]:.3f}" if isinstance(row[k], float) else str(row[k]) for k in keys] for row in rows),
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _judge(cases: list[Row], choices: list[Row]) -> bool:
    """Print the worst cases beside the bars; True when they are kept."""
    wrong = max(cases, key=lambda row: float(str(row["wrong"])))
    cover = min(cases, key=lambda row: float(str(row["covered"])))
    winner = max(choices, key=lambda row: float(str(row["wrong"])))
    lines = [
        ("wrong verdicts, worst case", float(str(wrong["wrong"])) <= WRONG, wrong["wrong"], wrong["case"]),
        ("95 % intervals cover, worst case", float(str(cover["covered"])) >= COVERED, cover["covered"], cover["case"]),
        ("false winners with choices redrawn", float(str(winner["wrong"])) <= WRONG, winner["wrong"], winner["case"]),
    ]
    print()
    for what, met, figure, where in lines:
        print(f"- {'met' if met else 'MISSED'}: {what}: {float(str(figure)):.4f} at {where}")
    return all(met for _, met, _, _ in lines)


if __name__ == "__main__":
    main()
