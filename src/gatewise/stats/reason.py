"""Why not to trust a figure, as a code with its numbers; the words are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reason:
    """One reason not to trust a figure.

    Attributes:
        code: Its name, in small letters and hyphens: ``few-test-blocks``.
        values: The numbers that belong to it, by name: ``{"blocks": 12}``.
    """

    code: str
    values: dict[str, int] = field(default_factory=dict)
