"""scikit-learn's own checks of an estimator, all of them."""

import os
import warnings
from typing import Any

import pytest
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from gatewise import SequenceClassifier, SequenceRegressor

# scikit-learn leaves this one out itself unless SCIPY_ARRAY_API=1 is set before scipy is imported; then it passes.
LEFT_OUT = {"check_array_api_input"} if os.environ.get("SCIPY_ARRAY_API") != "1" else set()


def _all(**params: Any) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [
            (estimator, check)
            for kind in (SequenceClassifier, SequenceRegressor)
            for estimator, check in estimator_checks_generator(kind(**params), mark=None)
        ]
    return [pytest.param(*pair, id=f"{type(pair[0]).__name__}-{_name(pair[1])}") for pair in pairs]


def _name(check: Any) -> str:
    return str(getattr(check, "func", check).__name__)


@pytest.mark.parametrize(("estimator", "check"), _all(cell="gru", fits=1, params=500))
def test_a_named_cell_passes_every_check(estimator: Any, check: Any) -> None:
    """`check_estimator`, one test a check."""
    if _name(check) in LEFT_OUT:
        pytest.skip("set SCIPY_ARRAY_API=1 to run it")
    check(estimator)


@pytest.mark.long
@pytest.mark.parametrize(
    "params",
    [
        {"cell": "auto", "fits": 4, "params": 500},
        {"cell": "lstm", "fits": 3, "params": 500},
        {},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [SequenceClassifier, SequenceRegressor])
def test_every_cell_passes_every_check(kind: Any, params: dict[str, Any]) -> None:
    """As users type it: `check_estimator(estimator)`; no check fails, none is expected to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(kind(**params), on_skip=None, on_fail=None)

    assert len(results) > 45
    assert {r["check_name"]: str(r["exception"]) for r in results if r["status"] not in ("passed", "skipped")} == {}
    assert {r["check_name"] for r in results if r["status"] == "skipped"} <= LEFT_OUT
