"""What a section of the page is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gatewise.run.card import ModelCard
    from gatewise.run.picture import Picture
    from gatewise.run.plan import Plan
    from gatewise.run.samples import Samples
    from gatewise.run.verdict import Verdict


class Given(NamedTuple):
    """What a page is made from.

    Attributes:
        verdict: What was found.
        plan: The plan it was found by.
        environment: Versions and machine, as in environment.json.
        card: What model.json says of the recommended model; None where there is none.
        picture: What forecast.json has to draw; None where there is none.
        samples: What samples.json has to show; None where there is none.
    """

    verdict: Verdict
    plan: Plan
    environment: Mapping[str, object]
    card: ModelCard | None = None
    picture: Picture | None = None
    samples: Samples | None = None


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
