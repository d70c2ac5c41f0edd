"""The comparison from Python: what it returns, what it leaves, what it never does."""

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import polars as pl
import pytest
from tiny import ALONE, FEW_STEPS, sequences, series

import gatewise
from gatewise.comparison import Comparison, compare, load, resume
from gatewise.errors import DataError, InputError, OptionError
from gatewise.experiment.budget import Prices
from gatewise.experiment.workers.inline import Inline
from gatewise.judge.looks import CAPPED
from gatewise.judge.tables import bars
from gatewise.model.model import load as load_model
from gatewise.run.folder import RunFolder
from gatewise.run.options import OPTIONS

SHARED = Path(__file__).parents[2] / "shared" / "data"
FAST = {"window": 4, "params": 300, "workers": 1}


def table() -> dict[str, np.ndarray]:
    """The tent map as columns."""
    values = series().values
    return {"y": values[:, 0], "u": values[:, 1]}


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train in this process: starting others takes longer than small fits."""
    monkeypatch.setattr("gatewise.comparison.Local", Inline)


@pytest.fixture
def brief(inline: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """And train little: for what does not depend on how good a fit is."""
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (40, 40))


@pytest.fixture(scope="module")
def forecast(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A small forecast, compared once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gatewise.comparison.Local", Inline)
        patch.setattr("gatewise.experiment.plan.STEPS", (200, 200))
        out = tmp_path_factory.mktemp("runs") / "a"
        return compare(pl.DataFrame(table()), target="y", fits=24, keep_test=True, out=out, **FAST)


@pytest.fixture(scope="module")
def classification(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A small classification by folds, with a further cell, compared once."""
    found = sequences()
    data = (np.nan_to_num(found.values), found.labels, found.lengths)
    out = tmp_path_factory.mktemp("runs") / "b"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gatewise.comparison.Local", Inline)
        patch.setattr("gatewise.experiment.plan.STEPS", (60, 60))  # ramps are soon told apart
        return compare(data, cells=["lstm", "gru", "rnn"], fits=84, params=300, workers=2, out=out)


def test_the_face(forecast: Comparison) -> None:
    """Verdict, recommendation, table, model and report, all from one object."""
    table_ = forecast.table()

    assert (forecast.verdict, forecast.recommendation) == (forecast.document.verdict, forecast.document.recommendation)
    assert table_["cell"].to_list() == ["lstm", "gru"]
    assert table_["score"].to_list() == [result.score for result in forecast.document.cells.values()]
    assert (table_["low"] < table_["score"]).all()
    assert forecast.report() == forecast.folder.report_path
    assert forecast.report(forecast.folder.path / "other.html").read_text().startswith("<!doctype html>")


def test_a_comparison_shows_itself(forecast: Comparison) -> None:
    """In one line, as the first screen, and in a notebook; and so does its model."""
    assert repr(forecast) == (
        f"<Comparison: take {forecast.recommendation} ({forecast.document.strength}),"
        f" verdict {forecast.verdict}; {forecast.folder.path}>"
    )
    screen = str(forecast).splitlines()
    assert screen[0].startswith(("Take", "Lean"))
    assert screen[-1].endswith("report.html")
    assert max(map(len, screen[:-2])) <= 80
    assert "<svg" in forecast._repr_html_()
    assert "2 networks" not in repr(load(forecast.folder.path, "gru"))
    assert repr(load(forecast.folder.path, "gru")).startswith("<Model GRU: y, 1 step ahead; ")
    assert "rows" in load(forecast.folder.path, "gru")._repr_html_()
    assert "95 \\% range" in forecast.table(style="latex")
    assert set(forecast.fits()["cell"]) > {"lstm", "gru", "ridge"}


def test_data_in_memory_are_gone_on_with(forecast: Comparison) -> None:
    """As long as the comparison is there: forecast, and drawn; from its folder alone they are not, which is said."""
    assert f"gatewise.load({str(forecast.folder.path)!r}).predict(DATA)" in str(forecast)
    assert "gatewise predict" not in str(forecast)
    assert forecast.predict().equals(forecast.predict(table()))
    drawn = forecast.plot("gates", cell="gru").to_dict(validate=False)
    assert len(drawn["vconcat"]) == 4 + 1  # r, z, n, h and the steps
    with pytest.raises(InputError, match="made from data in memory"):
        load(forecast.folder.path).predict()


