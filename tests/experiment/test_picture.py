"""What is drawn of a forecast: the last rows, the tests among them, and what comes next."""

import numpy as np
import pytest
from tiny import sequences, series, task_of

from gatewise.experiment.bands import Said
from gatewise.experiment.picture import FEWEST, Ask, picture
from gatewise.model.model import Model
from gatewise.rules.protocol import Fitted
from gatewise.rules.score import fit
from gatewise.run.card import Bands
from gatewise.tasks.forecast import Forecast


def test_the_tests_lie_over_the_last_rows() -> None:
    """Each window where it was forecast, of a cell the mean of its pairs; the model's forecast and bands follow."""
    task = task_of(series(), horizon=3)
    assert isinstance(task, Forecast)
    parts = task.parts(1, "pair", 0)
    examples = task.examples(parts)
    right = examples.targets(parts.test)
    bands = Bands(windows=30, half={80: ((1.0,), (2.0,), (3.0,))})
    about = (task.name, task.setting.section, task.setting.data)
    model = Model("baseline", *about, examples.learned, (), Fitted("last-value", {}), "", bands=bands)
    found = picture(task, Ask(Said(1, False, {"gru": np.stack([right - 1.0, right + 1.0])}, ("last-value",)), model))

    assert found is not None
    [panel] = found.panels
    values = task.rows.values[:, 0]
    assert panel.values == pytest.approx(values[-FEWEST:])
    assert panel.at[-1] == len(values)
    for window in panel.tested["gru"]:
        assert window.values == pytest.approx(panel.values[window.start : window.start + 3], abs=1e-5)
    assert panel.ahead == pytest.approx([values[-1]] * 3)
    assert panel.ahead_at == (len(values) + 1.0, len(values) + 2.0, len(values) + 3.0)
    assert panel.bands[80][1] == pytest.approx(values[-1] + np.array([1.0, 2.0, 3.0]))
    assert found.windows == 30
    assert set(panel.errors) == {"gru", "last-value"}
    assert panel.errors["gru"] == pytest.approx([0.0] * 3, abs=1e-5)  # the mean of both pairs is right
    best, _, worst = panel.shown
    assert (best.which, worst.which) == ("best", "worst")
    assert worst.said["gru"] == pytest.approx(worst.values[worst.start :], abs=1e-5)
    assert worst.errors["last-value"] == pytest.approx(
        np.abs(np.subtract(worst.said["last-value"], worst.values[-3:])).mean()
    )


def test_quantiles_are_their_own_bands() -> None:
    """The line is the median, and the two widest bands lie between quantiles as far from either end."""
    quantiles = (0.1, 0.25, 0.3, 0.5, 0.75, 0.9)
    task = task_of(series(), count=1, horizon=3, quantiles=quantiles, season=7)
    assert isinstance(task, Forecast)
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    points = examples.outputs(examples.future(parts.test), parts.test)
    said = np.repeat(points, len(quantiles), axis=1) + np.tile([-4.0, -2.0, -1.0, 0.0, 3.0, 5.0], points.shape[1])
    about = (task.name, task.setting.section, task.setting.data)
    rule = fit("last-value", task, examples, parts.before)
    model = Model("baseline", *about, examples.learned, (), rule, "")
    found = picture(task, Ask(Said(0, False, {"gru": said[None].astype(np.float32)}, ("last-value",)), model))

    assert found is not None
    [panel] = found.panels
    assert panel.errors["gru"] == pytest.approx([0.0] * 3, abs=1e-5)
    assert list(panel.bands) == [80, 50]
    ahead, name = model.predict(task.series), task.series.targets[0]
    assert panel.ahead == pytest.approx(ahead[f"{name}_q0.5"].to_list())
    assert panel.bands[80] == (tuple(ahead[f"{name}_q0.1"]), tuple(ahead[f"{name}_q0.9"]))
    assert panel.bands[50] == (tuple(ahead[f"{name}_q0.25"]), tuple(ahead[f"{name}_q0.75"]))
    assert found.windows == 0


def test_other_tasks_have_no_picture() -> None:
    """Classes are not drawn over time."""
    task = task_of(sequences())
    about = (task.name, task.setting.section, task.setting.data)
    model = Model("baseline", *about, task.examples(task.whole()).learned, (), Fitted("majority", {}), "")

    assert picture(task, Ask(Said(0, False, {}, ("majority",)), model)) is None
