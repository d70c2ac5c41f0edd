"""How often is a verdict wrong? Simulated comparisons with a known answer, judged by the product's own rules.

    python benchmarks/verdicts/calibration.py             every case; goes on where it was stopped
    python benchmarks/verdicts/calibration.py --draws 400 with so many comparisons of each case at most, kept beside
    python benchmarks/verdicts/calibration.py --quick     does it run at all; its figures mean little

Finished cases are kept in benchmarks/results/calibration.jsonl, those of --quick in runs/. docs/statistics.md says what
is simulated and what came out.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from _records import RESULTS, Records
from _rules import present, up_to_date
from _simulate import BEYOND, CASES, Case, Rates, simulate
from _simulate_choices import CHOICES, Choosing, choose
from _simulate_kinds import KINDS, RARITIES, Kinds, simulate_kinds
from _simulate_panels import APART as SERIES_APART
from _simulate_panels import PANELS, Panel, simulate_panel
from _simulate_stated import Calibrated, stated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WRONG, HARD, COVERED = 0.05, 0.07, 0.93
"""The bars: what is wrong at most, the same where runs are exponential or fail, and intervals that cover at least."""

APART = 0.05
"""How far a stated probability may lie from how often it comes true."""

Row = dict[str, object]
C = TypeVar("C", Case, Choosing, Kinds, Panel)


def main() -> None:
    """The command."""
    options = _options()
    out = options.out or (Path("runs/calibration-quick.jsonl") if options.quick else RESULTS / "calibration.jsonl")
    kept, kept_choices = Kept(out, present("simulated")), Kept(out, present("simulated choices"))
    kept_panels, kept_kinds = Kept(out, present("simulated panels")), Kept(out, present("simulated kinds"))
    cases = _run(simulate, CASES, options, kept)
    choices = _run(choose, CHOICES, options, kept_choices)
    panels, apart = (_run(simulate_panel, of, options, kept_panels) for of in (PANELS, SERIES_APART))
    kinds, rarities = (_run(simulate_kinds, of, options, kept_kinds) for of in (KINDS, RARITIES))
    beyond = _run(simulate, BEYOND, options, kept)
    for title, rows in (
        ("Every case", cases),
        ("The luck of choosing", choices),
        ("Several series", panels),
        ("Several series, wrongly taken apart", apart),
        ("Rare kinds in blocks of many sizes", kinds),
        ("Beyond the promise", beyond + rarities),
    ):
        print(f"\n## {title}\n")
        print(_table(rows))
    print("\n## Stated probabilities\n")
    sure = stated(100 * most(options) // 40)
    print(_table([asdict(one) for one in sure.bins]))
    print("\n## By kind of noise\n")
    print(_table(_summary(_wanted(CASES, options), cases)))
    redrawn = [row for row in choices if "redrawn" in str(row["case"])]
    kept_bars = _judge(_wanted(CASES, options), cases, redrawn, panels, kinds)
    sys.exit(not (_judge_stated(sure) and kept_bars))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0], allow_abbrev=False)
    parser.add_argument("--out", type=Path, help="where finished cases are kept")
    parser.add_argument("--draws", type=int, help="comparisons of each case at most")
    parser.add_argument("--quick", action="store_true", help="every tenth case, 50 comparisons each")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    return parser.parse_args()


class Kept:
    """Finished cases, so that a run that was stopped goes on."""

    def __init__(self, path: Path, rules: str) -> None:
        self.records, self.rules = Records(path, "case"), rules
        found = [record for record in self.records.read().values() if up_to_date(record["rules"]) == rules]
        self.rows = {record["case"]: _row(record["case"], Rates(**record["rates"])) for record in found}

    def add(self, case: str, rates: Rates) -> None:
        self.rows[case] = _row(case, rates)
        self.records.add({"rules": self.rules, "case": case, "rates": rates.record()})


def _row(case: str, rates: Rates) -> Row:
    return {"case": case, **rates.record()}


def _run(work: Callable[[C, int], Rates], cases: Sequence[C], options: argparse.Namespace, kept: Kept) -> list[Row]:
    """The rows of all cases, those that are kept already and those computed now."""
    wanted = _wanted(cases, options)
    draws = {case: min(most(options), case.draws) for case in wanted}
    missing = [case for case in wanted if _name(case, draws[case]) not in kept.rows]
    started = time.monotonic()
    with ProcessPoolExecutor(options.workers) as pool:
        found = pool.map(work, missing, [draws[case] for case in missing])
        for done, (case, rates) in enumerate(zip(missing, found, strict=True), 1):
            kept.add(_name(case, draws[case]), rates)
            if sys.stderr.isatty() or done % 50 == 0:
                left = (time.monotonic() - started) / done * (len(missing) - done)
                print(f"{done} of {len(missing)}, {left / 60:.0f} min left", file=sys.stderr, flush=True)
    return [kept.rows[_name(case, draws[case])] for case in wanted]


def most(options: argparse.Namespace) -> int:
    """Comparisons of a case at most."""
    return 50 if options.quick else options.draws or 4000


def _wanted(cases: Sequence[C], options: argparse.Namespace) -> list[C]:
    return list(cases)[:: 10 if options.quick else 1]


def _name(case: Case | Choosing | Kinds | Panel, draws: int) -> str:
    return f"{case.name} ({draws})"


def _table(rows: list[Row]) -> str:
    keys = list(rows[0])
    body = [[f"{row[key]:.3f}" if isinstance(row[key], float) else str(row[key]) for key in keys] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in (keys, ["---"] * len(keys), *body))


def _summary(cases: list[Case], rows: list[Row]) -> list[Row]:
    """The worst of each kind of noise, with one look and with several."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for case, row in zip(cases, rows, strict=True):
        looks = "one look" if len(case.looks) == 1 else "several looks"
        groups.setdefault((_kind(case), looks), []).append(row)
    return [
        {
            "noise": kind,
            "looks": looks,
            "cases": len(found),
            **{f"{key} at worst": max(_figure(row, key) for row in found) for key in ("strict", "better", "claim")},
            "covered at least": min(_figure(row, "covered") for row in found),
        }
        for (kind, looks), found in sorted(groups.items())
    ]


