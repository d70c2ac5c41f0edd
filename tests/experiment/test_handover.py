"""The models to take away: trained on all rows, or the fits that were scored."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import sequences, series

from gatewise.data.shapes import Data
from gatewise.errors import InputError
from gatewise.experiment import environment, handover
from gatewise.experiment.confirm import confirm
from gatewise.experiment.environment import differences, enter
from gatewise.experiment.handover import HandOver
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.experiment.runner import Runner
from gatewise.experiment.tune import Tuned, tune
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.model.ensemble import averaged, in_one, out_of
from gatewise.model.model import load
from gatewise.model.network import tensors
from gatewise.rules.anchor import Anchored
from gatewise.rules.score import applying
from gatewise.run.fits import FitStore, preference
from gatewise.run.folder import Header, Request, RunFolder
from gatewise.run.options import options
from gatewise.tasks import on


class Notes(Quiet):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Keep it."""
        self.notes.append(text)


def confirmed(data: Data, path: Path, **more: Any) -> tuple[Header, Runner, Tuned, int, FitStore]:
    """Pairs of very short fits, and their rung, in a store that stays open."""
    torch.set_num_threads(1)
    asked = options(fits=40, params=200, **more)
    plan = make_plan(draft(data, asked), asked, Purse("fits", 40))
    plan = plan.model_copy(update={"steps": dict.fromkeys(plan.cells, 20), "evaluations": 4})
    request = Request(data_sha256=data.sha256(), options=asked)
    header = Header(plan=plan, sha256=plan.sha256(), request=request, source=None, gatewise="0.1.0")
    store = FitStore(path)
    runner = Runner(plan, store, Inline(data), Notes())
    runner.baselines(applying(on(data, plan.setting)))
    tuned = tune(plan, runner)
    return header, runner, tuned, confirm(plan, tuned, runner).rung, store