def test_plots_that_are_not_there_are_told(forecast: Comparison) -> None:
    """With what there is."""
    with pytest.raises(OptionError, match=r"there is no plot 'gate'; did you mean gates\?"):
        forecast.plot("gate")
    with pytest.raises(OptionError, match=r"cell='gru' belongs to plot\('gates'\), got plot\('pairs'\). Leave it out"):
        forecast.plot("pairs", cell="gru")
    with pytest.raises(OptionError, match=r"progress=3 tells nobody; expected True, False or an object with"):
        compare(table(), target="y", progress=3)


def test_the_verdict_is_what_its_interval_says(forecast: Comparison) -> None:
    """As tuned, on new data: the first claim, unless fits were cut short; a cell is recommended, and how surely."""
    document, found = forecast.document, forecast.document.difference
    assert found is not None
    tuned = [claim for claim in document.claims if claim.scope == "tuned" and claim.kind != "beats-rules"]

    if document.undecided is not None and document.undecided.cause == "training":
        assert max(result.capped for result in document.cells.values()) > CAPPED
    if tuned:
        first = tuned[0]
        assert forecast.verdict == (first.cell if first.kind == "better" else first.kind)
        assert document.strength == "shown"
    else:
        assert forecast.verdict == "undecided"
    for claim in tuned:
        if claim.kind == "better":
            sign = 1 if claim.cell == found.first else -1
            assert claim.interval == pytest.approx(tuple(sorted(sign * end for end in found.interval)), rel=1e-9)
            assert claim.interval[0] > 0.0
    assert found.estimate == pytest.approx(np.mean(found.per_pair), abs=1e-9)
    assert sum(document.retrainings_won.values()) == pytest.approx(100.0)
    assert document.cheaper in document.cells


def test_recurrent_nets_beat_ridge_on_the_tent_map(forecast: Comparison) -> None:
    """What comes next is a folded function of what was: no linear rule sees it, both cells do."""
    for result in forecast.document.cells.values():
        assert result.score > 0.3
        assert result.above_baseline == "yes"


def test_classification_by_folds_tests_every_example_once(classification: Comparison) -> None:
    """60 sequences, 60 blocks, three cells, ramps told apart."""
    document = classification.document

    assert document.difference is not None
    assert document.difference.blocks == 60
    assert [other.cell for other in document.others] == ["rnn"]
    assert min(result.score for result in document.cells.values()) > 0.8


@pytest.mark.parametrize(("given", "type_"), [("sales", "target='sales'"), (7, "horizon=7")])
def test_an_option_without_its_name_is_refused(given: object, type_: str) -> None:
    """With what to type, before anything is read."""
    with pytest.raises(OptionError, match=rf"without a name.* Type: compare\(data, {type_}\)"):
        cast("Any", gatewise.compare)("sales.csv", given)


def test_options_are_keywords() -> None:
    """Signature and help list every option with its default; an unknown one is told what was meant."""
    listed = inspect.signature(compare).parameters

    assert list(listed) == ["data", *(option.name for option in OPTIONS)]
    assert all(listed[option.name].default == option.default for option in OPTIONS)
    assert all(f"        {option.name}: {option.help[:30]}" in (compare.__doc__ or "") for option in OPTIONS)
    with pytest.raises(OptionError, match="there is no option 'horizonn'; did you mean horizon"):
        compare(table(), target="y", horizonn=3)  # type: ignore[call-arg]


def test_the_model_predicts(forecast: Comparison, classification: Comparison) -> None:
    """On frames of all kinds alike; for sequences a class and its probabilities."""
    model = load(forecast.folder.path)
    ways = [pl.DataFrame(table()), pd.DataFrame(table()), table()]
    predictions = [model.predict(way) for way in ways]

    bands = ["y_lo80", "y_hi80", "y_lo95", "y_hi95"]
    assert [frame.columns for frame in predictions] == [["step", "y", *bands]] * 3
    assert len({frame["y"][0] for frame in predictions}) == 1
    with pytest.raises(DataError, match=r"need at least the last 4 rows, got 3"):
        model.predict({k: v[:3] for k, v in table().items()})
    with pytest.raises(DataError, match="u"):
        model.predict({"y": table()["y"]})

    found = sequences(seed=9)
    frame = classification.model.predict((np.nan_to_num(found.values), found.labels, found.lengths))
    named = [str(k) for k in found.labels]
    assert frame.columns == ["example", "predicted", "p(0)", "p(1)"]
    assert np.mean([a == b for a, b in zip(frame["predicted"], named, strict=True)]) > 0.8
    assert (frame["p(0)"] + frame["p(1)"]).to_numpy() == pytest.approx(1.0)


