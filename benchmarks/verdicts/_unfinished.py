"""Pools that take longer than a machine is there: their fits so far, kept beside the records, to go on anywhere."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING

from _exhaustive import planned_in
from _measured import as_now, begin, present

from gatewise.run.fits import Fit, Key, Try
from gatewise.run.folder import Header, RunFolder
from gatewise.run.write import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from _measured import Rules, Which


def kept_in(which: Which, results: Path) -> Path:
    """The file of one pool: a line of its rules and plan, then a line a fit."""
    return results.with_name("unfinished") / f"{which.question.name}.jsonl"


def keep(which: Which, folder: RunFolder, results: Path, rules: Rules) -> int:
    """Keep the fits of a pool that nobody is training, without a path of this machine; returns their number."""
    header = folder.header().model_copy(update={"source": None})
    with folder.fits() as store:
        fits = store.read().values()
    lines = [
        json.dumps({"rules": rules, "header": header.model_dump(mode="json")}),
        *(json.dumps(astuple(fit), default=list) for fit in fits),
    ]
    path = kept_in(which, results)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, "\n".join(lines) + "\n")
    return len(fits)


def restore(which: Which, folder: RunFolder, results: Path) -> bool:
    """Make the run folder of a pool that was kept; not of one that was begun by other rules than the present ones."""
    path = kept_in(which, results)
    if not path.is_file():
        return False
    first, *lines = path.read_text("utf-8").splitlines()
    about, now = json.loads(first), present(which)
    then = as_now(about["rules"])
    if any(then[part] != now[part] for part in ("trained", "asked")):
        return False
    header = Header.model_validate(about["header"])
    begin(which, folder)
    write_text(planned_in(folder.path), header.model_dump_json(indent=2) + "\n")
    folder.create(header)
    with folder.fits() as store:
        for key, *course, validation, test, seconds, tries in map(json.loads, lines):
            tried = tuple(Try(*one) for one in tries)
            store.add(Fit(Key(*key), *course, tuple(validation), tuple(test), seconds, tried))
    return True
