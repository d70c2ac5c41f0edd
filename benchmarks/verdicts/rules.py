"""What a change of the code means for the committed results.

    python benchmarks/verdicts/rules.py                which groups of files changed since the ledger was written
    python benchmarks/verdicts/rules.py neutral "why"  the change leaves every result as it was; say why that is known
    python benchmarks/verdicts/rules.py changed        it may not: results of the old code are stale now

`make test` fails while a change is not declared. benchmarks/README.md has more.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from _rules import GROUPS, LEDGER, present, read

if TYPE_CHECKING:
    from pathlib import Path


def undeclared(ledger: Path = LEDGER) -> dict[str, tuple[str, str]]:
    """Group -> (digest in the ledger, present digest), for those that differ."""
    noted = read(ledger)["present"]
    return {group: (noted.get(group, ""), present(group)) for group in GROUPS if noted.get(group) != present(group)}


def declare(ledger: Path = LEDGER, why: str | None = None) -> list[str]:
    """Write the present digests, and the changes as neutral ones where ``why`` says so; returns the changed groups."""
    held, found = read(ledger), undeclared(ledger)
    neutral = held["neutral"]
    if why is not None:
        neutral = [*neutral, *({"from": old, "to": new, "why": why} for old, new in found.values() if old)]
    content = {"present": {group: present(group) for group in GROUPS}, "neutral": neutral}
    ledger.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return list(found)


def main() -> None:
    """The command."""
    match sys.argv[1:]:
        case []:
            for group, (old, new) in undeclared().items():
                print(f"{group}: {old} is {new} now")
        case ["neutral", why] if why.strip():
            print(f"neutral: {', '.join(declare(why=why)) or 'nothing changed'}")
        case ["changed"]:
            print(f"changed: {', '.join(declare()) or 'nothing changed'}")
        case _:
            sys.exit((__doc__ or "").strip())


if __name__ == "__main__":
    main()