@pytest.mark.parametrize("cell", ["lstm", "gru", "baseline"])
def test_every_saved_model_predicts_what_its_fit_predicted(forecast: Comparison, cell: str) -> None:
    """Its losses on the first test windows are those stored of the fit that validation prefers, or of the rule."""
    plan, model = forecast.folder.header().plan, load_model(forecast.folder.path / "models" / cell)
    with forecast.folder.fits() as store:
        fits = store.read()
    last, columns = plan.splits.count - 1, table()
    if cell == "baseline":
        [kept] = [
            f for k, f in fits.items() if (k.phase, k.cell, k.split) == ("baseline", bars(plan, fits)[last], last)
        ]
    else:
        pairs = [fit for key, fit in fits.items() if (key.phase, key.cell, key.split) == ("pair", cell, last)]
        longest = max(fit.key.rung for fit in pairs)
        kept = min((fit for fit in pairs if fit.key.rung == longest), key=lambda fit: sum(fit.validation))

    first = plan.splits.borders[last]
    predicted = [
        model.predict({name: column[:end] for name, column in columns.items()})["y"][0]
        for end in range(first, first + plan.splits.block)
    ]

    errors = np.array(predicted) - columns["y"][first : first + plan.splits.block]
    assert errors**2 == pytest.approx(np.array(kept.test[: plan.splits.block]), rel=1e-5, abs=1e-9)


def test_a_cell_against_itself_is_a_control(brief: None, tmp_path: Path) -> None:
    """Two arms of one cell differ in every pair, and neither wins."""
    found = compare(table(), target="y", cells="gru,gru", fits=20, out=tmp_path / "run", **FAST).document

    assert found.verdict not in ("gru", "gru#2")
    assert list(found.cells) == ["gru", "gru#2"]
    assert found.difference is not None
    assert all(d != 0.0 for d in found.difference.per_pair)


def test_any_number_of_fits_from_four_on(brief: None, tmp_path: Path) -> None:
    """Too few for the first look: undecided, with a recommendation and its cause."""
    for fits in (4, 7):
        document = compare(table(), target="y", fits=fits, out=tmp_path / f"run{fits}", **FAST).document
        assert document.verdict == "undecided"
        assert document.undecided is not None
        assert document.undecided.cause == "pairs"
        assert document.fits <= fits


def test_equal_width(brief: None, tmp_path: Path) -> None:
    """Other terms to meet on: the same hidden size."""
    plan = compare(table(), target="y", fits=4, match="width", out=tmp_path / "run", **FAST).folder.header().plan

    assert plan.hidden_size["lstm"] == plan.hidden_size["gru"]


