"""Which of the two judged arms costs less, by formula; no clock takes part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import cheaper, kind

if TYPE_CHECKING:
    from gatewise.run.plan import Configuration, Plan


def cost(plan: Plan, arm: str, configuration: Configuration | None = None) -> tuple[int, int]:
    """(multiply-adds a time step, numbers kept between steps) of an arm's layer, see `CellKind`.

    Args:
        plan: The locked plan.
        arm: The arm.
        configuration: Whose network is meant; None for one that reads one way, by which the cheaper arm is told: the
            setting is the same for both.
    """
    cell = kind(arm)
    shape = plan.shape if configuration is None else plan.shape_of(configuration)
    hidden = plan.hidden_size[arm] if configuration is None else plan.width(arm, configuration)
    work = cell.multiply_adds(shape.layer_inputs(plan.data.channels), hidden, shape.directions)
    return work, cell.state_floats(hidden, shape.directions, shape.summaries)


def cheaper_arm(plan: Plan) -> str:
    """The one of the two judged arms that costs less."""
    first, second = plan.cells[:2]
    return (first, second)[cheaper(cost(plan, first), cost(plan, second))]


def rival(plan: Plan, arm: str) -> str:
    """The other one of the two judged arms."""
    return plan.cells[1] if arm == plan.cells[0] else plan.cells[0]
