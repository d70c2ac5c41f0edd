"""scikit-learn's own checks of an estimator, all of them."""

import os
import warnings
from typing import Any

import pytest
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from gatewise import SequenceClassifier, SequenceRegressor

# scikit-learn leaves this one out itself unless SCIPY_ARRAY_API=1 is set before scipy is imported; then it passes.
LEFT_OUT = {"check_array_api_input"} if os.environ.get("SCIPY_ARRAY_API") != "1" else set()


LEARNED = {"check_classifiers_train", "check_classifiers_classes", "check_regressors_train"}
"""These ask how good a fit is; the others only what an estimator accepts, keeps and returns."""


def checks(**params: Any) -> list[Any]:
    """What `check_estimator` runs for both estimators, a case a check."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [
            pair
            for kind in (SequenceClassifier, SequenceRegressor)
            for pair in estimator_checks_generator(kind(**params), mark=None)
        ]
    shown = " ".join(f"{name}={value}" for name, value in params.items()) or "default"
    return [pytest.param(*pair, id=f"{type(pair[0]).__name__} {shown} {name_of(pair[1])}") for pair in pairs]


def name_of(check: Any) -> str:
    """The name of a check, of a partial call too."""
    return str(getattr(check, "func", check).__name__)


def run(estimator: Any, check: Any) -> None:
    """Run one check."""
    if name_of(check) in LEFT_OUT:
        pytest.skip("set SCIPY_ARRAY_API=1 to run it")
    check(estimator)


@pytest.mark.parametrize(("estimator", "check"), checks(cell="gru", fits=1, params=500))
def test_a_named_cell_passes_every_check(estimator: Any, check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One training run a fit, of few steps; `test_nothing_is_expected_to_fail` takes as many as users do."""
    steps = 400 if name_of(check) in LEARNED else 20
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (steps, steps))
    run(estimator, check)


@pytest.mark.long
@pytest.mark.parametrize(
    ("estimator", "check"),
    [*checks(cell="auto", fits=4, params=500), *checks(cell="lstm", fits=3, params=500), *checks()],
)
def test_every_cell_passes_every_check(estimator: Any, check: Any) -> None:
    """A comparison, a list of configurations, and what a user gets who types nothing."""
    run(estimator, check)


@pytest.mark.long
@pytest.mark.parametrize("kind", [SequenceClassifier, SequenceRegressor])
def test_nothing_is_expected_to_fail(kind: Any) -> None:
    """As users type it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(kind(cell="gru", fits=1, params=500), on_skip=None, on_fail=None)

    assert len(results) > 45
    assert {r["check_name"] for r in results if r["status"] not in ("passed", "skipped")} == set()
    assert {r["check_name"] for r in results if r["status"] == "skipped"} <= LEFT_OUT
