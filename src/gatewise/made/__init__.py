"""Data with a planted truth: what there is to learn in them is known. One file a family, listed in `FAMILIES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.errors import OptionError, nearest
from gatewise.made.adding import ADDING
from gatewise.made.anbn import ANBN, ANBNCN
from gatewise.made.copy_memory import COPY_MEMORY
from gatewise.made.counting import COUNTING
from gatewise.made.delayed_echo import DELAYED_ECHO
from gatewise.made.linear import AR2
from gatewise.made.noise import RANDOM_WALK, WHITE_NOISE
from gatewise.made.parity import PARITY
from gatewise.made.shuffled_labels import SHUFFLED_LABELS
from gatewise.made.tent_map import TENT_MAP
from gatewise.text import quoted

if TYPE_CHECKING:
    from gatewise.made.family import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        *(WHITE_NOISE, RANDOM_WALK, AR2, TENT_MAP, DELAYED_ECHO),
        *(SHUFFLED_LABELS, COUNTING, PARITY, ADDING),
        *(ANBN, ANBNCN, COPY_MEMORY),
    )
}
"""All families by name."""


def find(name: str) -> Family:
    """The family of that name.

    Raises:
        OptionError: There is none; the message describes those there are.
    """
    if name not in FAMILIES:
        shown = "\n".join(f"  {line}" for line in described())
        raise OptionError(f"{quoted(name)} is no family that gatewise makes; {nearest(name, FAMILIES)}\n{shown}")
    return FAMILIES[name]


def described() -> list[str]:
    """Each family with what it is, a line each."""
    return [f"{family.name}: {family.about}" for family in FAMILIES.values()]
