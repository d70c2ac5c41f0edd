"""What the page and its charts are made from: the documents of a finished run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.run.answers import Answers
    from gatewise.run.card import ModelCard
    from gatewise.run.inputs import Inputs
    from gatewise.run.mistakes import Mistakes
    from gatewise.run.picture import Picture
    from gatewise.run.plan import Plan
    from gatewise.run.samples import Samples
    from gatewise.run.verdict import Verdict

Curve = tuple[tuple[int, float], ...]
"""Loss of a fit by optimiser step, (step, loss) in order: on its validation part, or in training where it has none."""


class Given(NamedTuple):
    """What a page is made from.

    Attributes:
        verdict: What was found.
        plan: The plan it was found by.
        environment: Versions and machine, as in environment.json.
        card: What model.json says of the recommended model; None where there is none.
        picture: What forecast.json has to draw; None where there is none.
        samples: What samples.json has to show; None where there is none.
        mistakes: What mistakes.json has to show; None where there is none.
        answers: What answers.json has to show; None where there is none.
        inputs: What inputs.json says of the data; None where there is none.
        curves: Cell -> how each of its pairs' fits learned; empty where the fits are gone.
        path: The run folder as it was named, for commands to type; empty where there is none.
        source: Path of the data, as plan.json has it; None where they came from memory.
    """

    verdict: Verdict
    plan: Plan
    environment: Mapping[str, object]
    card: ModelCard | None = None
    picture: Picture | None = None
    samples: Samples | None = None
    mistakes: Mistakes | None = None
    answers: Answers | None = None
    inputs: Inputs | None = None
    curves: Mapping[str, tuple[Curve, ...]] = {}
    path: str = ""
    source: str | None = None
