"""What records claim, and whether two of them can both be so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _records import Record

DECIDES = ("neither", "equal", "better", "not-worse")
"""Kinds that answer the question; that one cell beats the rules is none of them."""


class Said(NamedTuple):
    """One claim, such as gru better; of no cell where it is of both."""

    cell: str
    kind: str
    beyond: bool = False


def said(record: Record, scope: str) -> set[Said]:
    """What a record of a pool or of a run claims in a scope: of a bar without any loss that no cell beats it."""
    found = record.get("claims", [])
    lines = found.get(scope, []) if isinstance(found, dict) else _of_scope(found, scope)
    return {_read(line) for line in lines} or ({Said("", "neither")} if record["verdict"] == "neither" else set())


def decides(claims: set[Said]) -> bool:
    """Whether they answer the question."""
    return any(claim.kind in DECIDES for claim in claims)


def between_cells(claims: set[Said]) -> bool:
    """Whether they answer it about the two cells, not about both beside the rules."""
    return any(claim.kind in DECIDES and claim.kind != "neither" for claim in claims)


def against(some: set[Said], others: set[Said]) -> list[str]:
    """The claims of ``some`` that cannot be so if ``others`` are."""
    return [f"{one.cell} {one.kind}".strip() for one in sorted(some) if any(_oppose(one, other) for other in others)]


def upheld(some: set[Said], others: set[Said]) -> bool:
    """Whether there are claims among ``some``, and all of them follow from ``others``."""
    return bool(some) and all(any(_implies(other, one) for other in others) for one in some)


def mistaken(record: Record, right: frozenset[str]) -> bool:
    """Whether a run's verdict is not right and does not follow from what is; that the better cell is not worse does."""
    if record["verdict"] in (*right, "undecided"):
        return False
    truths = {Said(name, "better") if name not in DECIDES else Said("", name) for name in right}
    return not upheld({claim for claim in said(record, "tuned") if claim.kind in DECIDES}, truths)


def _implies(one: Said, other: Said) -> bool:
    same_cell = one.cell in ("", other.cell)
    weaker = {"better": ("better", "not-worse"), "equal": ("equal", "not-worse")}.get(one.kind, (one.kind,))
    return same_cell and other.kind in weaker


def _oppose(one: Said, other: Said) -> bool:
    kinds = {one.kind, other.kind}
    if kinds == {"neither", "beats-rules"}:
        return True
    if "better" not in kinds:
        return False
    winner, beside = (one, other) if one.kind == "better" else (other, one)
    if beside.kind in ("equal", "not-worse"):  # a lead within the margin goes with both
        return winner.beyond and winner.cell != beside.cell
    return beside.kind == "better" and winner.cell != beside.cell


def _of_scope(lines: list[str], scope: str) -> list[str]:
    """A run's claims have their scope before them: tuned: gru better."""
    return [rest for line in lines for begin, _, rest in [line.partition(": ")] if begin == scope]


def _read(line: str) -> Said:
    """As it is recorded: gru better by more than the margin."""
    words, by, _ = line.strip().partition(" by ")
    cell, _, kind = words.rpartition(" ")
    return Said(cell, kind, bool(by))