def test_equal_training_time(inline: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the same seconds: steps are in inverse proportion to what one costs, about the planned number."""
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (120, 120))
    price = {"lstm": 1e-3, "gru": 3e-3}
    monkeypatch.setattr(
        "gatewise.experiment.budget.prices",
        lambda workers, drafted: Prices(
            {cell: dict.fromkeys(map(str, drafted.batch_sizes), price[cell]) for cell in price},
            dict.fromkeys(price, 0.01),
        ),
    )

    plan = compare(table(), target="y", fits=4, match="time", out=tmp_path / "run", **FAST).folder.header().plan

    assert plan.steps == {"lstm": 240, "gru": 80}


def test_a_budget_of_time(inline: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget is turned into steps before training; at its prices no more is trained than it and the clock grant."""
    size, each = ("16", "32", "64"), {"lstm": 2e-3, "gru": 1e-3}
    prices = Prices({cell: dict.fromkeys(size, price) for cell, price in each.items()}, dict.fromkeys(each, 0.01))
    monkeypatch.setattr("gatewise.experiment.budget.prices", lambda *_: prices)
    monkeypatch.setattr("gatewise.experiment.budget.CLOSING", 17.0)
    found = compare(table(), target="y", budget="20s", out=tmp_path / "run", **FAST)
    plan = found.folder.header().plan
    with found.folder.stored_fits() as stored:
        fits = [(key, fit) for key, fit in stored.read().items() if key.phase in ("tune", "pair")]
    steps = {key: fit.steps + (fit.best_step if key.phase == "pair" else 0) for key, fit in fits}
    work, watched = plan.work, found.folder.watched()
    assert watched is not None
    granted = sum(cut.left - cut.before for cut in watched.cuts)

    assert granted > 0.0, "fits are quicker than these prices"
    assert (work.unit, work.prices, work.overhead) == ("seconds", prices.step, prices.overhead)
    assert sum(each[key.cell] * steps[key] + 0.01 for key in steps) < work.total + granted


def test_data_in_memory_cannot_be_resumed_by_name(brief: None, tmp_path: Path) -> None:
    """The message says to call compare with the same data."""
    made = compare(table(), target="y", fits=4, out=tmp_path / "run", **FAST)
    made.folder.verdict_path.unlink()

    with pytest.raises(InputError, match=r"was begun from data in memory or piped in\..* call gatewise\.compare"):
        resume(tmp_path / "run")
    again = compare(table(), target="y", fits=4, out=tmp_path / "run", **FAST)
    assert again.document.model_dump(exclude={"costs"}) == made.document.model_dump(exclude={"costs"})


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    """Worker processes do not run the caller's script again."""
    script = tmp_path / "script.py"
    script.write_text(
        f"{FEW_STEPS}\n"
        "import gatewise, numpy as np\n"
        "print('once')\n"
        "rng = np.random.default_rng(0)\n"
        "found = gatewise.compare({'y': rng.normal(size=200)}, target='y', window=4, params=300, fits=4, workers=1)\n"
        "print(found.verdict)\n"
    )
    made = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert made.stdout.split() == ["once", "undecided"], made.stderr


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets lie beside the project in CI only")
@pytest.mark.parametrize(
    ("name", "least"), [pytest.param("japanesevowels", 0.90, marks=pytest.mark.long), ("italypowerdemand", 0.93)]
)
def test_real_sequences(tmp_path: Path, name: str, least: float) -> None:
    """A short version of the measured runs: both cells reach the accuracy that is asked of them."""
    document = compare(SHARED / name, fits=20, out=tmp_path / "run").document

    assert min(result.score for result in document.cells.values()) >= least


def test_public_names() -> None:
    """What a user may import; a change here is a change of the contract."""
    assert gatewise.__all__ == [
        "Comparison", "DataError", "GRU", "GRUCell", "GatewiseError", "Init", "InputError", "LSTM", "LSTMCell",
        "OptionError", "RNN", "RNNCell", "Regularize", "RunError", "SequenceClassifier",
        "SequenceForecaster", "SequenceRegressor", "Variant", "compare", "explain", "from_torch", "gate_order",
        "kernel_path", "load", "parameter_count", "patch_torch", "resume", "to_torch", "truncated",
    ]  # fmt: skip
    for name in gatewise.__all__:
        assert getattr(gatewise, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Transformer'"):
        gatewise.Transformer  # noqa: B018


def test_readme_examples_run(tmp_path: Path) -> None:
    """Every Python block of the README, with fewer fits and steps, in one process."""
    root = Path(__file__).parents[1]
    blocks = (root / "README.md").read_text().split("```python\n")[1:]
    code = "\n".join([ALONE, *(block.partition("```")[0] for block in blocks)]).replace("fits=40", "fits=4")
    (tmp_path / "examples").symlink_to(root / "examples")
    made = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert made.returncode == 0, made.stderr
    assert "('reset', 'update', 'candidate')" in made.stdout
    assert (tmp_path / "report.html").is_file()


def test_no_pickle(forecast: Comparison) -> None:
    """The models are safetensors and JSON; nothing in a run folder is a pickle."""
    folder = forecast.folder.path
    heads = {file: file.read_bytes()[:2] for file in folder.rglob("*") if file.is_file()}

    assert [file for file, head in heads.items() if head in (b"\x80\x02", b"\x80\x04", b"\x80\x05", b"PK")] == []
    assert RunFolder(folder).finished
    json.loads((folder / "verdict.json").read_text())
