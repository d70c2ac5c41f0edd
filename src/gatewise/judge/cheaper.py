"""Which of the two judged arms costs less, by formula; no clock takes part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import cheaper, kind

if TYPE_CHECKING:
    from gatewise.run.plan import Plan


def cost(plan: Plan, arm: str) -> tuple[int, int]:
    """(multiply-adds a time step, numbers of state a sequence) of an arm's layer at its width."""
    cell, hidden = kind(arm), plan.hidden_size[arm]
    return cell.multiply_adds(plan.data.channels, hidden), cell.state_floats(hidden)


def cheaper_arm(plan: Plan) -> str:
    """The one of the two judged arms that costs less."""
    first, second = plan.cells[:2]
    return (first, second)[cheaper(cost(plan, first), cost(plan, second))]


def rival(plan: Plan, arm: str) -> str:
    """The other one of the two judged arms."""
    return plan.cells[1] if arm == plan.cells[0] else plan.cells[0]
