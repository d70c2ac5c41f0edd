"""Metrics: what each is, by hand and against scikit-learn; whatever a task takes can be trained and told."""

import numpy as np
import pytest
import sklearn.metrics
from scipy.special import softmax

from gatewise.errors import InputError
from gatewise.metrics import METRICS, Metric, metric_named
from gatewise.model.losses import LOSSES
from gatewise.run.options import OPTIONS
from gatewise.tasks import TASKS

PLURAL = {
    "forecast": "forecasts",
    "classify": "classes",
    "regress": "regression",
    "regress-steps": "steps",
    "classify-steps": "classes",
    "next-symbol": "symbols",
}
NUMBERS = np.array([[1.0, -2.0], [0.5, 4.0], [3.0, 3.0]]), np.array([[2.0, -2.5], [0.5, 1.0], [2.0, 5.0]])
CLASSES = np.array([[2.0, -1.0, 0.1], [0.3, 0.4, 0.2], [-3.0, 3.0, 1.0]]), np.array([0, 0, 1])
each = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


def example(metric: Metric) -> tuple[np.ndarray, np.ndarray]:
    """Three predictions of its kind of target, and what is true."""
    if metric.of == "quantiles":
        return np.repeat(NUMBERS[0], 3, axis=1) + np.tile([-1.0, 0.0, 0.5], 2), NUMBERS[1]
    return CLASSES if metric.of == "classes" else NUMBERS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mse", [0.625, 4.5, 2.5]),
        ("mae", [0.75, 1.5, 1.5]),
        ("mase", [0.75, 1.5, 1.5]),
        (
            "pinball",  # the quantiles 0.1, 0.5 and 0.9 are predicted as the numbers less 1, as they are, and 0.5 more
            [
                (0.1 * 2.0 + 0.5 * 1.0 + 0.9 * 0.5 + 0.1 * 0.5 + 0.5 * 0.5 + 0.1 * 1.0) / 6,
                (0.1 * 1.0 + 0.5 * 0.0 + 0.1 * 0.5 + 0.9 * 2.0 + 0.5 * 3.0 + 0.1 * 3.5) / 6,
                (0.1 * 0.0 + 0.5 * 1.0 + 0.1 * 1.5 + 0.1 * 3.0 + 0.5 * 2.0 + 0.9 * 1.5) / 6,
            ],
        ),
        ("accuracy", [0.0, 1.0, 0.0]),
        ("balanced-accuracy", [0.0, 1.0, 0.0]),
        (
            "log-loss",
            [sklearn.metrics.log_loss([k], softmax(o)[None], labels=[0, 1, 2]) for o, k in zip(*CLASSES, strict=True)],
        ),
    ],
)
def test_what_each_is(name: str, expected: list[float]) -> None:
    """By hand, and the log loss as scikit-learn has it."""
    metric = metric_named(name)

    assert metric.loss(*example(metric), 1.0) == pytest.approx(expected, rel=1e-12)


@each
def test_a_metric_is_a_loss_of_each_example_that_can_be_trained(metric: Metric) -> None:
    """One example is scored alike alone and among others; the network trains on a loss there is."""
    predicted, true = example(metric)
    for loss in (metric.loss, metric.chooses):
        found = loss(predicted, true, 1.0)
        assert (found.shape, found.dtype) == ((3,), np.float64)
        assert loss(predicted[1:2], true[1:2], 1.0) == pytest.approx(found[1:2], rel=1e-12)
    assert metric.trained in LOSSES


@each
def test_a_loss_that_chooses_does_not_depend_on_the_unit(metric: Metric) -> None:
    """Numbers ten times as large lose as many times more each: the network's unit orders them as the user's does."""
    if metric.of == "numbers" and metric.chooses is metric.loss:
        predicted, true = example(metric)
        ratio = metric.loss(10.0 * predicted, 10.0 * true, 10.0) / metric.loss(predicted, true, 1.0)
        assert ratio == pytest.approx(ratio[0])


def test_the_pinball_loss_is_that_of_scikit_learn() -> None:
    """Its mean over quantiles; quantiles are told to the metric, and other metrics have none."""
    levels = (0.05, 0.3, 0.5, 0.99)
    rng = np.random.default_rng(0)
    predicted, true = rng.normal(size=(50, 8)), rng.normal(size=(50, 2))
    metric = metric_named("pinball").at(levels)
    each = [sklearn.metrics.mean_pinball_loss(true, predicted[:, k::4], alpha=q) for k, q in enumerate(levels)]

    assert metric.loss(predicted, true, 1.0).mean() == pytest.approx(np.mean(each), rel=1e-12)
    assert metric_named("mae").at(levels) is metric_named("mae")


def test_names_are_their_own_and_another_is_refused() -> None:
    """A name taken twice would give the first metric in silence; one that is not there comes from a newer gatewise."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    with pytest.raises(InputError, match="knows no metric 'rmse'"):
        metric_named("rmse")


def test_every_task_takes_all_metrics_of_its_kind_and_help_names_them() -> None:
    """What is taken unless asked is the first, and help says so."""
    row = next(option for option in OPTIONS if option.name == "metric")
    for task in TASKS:
        kind = metric_named(task.metrics[0]).of
        kinds = {kind, "forecasts", "quantiles"} if task.name == "forecast" else {kind}
        assert set(task.metrics) == {metric.name for metric in METRICS if metric.of in kinds}
        first = next(part for part in row.shown.split(", ") if PLURAL[task.name] in part)
        assert first.startswith(f"{task.metrics[0]} for ")
    assert all(metric.name in row.help for metric in METRICS)


def test_bits_and_misses_of_symbols_by_hand() -> None:
    """From the natural logarithm of the true symbol's share, and whether it is the likeliest."""
    said, true = np.array([[np.log(0.25), 1.0], [np.log(0.5), 0.0]]), np.array([0, 1])

    assert metric_named("bits").loss(said, true, 1.0) == pytest.approx([2.0, 1.0])
    assert metric_named("symbol-accuracy").loss(said, true, 1.0).tolist() == [0.0, 1.0]
