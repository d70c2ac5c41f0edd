"""Run folders of every format, finished by the gatewise of their time, are read, reported and predicted from."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from gatewise.errors import InputError
from gatewise.judge.wording import words
from gatewise.model.model import load
from gatewise.report.write import write_report
from gatewise.run.folder import RunFolder, open_run
from gatewise.run.plan import name_of
from gatewise.run.upgrade import STEPS, upgraded
from gatewise.run.verdict import Verdict
from gatewise.tasks import TASKS

FIXTURES = Path(__file__).parents[1] / "fixtures"
RUNS = sorted(FIXTURES.glob("format-*/*"))
DATA = {
    "forecast": Path(__file__).parents[2] / "examples" / "seattle-weather.csv",
    "classify": FIXTURES / "data" / "counting.npz",
    "regress": FIXTURES / "data" / "last.npz",
    "regress-steps": FIXTURES / "data" / "wear.csv",
    "classify-steps": FIXTURES / "data" / "wear.csv",
    "next-symbol": FIXTURES / "data" / "orders.csv",
    "next-frame": FIXTURES / "data" / "chords.json",
}


@pytest.fixture(params=RUNS, ids=lambda path: f"{path.parent.name}-{path.name}")
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> RunFolder:
    """A copy of a finished run."""
    shutil.copytree(request.param, tmp_path / "run")
    return open_run(tmp_path / "run")


def test_a_plan_keeps_the_name_it_was_written_under(folder: RunFolder) -> None:
    """Whatever fields came later; what is stored and concluded refers to that name."""
    header, written = folder.header(), json.loads((folder.path / "plan.json").read_text("utf-8"))

    assert header.sha256 == name_of(written["plan"]) == folder.verdict().plan_sha256
    with folder.fits() as store:
        assert {key.cell for key in store.read() if key.phase == "pair"} == set(header.plan.cells)


def test_a_plan_that_was_changed_is_refused(folder: RunFolder) -> None:
    """One figure is enough; layout is not counted."""
    path = folder.path / "plan.json"
    written = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(written))
    folder.header()
    written["plan"]["margin"] = 0.02
    path.write_text(json.dumps(written))

    with pytest.raises(InputError, match="was changed after it was locked"):
        folder.header()


def test_every_format_has_finished_runs_of_every_task_it_had() -> None:
    """A change of a document adds a folder here, made by the code of its time."""
    present = 1 + max(map(len, STEPS.values()))

    assert sorted({path.parent.name for path in RUNS}) == [f"format-{k}" for k in range(1, present + 1)]
    newest = {path.name for path in RUNS if path.parent.name == f"format-{present}"}
    assert newest == {task.name for task in TASKS}


FIRST = [next(run for run in RUNS if run.parent == place) for place in sorted({run.parent for run in RUNS})]


@pytest.mark.parametrize("folder", FIRST, ids=lambda path: str(path.parent.name), indirect=True)
def test_it_is_reported(folder: RunFolder) -> None:
    """One of each format is, and says what verdict.json holds; `report/` holds every page to the letter."""
    page = write_report(folder.path).read_text("utf-8")
    verdict = folder.verdict()

    assert verdict.plan_sha256 in page
    assert all(f"{result.parameters:,}" in page for result in verdict.cells.values())


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("format-1/*")), ids=lambda path: str(path.name))
def test_a_conclusion_of_format_1_reads_as_it_was_written(path: Path) -> None:
    """Its sentences are kept, by their code where it is known; those without numbers are known."""
    raw, verdict = json.loads((path / "verdict.json").read_text("utf-8")), open_run(path).verdict()
    why, opinions = verdict.undecided, verdict.opinions
    assert why is not None
    assert opinions is not None

    assert f"{words(verdict.claim)}." == raw["claim"]
    assert words(verdict.recommendation_reason) == raw["recommendation_reason"]
    assert (words(why.reason), words(why.remedy)) == (raw["undecided"]["text"], raw["undecided"]["remedy"])
    assert words(verdict.textbook.reason) == raw["textbook"]["reason"]
    assert [words(warning) for warning in verdict.warnings] == raw["warnings"]
    assert [words(reason) for reason in opinions.trust] == raw["opinions"]["trust"]
    assert (verdict.claim.code, why.reason.code) == ("arms-open", "said")
    assert [rule.name for rule in verdict.baselines if rule.bar] == [b["name"] for b in raw["baselines"] if b["gate"]]


@pytest.mark.parametrize(
    ("verdict", "recommendation", "code", "names"),
    [
        ("gru", "gru", "arm-better", {"named": "gru", "other": "lstm"}),
        ("equal", "gru", "arms-equal", {"first": "lstm", "second": "gru"}),
        ("not-worse", "gru", "arm-not-worse", {"named": "gru", "other": "lstm"}),
        ("neither", "baseline", "bar-not-beaten", {"first": "lstm", "second": "gru", "rules": ("ridge",)}),
    ],
)
def test_the_claim_of_format_1_is_made_anew(
    verdict: str, recommendation: str, code: str, names: dict[str, object]
) -> None:
    """From the verdict's other fields; where they do not tell the arms it stays the sentence that it was."""
    raw = json.loads((FIXTURES / "format-1" / "forecast" / "verdict.json").read_text("utf-8"))
    raw |= {"verdict": verdict, "recommendation": recommendation, "claim": "So it was said."}

    told = Verdict.model_validate_json(json.dumps(upgraded("verdict", raw))).claim
    untold = Verdict.model_validate_json(json.dumps(upgraded("verdict", raw | {"difference": None}))).claim

    assert (told.code, told.values) == (code, names | {"margin": 0.01, "unit": "skill"})
    assert words(told).startswith("On these data")
    assert words(untold) == "So it was said"


@pytest.mark.parametrize(
    "path", sorted(FIXTURES.glob("format-[1-4]/*")), ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_a_verdict_of_one_scope_keeps_its_95_interval(path: Path) -> None:
    """Before format 4 claims had no scope: there are none, and how sure the choice is was not told."""
    raw, verdict = json.loads((path / "verdict.json").read_text("utf-8")), open_run(path).verdict()
    if raw["format"] > 3:
        pytest.skip("it has scopes")
    assert verdict.difference is not None

    assert list(verdict.difference.interval) == raw["difference"]["interval_95"]
    assert (verdict.claims, verdict.strength, verdict.difference.interval_anew) == ((), None, None)


@pytest.mark.parametrize("arm", ["lstm", "gru", "baseline"])
def test_it_is_predicted_from(folder: RunFolder, arm: str) -> None:
    """As the gatewise that made it predicted, to the digits that another processor gives."""
    expected = pl.read_csv(folder.path / f"predicted-{arm}.csv", infer_schema_length=None)
    found = load(folder.path / "models" / arm).predict(DATA[folder.header().plan.task])

    assert found.columns == expected.columns
    for column in expected.columns:
        got, wanted = found[column].head(len(expected)), expected[column]
        if wanted.dtype == pl.Float64:
            assert got.to_list() == pytest.approx(wanted.to_list(), rel=1e-4, abs=1e-6)
        else:
            assert got.cast(pl.String).to_list() == wanted.cast(pl.String).to_list()


def test_a_newer_format_is_told_apart_from_a_broken_file() -> None:
    """It says what to type."""
    for what in STEPS:
        newest = len(STEPS[what]) + 1
        raw = {"format": newest + 1}
        with pytest.raises(InputError, match=f"has format {newest + 1}, expected {newest} at most"):
            upgraded(what, {"plan": raw} if what == "plan" else raw)
