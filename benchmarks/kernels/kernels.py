"""Measure gatewise's layers on this machine, beside torch and onnxruntime, and hold them against their bars.

    python benchmarks/kernels/kernels.py            every table, below 10 minutes on two cores
    python benchmarks/kernels/kernels.py --quick    does it run at all; its figures mean nothing
    python benchmarks/kernels/kernels.py --only lstm-train,9 --json figures.json

benchmarks/README.md says how the figures are taken and what they mean.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from _peers import LAYERS, MissingError, Size, inputs, ours
from _report import markdown
from _run import Run
from _tables import TABLES, Table
from _timing import Neighbours, Peak, Progress

import gatewise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _report import Row, Verdict
    from _run import Task

AVX2 = {
    "GATEWISE_ISA": "avx2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}
"""Holds gatewise and torch to AVX2; onnxruntime has no such switch."""

NUMBERED = {str(number): table for number, table in enumerate(TABLES, 1)}
NAMED = {table.name: table for table in TABLES}


def main() -> None:
    """The command."""
    chosen = _options()
    if chosen.avx2:  # the libraries read these when they are loaded: once more, in a process that has them
        rest = [argument for argument in sys.argv if argument != "--avx2"]
        sys.exit(subprocess.call([sys.executable, *rest], env=os.environ | AVX2))
    if chosen.threads is not None:
        torch.set_num_threads(chosen.threads)
    try:
        from gatewise.kernels.native import NATIVE
    except gatewise.OptionError as mistake:
        sys.exit(str(mistake))
    if NATIVE.extension is None:
        sys.exit(f"There are no kernels to measure: {NATIVE.reason}")
    machine = _machine(NATIVE.isa)
    print("; ".join(f"{key} {value}" for key, value in machine.items()))
    for line in _detours():
        print(line)
    if chosen.quick:
        print("Quick: small sizes and few rounds. The figures mean nothing.")
    neighbours = Neighbours()
    run = Run(chosen.quick, NATIVE.extension, Peak(NATIVE.extension, torch.get_num_threads()), random.Random(0))
    documents = _measure(run, chosen.only, avx2=NATIVE.isa == "avx2")
    others = neighbours.cores()
    if others is not None:
        print(f"\nMeanwhile others kept {others:.2f} of the machine's {os.cpu_count()} cores busy.")
    if chosen.json is not None:
        document = {"machine": machine, "quick": chosen.quick, "others_cores": others, "tables": documents}
        chosen.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _options() -> argparse.Namespace:
    numbered = ", ".join(f"{number} {table.name}" for number, table in NUMBERED.items())
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0], allow_abbrev=False)
    parser.add_argument("--only", type=_chosen, default=TABLES, metavar="TABLE[,TABLE]", help=f"of {numbered}")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds: does it run at all")
    parser.add_argument("--avx2", action="store_true", help="hold gatewise and torch to AVX2")
    parser.add_argument("--threads", type=_count, metavar="N", help="of every contestant; otherwise torch's default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    return parser.parse_args()


def _chosen(text: str) -> list[Table]:
    """Tables by number or name."""
    known = NUMBERED | NAMED
    unknown = [word for word in text.split(",") if word not in known]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"no table {', '.join(unknown)}; there are 1 to {len(TABLES)}, or {', '.join(NAMED)}"
        )
    return [known[word] for word in text.split(",")]


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} came, wanted a number of threads, 1 or more")
    return int(text)


def _detours() -> list[str]:
    """Layers that do not run on the kernels, and why."""
    size = Size(2, 3, 4, 5)
    choices = {layer: gatewise.kernel_path(ours(layer, size), inputs(size)[0]) for layer in LAYERS}
    return [f"{layer} runs on the {c.path} path: {c.reason}" for layer, c in choices.items() if c.path != "native"]


def _machine(instructions: str) -> dict[str, object]:
    """What the figures depend on."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "instructions": instructions,
        "torch": torch.__version__,
        "torch's instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else "unknown",
    }


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _measure(run: Run, tables: Sequence[Table], *, avx2: bool) -> list[dict[str, object]]:
    """Every table, printed when it is done; then all bars once more."""
    planned = [(table, table.tasks(run)) for table in tables]
    progress = Progress(sum(task.weight for _, tasks in planned for task in tasks))
    run.peak.measure()
    documents, summary = [], []
    for table, tasks in planned:
        rows = _rows(run, table, tasks, progress)
        verdicts = [bar.judge(rows) for bar in table.bars_of(avx2=avx2)]
        lines = [verdict.text(table.columns) for verdict in verdicts]
        progress.clear()
        notes = list(dict.fromkeys(run.notes))
        _show(table, rows, [*notes, *lines], run.peak.best)
        summary += [f"{_number(table)}. {line}" for line in lines]
        documents.append(_document(table, rows, verdicts, notes) | {"peak": run.peak.best})
        run.notes.clear()
    print("", "## All bars", *summary, sep="\n")
    return documents


def _rows(run: Run, table: Table, tasks: Sequence[Task], progress: Progress) -> list[Row]:
    """The rows that can be measured, with their share of the highest peak measured until just after the last."""
    rows = []
    for task in tasks:
        progress.show(f"{table.name}: {task.label}")
        torch.manual_seed(0)
        try:
            rows.append(task.measure())
        except MissingError as absent:
            run.notes.append(str(absent))
        progress.advance(task.weight)
    peak = run.peak.measure()
    for row in rows:
        if isinstance(rate := row.get("gflops"), float):
            row["percent"] = 100 * rate / peak
    return rows


def _show(table: Table, rows: Sequence[Row], lines: Sequence[str], peak: float) -> None:
    of = f" (peak {peak:.0f} GFLOP/s)" if "percent" in table.columns else ""
    print(f"\n## {_number(table)}. {table.title}{of}")
    if rows:
        print(markdown(table.columns, rows))
    print(*(f"- {line}" for line in lines), sep="\n", flush=True)


def _document(
    table: Table, rows: Sequence[Row], verdicts: Sequence[Verdict], notes: Sequence[str]
) -> dict[str, object]:
    bars = [verdict.record() for verdict in verdicts]
    return {"number": _number(table), "name": table.name, "rows": rows, "bars": bars, "notes": notes}


def _number(table: Table) -> int:
    return TABLES.index(table) + 1


if __name__ == "__main__":
    main()
