"""What a section of the page is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.report.given import Given


@dataclass(frozen=True)
class Section:
    """A part of the page: a file here, and its template beside it.

    Attributes:
        template: Name of the template's file. It sees ``verdict`` and ``plan``, what `values` gives, and the filters of
            `gatewise.report.html`.
        values: What the template is filled with; None leaves the section out.
    """

    template: str
    values: Callable[[Given], dict[str, object] | None]
