"""What rules are predicted to cost, and which a budget leaves out."""

import numpy as np
import pytest
from tiny import sequences, series, task_of

from gatewise.rules.score import applying
from gatewise.rules.worth import LEAST, SHARE, _logistic, left_out, predicted


def test_every_rule_that_applies_has_a_price() -> None:
    """Of forecasts and of sequences; those that import a library cost more than it takes."""
    for task in (task_of(series(), horizon=3), task_of(sequences(test_start=40))):
        costs = predicted(task)
        assert set(costs) == set(applying(task))
        assert min(costs.values()) > 0.0
        assert sum(costs.values()) < 12.0


def test_wide_windows_cost_more() -> None:
    """Ridge on every channel of a long window costs more than on the own lags, and more than on a short one."""
    short, long = (predicted(task_of(series(3000), window=window)) for window in (16, 256))
    assert long["ridge"] > 3 * long["ridge-own"]
    assert long["ridge"] > 10 * short["ridge"]


@pytest.mark.parametrize(
    ("work", "expected"),
    [(1000.0, {}), (60.0, {"ridge": 9.0}), (10.0, {"ets": 3.0, "ridge": 9.0}), (0.1, {"ets": 3.0, "ridge": 9.0})],
)
def test_the_dearest_are_left_out_first(work: float, expected: dict[str, float]) -> None:
    """As many of the cheapest as fit into their share of the work, or into two seconds; and the cheapest always."""
    costs = {"ridge": 9.0, "last-value": 0.5, "ets": 3.0, "drift": 0.1}
    found = left_out(costs, work)

    assert found == expected
    kept = np.sum([seconds for name, seconds in costs.items() if name not in found])
    assert kept <= max(LEAST, SHARE * work)
    assert left_out({"ridge": 9.0, "ets": 3.0}, work=0.1) == {"ridge": 9.0}


def test_sequences_pay_for_the_fits_that_are_made() -> None:
    """Three where there is one split: for validation, for the test, and for the model to hand over."""
    data = sequences(test_start=40)
    task, steps, count = task_of(data), int(data.lengths.sum()), len(data.lengths)

    assert predicted(task)["logistic"] == pytest.approx(3 * _logistic(steps, count))
