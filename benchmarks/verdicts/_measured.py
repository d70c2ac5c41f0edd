"""What is kept of a pool and of an end-to-end run, and whether it is still so: a record, and the rules behind it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from _exhaustive import FITS, Pool, planned_in
from _questions import BUDGETS, SELVES, SYMBOLS, Question
from _records import Record, Records
from _redeal import against_itself, redealt, whole
from _rules import present as digest
from _rules import up_to_date

from gatewise.made import FAMILIES
from gatewise.run.folder import RunFolder
from gatewise.run.options import OPTIONS, Options, options
from gatewise.run.plan import name_of
from gatewise.run.row import MISSING
from gatewise.run.write import write_text
from gatewise.stats.decide import WINNER

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.experiment.watch.protocol import Watcher
    from gatewise.run.plan import Plan
    from gatewise.stats.decide import Claim

Rules = dict[str, str]
"""What a measurement hangs on: `trained` and `judged`, digests of code, and what was `asked`."""

UNKNOWN = {"trained": "unknown", "judged": "unknown"}


class Which(NamedTuple):
    """Which measurement: the kind, the set, the seed."""

    kind: str
    question: Question
    seed: int

    @property
    def name(self) -> tuple[str, str, int]:
        """Of its record."""
        return self.kind, self.question.name, self.seed

    def archive(self, results: Path) -> Path:
        """Where a pool is kept, beside the records."""
        return results.with_name("pools") / f"{self.question.name}.npz"

    def folder(self, out: Path) -> RunFolder:
        """Where it is made."""
        name = self.question.name if self.kind == "exhaustive" else f"{self.question.name}-{self.seed}"
        return RunFolder(out / self.kind / name)


def records(path: Path) -> Records:
    """The records of pools and runs."""
    return Records(path, "kind", "set", "seed")


# --------------------------------------------------------------------------------------------------
# Rules


def present(which: Which) -> Rules:
    """The rules that it would be measured by now."""
    kind, question, seed = which
    if kind == "exhaustive":
        asked = _asked(which, options(fits=FITS, **question.keywords), question.pairs)
    else:
        cells = "gru,gru" if kind == "selves" else "lstm,gru"
        asked = _asked(which, options(**question.keywords, cells=cells, seed=seed, budget=BUDGETS[kind]))
    return _code(which) | {"asked": asked}


def begin(which: Which, folder: RunFolder) -> None:
    """Note the code that a new pool or run begins with; a plan that a pool was never begun with goes."""
    _note(folder).parent.mkdir(parents=True, exist_ok=True)
    planned_in(folder.path).unlink(missing_ok=True)
    write_text(_note(folder), json.dumps(_code(which), indent=2) + "\n")


def behind(which: Which, folder: RunFolder) -> Rules:
    """The rules behind a pool or run: the noted ones, unknown where there is no note.

    A pool is judged when it is recorded, by the present rules.
    """
    note = _note(folder)
    code: Rules = as_now(json.loads(note.read_text("utf-8"))) if note.is_file() else dict(UNKNOWN)
    header = folder.header()
    if which.kind == "exhaustive":
        code["judged"] = _code(which)["judged"]
        return code | {"asked": _asked(which, header.request.options, header.plan.pairs)}
    return code | {"asked": _asked(which, header.request.options)}


def as_now(rules: Rules) -> Rules:
    """Rules that were noted long ago, by the names that they have now: neutral changes of the code count as none."""
    return {part: up_to_date(name) for part, name in rules.items()}


def _code(which: Which) -> Rules:
    trained = "trained on made data" if which.question.source in FAMILIES else "trained"
    if which.question in SYMBOLS:
        trained = "trained on symbols"
    return {
        "trained": digest(trained),
        "judged": digest("judged, pools" if which.kind == "exhaustive" else "judged, runs"),
    }


ADDED = {option.name: option.before for option in OPTIONS if option.before is not MISSING}
"""Options that came later, and the value of each that does what was done before it was there. Such a value is left out
of the digest, so that a new option makes no record stale; so is None, the value of most options that are not given."""


def _asked(which: Which, asked: Options, pairs: int | None = None) -> str:
    """What was asked for by value, so that a default that changes is seen; of a pool also its size and its deals."""
    given = {name: value for name, value in asdict(asked).items() if value is not None and value != ADDED.get(name)}
    text = json.dumps([given, pairs, which.question in SELVES], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _note(folder: RunFolder) -> Path:
    return folder.path.with_name(f"{folder.path.name}.rules.json")


# --------------------------------------------------------------------------------------------------
# Records


def state(record: Record | None, which: Which) -> str:
    """Nothing for a record that holds; else that it is missing, or stale and in what."""
    if record is None:
        return "missing"
    now, then = present(which), as_now(record["rules"])
    other = [part for part, name in now.items() if then.get(part) != name]
    return f"stale: {', '.join(other)}" if other else ""


def of_pool(which: Which, pool: Pool, rules: Rules, deals: int, progress: Watcher) -> Record:
    """A finished pool: what all pairs say, and what comparisons dealt from it say."""
    plan = pool.plan
    verdict, look = whole(plan, pool.pairs)
    cells = plan.cells[:2]
    selves = cells if which.question in SELVES else ()
    progress.stage("comparisons dealt from the pool", deals * (1 + len(selves)))
    record = _record(which, rules, name_of(pool.written), pool.gatewise) | {
        "cells": cells,
        "pairs": plan.pairs,
        "verdict": verdict,
        "difference": None,
        "deals": deals,
        "redealt": redealt(pool, deals, progress.advance),
        "against_itself": {cell: against_itself(pool, cell, deals, progress.advance) for cell in selves},
    }
    if pool.pairs.bar.sum():
        seen = look.seen
        record["difference"] = _short(seen.judged("tuned").now.estimate)
        record["interval_95"] = [_short(end) for end in seen.judged("tuned").interval(WINNER)]
        record["interval_95_here"] = [_short(end) for end in seen.judged("test-part").interval(WINNER)]
        record["claims"] = {scope: [_said(plan, claim) for claim in found] for scope, found in look.claims.items()}
        record["over_gate"] = {cell: _short(seen.over(cell, seen.pairs.bar).now.estimate) for cell in cells}
    return record


def of_run(which: Which, folder: RunFolder, rules: Rules) -> Record:
    """A finished end-to-end run."""
    verdict, header = folder.verdict(), folder.header()
    why = verdict.undecided
    return _record(which, rules, header.sha256, header.gatewise) | {
        "budget": BUDGETS[which.kind],
        "pairs": verdict.pairs,
        "verdict": verdict.verdict,
        "cause": why.cause.replace("-", " ") if why else None,
        "smallest_margin": _short(why.smallest_margin) if why and why.smallest_margin else None,
        "recommendation": verdict.recommendation,
        "strength": verdict.strength,
        "claims": [
            f"{claim.scope}: {claim.cell or ''} {claim.kind}{' by more than the margin' if claim.beyond else ''}"
            for claim in verdict.claims
        ],
    }


def _said(plan: Plan, claim: Claim) -> str:
    """A claim in a word or two: gru better."""
    arm = {"first": plan.cells[0], "second": plan.cells[1], None: ""}[claim.arm]
    return f"{arm} {claim.kind}{' by more than the margin' if claim.beyond else ''}".strip()


def _record(which: Which, rules: Rules, plan: str, version: str) -> Record:
    return {
        "kind": which.kind,
        "set": which.question.name,
        "seed": which.seed,
        "rules": rules,
        "plan": plan[:12],
        "gatewise": version,
        "date": datetime.now(UTC).date().isoformat(),
    }


def _short(value: float) -> float:
    """Six figures: more than any table shows."""
    return float(f"{value:.6g}")
