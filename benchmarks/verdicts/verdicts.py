"""Are the verdicts right? Cells against themselves, data with a planted truth, and exhaustive runs of real data.

    python benchmarks/verdicts/verdicts.py exhaustive   40 pairs of both cells on every set; goes on where it stopped
    python benchmarks/verdicts/verdicts.py default      `gatewise compare` as a user types it, once a real set
    python benchmarks/verdicts/verdicts.py planted      and three times on each planted truth
    python benchmarks/verdicts/verdicts.py selves       and three times a set with a cell against itself
    python benchmarks/verdicts/verdicts.py short        `gatewise compare` as a user types it, once a set of texts,
                                                        events, music or sounds
    python benchmarks/verdicts/verdicts.py long         the same with thirty minutes and another seed; on a
                                                        machine that is left alone
    python benchmarks/verdicts/verdicts.py record       records of what is finished on this machine and has none yet,
                                                        and the fits of pools that are not
    python benchmarks/verdicts/verdicts.py tables       what the records say

Names of sets behind the command restrict it to them. What ends is recorded in benchmarks/results/verdicts.jsonl and not
measured again while its record holds; benchmarks/README.md has more. docs/statistics.md says what the tables mean.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from _exhaustive import pool, read_pool, train, write_pool
from _measured import Which, as_now, begin, behind, of_pool, of_run, present, records, state
from _questions import BUDGETS, KINDS, SEEDS, Question
from _records import RESULTS
from _unfinished import keep, kept_in, restore
from _verdict_tables import tables

from gatewise.errors import RunError
from gatewise.made import FAMILIES
from gatewise.made.file import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _measured import Rules
    from _records import Records

    from gatewise.run.folder import RunFolder


def main() -> None:
    """The command."""
    options = _options()
    kept = records(options.results)
    if options.command == "tables":
        sys.exit(not tables(kept))
    chosen = list(_chosen(options))
    rules = [present(which) for which in chosen]  # before any work: the files may change while it goes on
    for which, now in zip(chosen, rules, strict=True):
        folder = which.folder(options.out)
        if (
            options.command != "record"
            and not _recorded(which, kept, options, now)
            and not _trained(which, options, now)
        ):
            _measure(which, folder, options)
        if folder.finished or (which.kind == "exhaustive" and which.archive(options.results).is_file()):
            _record(which, folder, kept, options)
        elif which.kind == "exhaustive" and folder.planned:
            _keep(which, folder, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0], allow_abbrev=False)
    parser.add_argument("command", choices=(*KINDS, "record", "tables"))
    parser.add_argument("names", nargs="*", metavar="SET", help="only these sets")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the real data sets")
    parser.add_argument("--out", type=Path, default=Path("runs/verdicts"), help="where runs and data made are kept")
    parser.add_argument("--results", type=Path, default=RESULTS / "verdicts.jsonl", help="the records")
    parser.add_argument("--workers", type=int, default=2, help="processes of a run")
    parser.add_argument("--deals", type=int, default=2000, help="comparisons dealt from each pool")
    return parser.parse_intermixed_args()


def _chosen(options: argparse.Namespace) -> Iterator[Which]:
    """What the command is about."""
    kinds = tuple(KINDS) if options.command == "record" else (options.command,)
    known = {question.name: None for kind in kinds for question in KINDS[kind]}
    unknown = set(options.names) - set(known)
    if unknown:
        sys.exit(f"{options.command} has no set {', '.join(sorted(unknown))}; it has {', '.join(known)}")
    for kind in kinds:
        for question in KINDS[kind]:
            if not options.names or question.name in options.names:
                yield from (Which(kind, question, seed) for seed in SEEDS[kind])


# --------------------------------------------------------------------------------------------------
# Measuring


def _measure(which: Which, folder: RunFolder, options: argparse.Namespace) -> None:
    """Train a pool, or compare from end to end; goes on where it was stopped."""
    if folder.finished:
        return
    kind, question, seed = which
    if kind == "exhaustive" and not folder.planned and restore(which, folder, options.results):
        _Progress(question.name).note(f"goes on from {kept_in(which, options.results)}")
    if folder.planned:
        _refuse_other_rules(which, folder)
    else:
        begin(which, folder)
    data = _data(question, options, seed)
    if kind == "exhaustive":
        train(question, data, folder.path, options.workers, _Progress(question.name))
        return
    print(f"{kind} {question.name}, seed {seed}", flush=True)
    if folder.planned:
        _gatewise("resume", str(folder.path), "--workers", str(options.workers))
        return
    cells = ["--cells", "gru,gru"] if kind == "selves" else []
    _gatewise(
        "compare", str(data), *question.arguments, *cells, "--budget", BUDGETS[kind],
        "--seed", str(seed), "--workers", str(options.workers), "--out", str(folder.path),
    )  # fmt: skip


def _refuse_other_rules(which: Which, folder: RunFolder) -> None:
    """Half a pool of one code and half of another would be a pool of none."""
    now = present(which)
    other = [part for part, name in behind(which, folder).items() if name not in ("unknown", now[part])]
    if other:
        sys.exit(
            f"{folder.path} was begun by other rules than the present ones ({', '.join(other)}). To begin anew, remove"
            " it; to go on with it, check out the code that began it"
        )


def _data(question: Question, options: argparse.Namespace, seed: int = 0) -> Path:
    """The file of a question; planted truths are made where they are not there, others for another seed."""
    real: Path = options.data / question.source
    if real.exists():
        return real.resolve()
    ending = ENDINGS[FAMILIES[question.source].kind][0]
    made: Path = (options.out / "data" / f"{question.source}-{seed}{ending}").resolve()
    if not made.is_file():
        made.parent.mkdir(parents=True, exist_ok=True)
        _gatewise("make", question.source, "--seed", str(seed), "--out", str(made))
    return made


def _gatewise(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "gatewise", *arguments], check=True, stdout=subprocess.DEVNULL)


# --------------------------------------------------------------------------------------------------
# Recording


def _recorded(which: Which, kept: Records, options: argparse.Namespace, *rules: Rules) -> bool:
    """Whether there is a record by one of these rules, with as many deals as are asked for."""
    found = kept.read().get(which.name)
    return found is not None and as_now(found["rules"]) in rules and found.get("deals", options.deals) >= options.deals


def _trained(which: Which, options: argparse.Namespace, now: Rules) -> bool:
    """Whether a pool of the present rules is kept, and at most its judgement is old."""
    path = which.archive(options.results)
    if which.kind != "exhaustive" or not path.is_file():
        return False
    rules = as_now(read_pool(path)[1])
    return all(rules[part] == now[part] for part in ("trained", "asked"))


def _record(which: Which, folder: RunFolder, kept: Records, options: argparse.Namespace) -> None:
    """Record what is finished, unless that has been done or a record that holds is there; say so if none holds."""
    progress = _Progress(which.question.name)
    pooled = which.kind == "exhaustive"
    rules = _kept(which, folder, options) if pooled else behind(which, folder)
    if not _recorded(which, kept, options, present(which), rules):
        if pooled:
            kept.add(of_pool(which, read_pool(which.archive(options.results))[0], rules, options.deals, progress))
        else:
            kept.add(of_run(which, folder, rules))
        progress.note(f"recorded in {kept.path}")
    if stale := state(kept.read()[which.name], which):
        progress.note(f"the record is {stale}; remove {folder.path} to measure anew")
        if "unknown" in rules.values():
            progress.note(f"no {folder.path.name}.rules.json says what code made it")


def _keep(which: Which, folder: RunFolder, options: argparse.Namespace) -> None:
    """Keep the fits of an unfinished pool, so that another machine can go on with it."""
    progress = _Progress(which.question.name)
    try:
        count = keep(which, folder, options.results, behind(which, folder))
    except RunError as error:  # being trained at this moment
        progress.note(str(error))
        return
    progress.note(f"{count} fits kept in {kept_in(which, options.results)}")


def _kept(which: Which, folder: RunFolder, options: argparse.Namespace) -> Rules:
    """The rules behind a pool that is kept from now on; it is judged from what is kept, by the present rules."""
    path = which.archive(options.results)
    if folder.finished:
        write_pool(path, pool(folder), behind(which, folder))
        kept_in(which, options.results).unlink(missing_ok=True)
    return as_now(read_pool(path)[1]) | {"judged": present(which)["judged"]}


class _Progress:
    """A line a stage, and one a minute within it."""

    def __init__(self, name: str) -> None:
        self.name, self.total, self.done = name, 0, 0
        self.started = self.said = time.monotonic()

    def stage(self, text: str, total: int) -> None:
        self.total, self.done = total, 0
        self.started = self.said = time.monotonic()
        self.note(f"{text}: {total} to do")

    def advance(self) -> None:
        self.done += 1
        now = time.monotonic()
        if now - self.said > 60.0:
            self.said = now
            left = (now - self.started) / self.done * (self.total - self.done)
            self.note(f"{self.done} of {self.total}, {left / 60.0:.0f} min left")

    def note(self, text: str) -> None:
        print(f"{self.name}: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