@pytest.mark.parametrize("data", [series(), sequences(test_start=40)], ids=["series", "sequences"])
def test_a_pairs_model_is_not_trained_again(data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stored weights give the stored losses, to rounding; only the fit that is handed over keeps its weights."""
    header, runner, tuned, rung, store = confirmed(data, tmp_path / "fits.sqlite", keep_test=True)
    monkeypatch.setattr(handover, "train", lambda *_: pytest.fail("trained again"))
    with store:
        HandOver(runner, Inline(data), tuned, rung, header.sha256).write(tmp_path / "models")
        pairs = {key: fit for key, fit in runner.fits.items() if key.phase == "pair" and key.rung == rung}
        kept = {key: store.kept(key) for key in pairs}

    plan, task = header.plan, on(data, header.plan.setting)
    for cell in plan.cells:
        eligible = [fit for key, fit in pairs.items() if key.cell == cell]
        if plan.splits.last_saw_most:
            eligible = [fit for fit in eligible if fit.key.split == plan.splits.count - 1]
        best = min(eligible, key=preference).key
        assert [key for key in pairs if key.cell == cell and kept[key].weights is not None] == [best]  # type: ignore[union-attr]
        model = load(tmp_path / "models" / cell)
        assert model.trained is not None
        assert model.trained.kept_test
        assert model.trained.seen < model.trained.among == header.plan.data.examples
        parts = task.parts(best.split, "pair", best.draw)
        own = task.examples(parts)
        parts = replace(parts, train=parts.before) if tuned.refit else parts
        seen = Anchored(task.examples(parts), model.anchor)
        assert model.network is not None
        with torch.inference_mode():
            found = model.network(*tensors(*seen.inputs(parts.test))).numpy()
        losses = np.bincount(parts.test_block, weights=seen.scores(found, parts.test))
        np.testing.assert_allclose(losses, pairs[best].test, rtol=1e-5)
        left = kept[best]
        assert left is not None
        plain = seen.plain(found, parts.test)
        if tuned.refit:  # kept in the unit of the training part
            plain = own.converted(plain, seen.own, parts.test)
        np.testing.assert_allclose(left.outputs, plain, rtol=2e-3, atol=1e-4)
        steps = [step for step, _ in left.curve]
        if plan.splits.validated:
            assert steps == [k * 5 * 2**rung for k in range(5)]
        else:  # what was learned from is told, along the whole fit
            assert steps == sorted(set(steps))
            assert 1 <= steps[0] <= steps[-1] == plan.steps[cell] * 2**rung


@pytest.mark.parametrize("data", [series(), sequences()], ids=["series", "sequences"])
def test_models_learn_from_all_rows(data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many steps as the pairs of the best configuration needed, in passes; an ensemble's answers are averaged."""
    header, runner, tuned, rung, store = confirmed(data, tmp_path / "fits.sqlite", ensemble=3)
    models, task = HandOver(runner, Inline(data), tuned, rung, header.sha256), on(data, header.plan.setting)
    with store:
        models.write(tmp_path / "models")
        monkeypatch.setattr("gatewise.experiment.runner.learn_all", lambda *_: pytest.fail("trained again"))
        models.write(tmp_path / "again")

    plan = header.plan
    assert {path.name for path in (tmp_path / "models").iterdir()} == {*plan.cells, *models.rules()}
    for path in sorted((tmp_path / "models").rglob("model.*")):
        assert (tmp_path / "again" / path.relative_to(tmp_path / "models")).read_bytes() == path.read_bytes()
    whole = task.whole().train
    for name in (*plan.cells, *models.rules()):
        model = load(tmp_path / "models" / name)
        assert model.trained is not None
        assert model.trained.seen == model.trained.among == plan.data.examples
        assert not model.trained.kept_test
        assert len(model.networks) == len(model.trained.steps) == (3 if name in plan.cells else 0)
    for cell in plan.cells:
        [refit, *_] = models.refits(cell)
        if plan.second_tries and plan.splits.validated:  # of few steps: what learned anything has not failed
            assert refit.limits is not None
            assert refit.limits.training == 1.0
        batch = refit.start.configuration.batch_size
        drawn = {
            key: fit for key, fit in runner.fits.items() if (key.phase, key.cell, key.rung) == ("pair", cell, rung)
        }
        own = [fit for key, fit in drawn.items() if key.configuration == refit.key.configuration]
        passes = [
            fit.best_step
            * tuned.configurations[fit.key.configuration].batch_size
            / len(task.parts(fit.key.split, "pair", fit.key.draw).train)
            for fit in own or drawn.values()
        ]
        trained = load(tmp_path / "models" / cell).trained
        assert trained is not None
        assert trained.steps == (round(np.median(passes) * len(whole) / batch),) * 3


def test_answers_of_an_ensemble_are_averaged() -> None:
    """Numbers as they are, classes by their shares; a member more changes no name of another's arrays."""
    one, other = np.array([[0.0, 2.0]]), np.array([[4.0, 0.0]])
    shares = [np.exp(o) / np.exp(o).sum() for o in (one, other)]

    assert averaged([one, other], shares=False).tolist() == [[2.0, 1.0]]
    assert np.exp(averaged([one, other], shares=True)) == pytest.approx(np.mean(shares, axis=0))
    assert averaged([one], shares=True) is one
    stored = in_one([{"a.b": one}, {"a.b": other}])
    assert sorted(stored) == ["0.a.b", "1.a.b"]
    assert [arrays["a.b"].tolist() for arrays in out_of(stored, 2)] == [one.tolist(), other.tolist()]
    with pytest.raises(ValueError, match="none of the 2 networks"):
        out_of({"2.a": one}, 2)


def test_a_cell_that_diverges_on_all_rows_is_taken_from_a_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A note says so, and its model says what it has not seen."""
    data = series()
    header, runner, tuned, rung, store = confirmed(data, tmp_path / "fits.sqlite")
    monkeypatch.setattr("gatewise.experiment.refit.Learner.step", lambda *_: False)
    with store:
        HandOver(runner, Inline(data), tuned, rung, header.sha256).write(tmp_path / "models")

    assert isinstance(runner.watcher, Notes)
    assert any("diverged when it was trained on all rows" in note for note in runner.watcher.notes)
    trained = load(tmp_path / "models" / "gru").trained
    assert trained is not None
    assert trained.kept_test


def test_weights_of_an_older_run_are_made_again(tmp_path: Path) -> None:
    """A run whose fits left nothing is finished all the same, and a note says what is done."""
    data = series()
    header, runner, tuned, rung, store = confirmed(data, tmp_path / "fits.sqlite", keep_test=True)
    models = HandOver(runner, Inline(data), tuned, rung, header.sha256)
    with store:
        models.write(tmp_path / "models")
        store._db.execute("DELETE FROM kept")
        models.write(tmp_path / "again")

    assert isinstance(runner.watcher, Notes)
    assert any("trained again" in note for note in runner.watcher.notes)
    for cell in header.plan.cells:
        first, second = (tmp_path / where / cell / "model.safetensors" for where in ("models", "again"))
        assert first.read_bytes() == second.read_bytes()


def test_another_environment_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs, and what to type; gone on with, both environments are listed."""
    folder = RunFolder(tmp_path)

    def entered(workers: int, *, elsewhere: bool) -> int:
        enter(folder, [environment.environment(workers)], elsewhere=elsewhere)
        return len(environment.known(folder))

    assert entered(2, elsewhere=False) == 1
    assert entered(1, elsewhere=False) == 1
    monkeypatch.setattr(environment, "_processor", lambda: "another one")
    with pytest.raises(
        InputError, match=r"processor: got another one, expected .*type: gatewise resume .* --elsewhere"
    ):
        entered(2, elsewhere=False)

    assert entered(2, elsewhere=True) == 2
    assert entered(2, elsewhere=False) == 2
    monkeypatch.undo()
    assert entered(2, elsewhere=True) == 2, "back where it began"
    monkeypatch.setattr(environment, "_processor", lambda: "another one")
    assert entered(2, elsewhere=True) == 2
    written = json.loads((tmp_path / "environment.json").read_text("utf-8"))
    assert written["processor"] == "another one" != written["earlier"][0]["processor"]
    packages = {"torch": "1", "polars": "1"}
    assert differences({"packages": packages}, {"packages": {"torch": "2", "polars": "2"}}) == [
        ("packages.torch", "2", "1")
    ]
