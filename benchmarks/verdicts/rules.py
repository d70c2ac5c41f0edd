"""What a change of the code means for the committed results.

    python benchmarks/verdicts/rules.py                which groups of files changed since the ledger was written
    python benchmarks/verdicts/rules.py neutral "why"  the change leaves every result as it was; say why that is known
    python benchmarks/verdicts/rules.py changed        it may not: results of the old code are stale now

Names of groups after these words leave the others undeclared.

`make test` fails while a change is not declared. benchmarks/README.md has more.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from _rules import GROUPS, LEDGER, present, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def undeclared(ledger: Path = LEDGER, groups: Sequence[str] = ()) -> dict[str, tuple[str, str]]:
    """Group -> (digest in the ledger, present digest), for those of ``groups``, or of all, that differ."""
    noted = read(ledger)["present"]
    among = [group for group in GROUPS if not groups or group in groups]
    return {group: (noted.get(group, ""), present(group)) for group in among if noted.get(group) != present(group)}


def declare(ledger: Path = LEDGER, why: str | None = None, groups: Sequence[str] = ()) -> list[str]:
    """Write the present digests, and the changes as neutral ones where ``why`` says so; returns the changed groups."""
    held, found = read(ledger), undeclared(ledger, groups)
    neutral = held["neutral"]
    if why is not None:
        neutral = [*neutral, *({"from": old, "to": new, "why": why} for old, new in found.values() if old)]
    now = held["present"] | {group: new for group, (_, new) in found.items()}
    content = {"present": {group: now[group] for group in GROUPS if group in now}, "neutral": neutral}
    ledger.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return list(found)


def main() -> None:
    """The command."""
    match sys.argv[1:]:
        case []:
            for group, (old, new) in undeclared().items():
                print(f"{group}: {old} is {new} now")
        case ["neutral", why, *groups] if why.strip() and set(groups) <= set(GROUPS):
            print(f"neutral: {', '.join(declare(why=why, groups=groups)) or 'nothing changed'}")
        case ["changed", *groups] if set(groups) <= set(GROUPS):
            print(f"changed: {', '.join(declare(groups=groups)) or 'nothing changed'}")
        case _:
            sys.exit((__doc__ or "").strip())


if __name__ == "__main__":
    main()