def _kind(case: Case) -> str:
    if case.accuracy:
        return "accuracy, rare examples"
    tied = f", blocks correlated by {case.correlation:g}" if case.correlation else ""
    tied += f", {case.ties:.0%} ties" if case.ties else ""
    return f"runs {case.runs}, tests {case.tests}{tied}" + (", near the simple rule" if case.above < 50 else "")


def _figure(row: Row, key: str) -> float:
    return float(str(row[key]))


def _judge(of: list[Case], cases: list[Row], redrawn: list[Row], panels: list[Row], kinds: list[Row]) -> bool:
    """Print the worst cases beside the bars; True when they are kept."""
    hard = [case.runs in ("skewed", "failing") or case.tests == "skewed" for case in of]
    plain, skewed = (
        [row for row, is_hard in zip(cases, hard, strict=True) if is_hard == kind] for kind in (False, True)
    )
    none = [row for case, row in zip(of, cases, strict=True) if case.difference == 0.0]
    alike = [row for row in panels if "difference 0," in str(row["case"])]
    bars = [
        ("wrong by the strict count", plain, "strict", WRONG),
        ("the same, exponential and failing noise", skewed, "strict", HARD),
        ("false winners without a difference, in any scope", none, "better", WRONG),
        ("wrong with choices redrawn", redrawn, "claim", WRONG),
        ("wrong on several series by the strict count", panels, "strict", WRONG),
        ("false winners on several series without a difference", alike, "better", WRONG),
        ("wrong on rare kinds in blocks of many sizes", kinds, "strict", WRONG),
    ]
    print()
    met = []
    for what, rows, key, bar in bars:
        worst = max(rows, key=lambda row: _figure(row, key))
        met.append(_figure(worst, key) <= bar)
        print(f"- {'met' if met[-1] else 'MISSED'}: {what}: {_figure(worst, key):.4f} at {worst['case']}")
    least = min([*cases, *redrawn], key=lambda row: _figure(row, "covered"))
    met.append(_figure(least, "covered") >= COVERED)
    print(f"- {'met' if met[-1] else 'MISSED'}: intervals cover: {_figure(least, 'covered'):.4f} at {least['case']}")
    return all(met)


def _judge_stated(found: Calibrated) -> bool:
    """The same for stated probabilities, in bins that hold a hundredth of the comparisons."""
    worst = max(found.bins, key=lambda one: abs(one.stated - one.true))
    off = abs(worst.stated - worst.true)
    met = [off <= APART, found.brier <= found.flat]
    where = f"{worst.what}, stated {worst.stated:.3f}, true {worst.true:.3f}"
    print(f"- {'met' if met[0] else 'MISSED'}: stated probabilities come true: off by {off:.3f} at {where}")
    print(f"- {'met' if met[1] else 'MISSED'}: Brier score {found.brier:.4f}, by a flat prior {found.flat:.4f}")
    return all(met)


if __name__ == "__main__":
    main()
