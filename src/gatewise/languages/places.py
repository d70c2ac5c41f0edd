"""Places in a sentence: ``{share:.0%}``, and in Korean ``{name:은/는}``, which chooses the particle."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any

from gatewise.languages.particles import particle

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARTICLE = re.compile(r"[가-힣]+/[가-힣]+$")


class Places(Formatter):
    """Fills places; a format may end with a pair of particles, which follows the filled value."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        """The value in its format, and the particle that its last sound asks for."""
        found = _PARTICLE.search(format_spec)
        if not found:
            return super().format_field(value, format_spec)
        shown = super().format_field(value, format_spec[: found.start()])
        plain = value.striptags() if hasattr(value, "striptags") else shown
        return shown + particle(str(plain), found.group())


def fill(sentence: str, values: Mapping[str, object]) -> str:
    """A sentence with its places filled, without values as it stands.

    >>> fill("{cell:은/는} {share:.0%}", {"cell": "LSTM", "share": 0.5})
    'LSTM은 50%'
    """
    return Places().vformat(sentence, (), values) if values else sentence
