"""The command line as a user meets it: in a process of its own, in an empty folder."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import typer
from once import once
from rich.text import Text
from tiny import BRIEF, series

from gatewise.cli import app, main
from gatewise.experiment.workers.inline import Inline
from gatewise.made import FAMILIES
from gatewise.report.charts import difference
from gatewise.run.folder import RunFolder
from gatewise.run.options import OPTIONS
from gatewise.run.plan import name_of
from gatewise.run.verdict import Verdict

BASE = [sys.executable, "-m", "gatewise"]


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few steps a fit where gatewise is called in this process, and no early workers; elsewhere `BRIEF` sees to it."""
    monkeypatch.setattr("gatewise.cli.workers.early", lambda call: nullcontext())
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (60, 60))


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small series as CSV."""
    path = tmp_path_factory.mktemp("data") / "map.csv"
    values = series().values
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 1, 1) + pl.duration(days=len(values) - 1), eager=True)
    pl.DataFrame({"day": days, "y": values[:, 0], "u": values[:, 1]}).fill_nan(None).write_csv(path)
    return path


def run(
    *args: object, cwd: Path, env: dict[str, str] | None = None, program: Sequence[str] = BASE
) -> subprocess.CompletedProcess[str]:
    """Run gatewise."""
    return subprocess.run(
        [*program, *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "120", **(env or {})},
    )


def called(args: list[object], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run gatewise in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["gatewise", *map(str, args)])
    with pytest.raises(SystemExit) as left:
        main()
    assert isinstance(left.value.code, int)
    return left.value.code


SMALL = ["--target", "y", "--window", "4", "--params", "300", "--fits", "20", "--seed", "3"]


@pytest.fixture(scope="session")
def made(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a run was begun in, on a narrow terminal, with what was said; made once, for tests that read."""

    def make(folder: Path) -> None:
        done = run("compare", table, *SMALL, cwd=folder, env={"COLUMNS": "40"}, program=BRIEF)
        assert done.returncode == 0, done.stderr
        (folder / "stdout").write_text(done.stdout)
        (folder / "stderr").write_text(done.stderr)

    return once(tmp_path_factory, "finished", make)


@pytest.fixture(scope="session")
def finished(made: Path) -> Path:
    """Its run folder."""
    [folder] = (made / "runs").iterdir()
    return folder


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, for tests that write."""
    return shutil.copytree(finished, tmp_path / "copied")


def comparable(path: Path) -> dict[str, object]:
    """verdict.json but for what the clock measured."""
    document: dict[str, object] = json.loads((path / "verdict.json").read_text())
    del document["costs"]
    return document


def test_help_answers_within_half_a_second(tmp_path: Path) -> None:
    """Of a core's time, and in one of five tries, so that a busy machine does not fail it."""

    def spent() -> float:
        before = os.times()
        shown = run("--help", cwd=tmp_path)
        after = os.times()
        assert "compare" in shown.stdout
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert any(spent() < 0.5 for _ in range(5))


def test_help_loads_no_numbers_and_no_documents() -> None:
    """What makes it quick: numpy and pydantic take a quarter of a second of a core, and help needs neither."""
    asked = "import sys, gatewise.cli; print([name for name in ('numpy', 'scipy', 'pydantic') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_help_lists_every_option(tmp_path: Path) -> None:
    """With its meaning; only what Python alone takes is left out."""
    said = run("compare", "--help", cwd=tmp_path).stdout

    for option in OPTIONS:
        assert (option.flag in said) is option.command_line
        assert not option.command_line or option.help.split()[0] in said


def test_a_run_leaves_what_is_documented(finished: Path) -> None:
    """Every file of docs/run-folder.md, nothing else, no pickle."""
    files = sorted(str(p.relative_to(finished)) for p in finished.rglob("*") if p.is_file())
    found = Verdict.model_validate_json((finished / "verdict.json").read_bytes())
    bar = next(rule.name for rule in found.baselines if rule.bar)
    models = {"baseline", "gru", "lstm", *(rule.name for rule in found.baselines)} - {bar}

    expected = [
        ".fits.sqlite.lock",
        "environment.json",
        "fits.sqlite",
        "forecast.json",
        "inputs.json",
        *(f"models/{model}/model.{kind}" for model in sorted(models) for kind in ("json", "safetensors")),
        "plan.json",
        "report.html",
        "verdict.json",
    ]
    assert files == sorted(expected)
    verdict = Verdict.model_validate_json((finished / "verdict.json").read_bytes())
    plan = json.loads((finished / "plan.json").read_text())
    assert verdict.plan_sha256 == plan["sha256"]
    assert verdict.fits <= 20


def test_the_first_screen_and_what_comes_next(made: Path, finished: Path) -> None:
    """Standard output begins with what to take and ends with what to type, unwrapped; progress is on standard error."""
    said = (made / "stderr").read_text()
    shown = (made / "stdout").read_text().splitlines()

    assert shown[0].startswith(("Take ", "Lean to "))
    run = f"runs/{finished.name}"
    assert shown[-2:] == [f"next   gatewise predict {run}", f"report {run}/report.html"]
    assert "target: y" in said
    assert "pairs" in said


def test_no_help_loses_what_stands_in_brackets() -> None:
    """Help is markup: a bracket in it is swallowed, so what is the default is told to typer as such."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    told = [text for command in group.commands.values() for text in (command.help, command.epilog)]
    told += [getattr(given, "help", None) for command in group.commands.values() for given in command.params]

    assert len(told) > 50
    assert [text for text in told if text and Text.from_markup(text).plain != text] == []


def test_json_prints_the_verdict_and_nothing_else(
    table: Path, finished: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies in the run folder."""
    assert called(["compare", table, *SMALL, "--out", finished, "--json"], monkeypatch) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((finished / "verdict.json").read_text())


def test_a_plan_for_other_data_is_refused(
    finished: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, and nothing is written."""
    other = tmp_path / "other.csv"
    pl.read_csv(table).with_columns(pl.col("y") * 2).write_csv(other)
    plan = ["--plan", finished / "plan.json", "--out", tmp_path / "no"]

    assert called(["compare", other, *plan], monkeypatch) == 2
    assert "was made for other data" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_the_plan_of_an_older_gatewise_is_run_again(
    table: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lacks what came later; the new run is written with that, under a name that fits, and goes on if asked."""
    held = json.loads((finished / "plan.json").read_text("utf-8"))
    assert held["plan"].pop("made", None) is not None
    held["sha256"] = name_of(held["plan"])
    (tmp_path / "older.json").write_text(json.dumps(held), "utf-8")
    again = ["compare", table, "--plan", tmp_path / "older.json", "--out", tmp_path / "run"]

    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    assert [called(again, monkeypatch), called(again, monkeypatch)] == [0, 0]
    assert RunFolder(tmp_path / "run").header().plan.model_dump(mode="json") == held["plan"] | {"made": {}}


def test_a_killed_run_of_a_plan_resumes_to_the_same_verdict(
    table: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker, SIGKILL when some of the pairs are stored, resume: all but costs is as in the run of the plan."""
    folder = tmp_path / "run"

    def stored(run: Path) -> int:
        with RunFolder(run).stored_fits() as fits:
            return sum(key.phase == "pair" for key in fits.read())

    plan = ["--plan", str(finished / "plan.json"), "--workers", "1", "--out", str(folder)]
    process = subprocess.Popen([*BASE, "compare", str(table), *plan], stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stderr is not None
    for line in process.stderr:
        if "pairs 1 to" in line:
            break
    while stored(folder) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert stored(folder) < stored(finished)
    assert not (folder / "verdict.json").exists()

    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    assert called(["resume", folder], monkeypatch) == 0
    assert comparable(folder) == comparable(finished)


def test_ctrl_c_stops_cleanly(table: Path, tmp_path: Path) -> None:
    """Exit 130, how to go on is said, no traceback, nothing half-written."""
    folder = tmp_path / "run"
    asked = [*SMALL, "--workers", "1", "--out", str(folder)]
    process = subprocess.Popen([*BRIEF, "compare", str(table), *asked], stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "pairs 1 to" in line or "tuning" in line:
            process.send_signal(signal.SIGINT)
            break
    rest = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=300) == 130
    assert f"gatewise resume {folder}" in rest
    assert "Traceback" not in "".join(said) + rest
    assert [path.name for path in folder.glob(".*")] in ([], [".fits.sqlite.lock"])


def test_a_run_whose_data_were_moved(
    finished: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Resume says what to type, and that goes on to the same verdict."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    folder, moved = tmp_path / "run", tmp_path / "moved.csv"
    shutil.copytree(finished, folder)
    (folder / "verdict.json").unlink()
    moved.write_bytes(table.read_bytes())
    plan = json.loads((folder / "plan.json").read_text())
    (folder / "plan.json").write_text(json.dumps({**plan, "source": str(tmp_path / "gone.csv")}))

    assert called(["resume", folder], monkeypatch) == 2
    said = capsys.readouterr().err
    assert f"there is no {tmp_path / 'gone.csv'}" in said
    typed = f"compare NEW/PLACE --plan {folder / 'plan.json'} --out {folder}"
    assert f"gatewise {typed}" in said

    assert called(typed.replace("NEW/PLACE", str(moved)).split(), monkeypatch) == 0
    assert comparable(folder) == comparable(finished)


def test_a_finished_run_is_left_alone(
    finished: Path, table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Resume and compare again: exit 0, the same verdict shown, no file changed."""
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in finished.rglob("*") if p.is_file()}
    again = (["resume", finished], ["compare", table, *SMALL, "--out", finished])
    shown = [(called(args, monkeypatch), capsys.readouterr().out) for args in again]

    assert shown[0] == shown[1]
    assert shown[0][0] == 0
    assert shown[0][1].splitlines()[-1].endswith("report.html")
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in finished.rglob("*") if p.is_file()} == before


def test_report_is_written_again_without_torch(copied: Path, tmp_path: Path) -> None:
    """The page can be made on a machine that cannot train."""
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'torch': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        f"sys.argv = ['gatewise', 'report', {str(copied)!r}]\n"
        "from gatewise.cli import main; main()"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)

    assert made.returncode == 0, made.stderr
    assert made.stdout.strip() == str(copied / "report.html")


def test_predict(finished: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To standard output, and to a file; the time column goes on."""
    shown = run("predict", finished, table, cwd=tmp_path)

    assert shown.returncode == 0, shown.stderr
    assert called(["predict", finished, table, "--out", tmp_path / "next.csv"], monkeypatch) == 0
    frame, printed = pl.read_csv(tmp_path / "next.csv"), pl.read_csv(io.StringIO(shown.stdout))
    assert printed["y"].round(6).to_list() == frame["y"].round(6).to_list()
    assert len(str(printed["y"][0])) < len(str(frame["y"][0])), "a file has all digits"
    assert frame.columns == ["day", "y", "y_lo80", "y_hi80", "y_lo95", "y_hi95"]
    assert len(frame) == 1
    assert frame["day"][0].startswith("2021-02-04")
    assert np.isfinite(frame["y"][0])


BAD_INPUT = [
    (["nowhere.csv", "--target", "y"], "nowhere.csv"),
    (["empty.csv", "--target", "y"], "empty"),
    (["folder"], "folder"),
    (["garbage.csv", "--target", "y"], "garbage.csv"),
    (["MAP", "--target", "z"], "z"),
    (["MAP", "--target", "yy"], "did you mean y"),
    (["MAP"], "--target"),
    (["text.csv", "--target", "word"], "word"),
    (["MAP", "--target", "y", "--time", "u"], "u"),
    (["twice.csv", "--target", "y"], "--duplicates"),
    (["short.csv", "--target", "y"], "too short"),
    (["constant.csv", "--target", "y"], "is 3 in every row"),
    (["infinite.csv", "--target", "y"], "inf"),
    (["one.npz"], "class"),
    (["single.npz"], "class"),
    (["MAP", "--target", "y", "--horizon", "0"], "--horizon"),
    (["MAP", "--target", "y", "--horizon", "-2"], "--horizon"),
    (["MAP", "--target", "y", "--margin", "0"], "--margin"),
    (["MAP", "--target", "y", "--margin", "-0.1"], "--margin"),
    (["MAP", "--target", "y", "--budget", "0s"], "--budget"),
    (["MAP", "--target", "y", "--budget", "-1m"], "--budget"),
    (["MAP", "--target", "y", "--budget", "1"], "did you mean 1m?"),
    (["MAP", "--target", "y", "--fits", "3"], "--fits"),
    (["MAP", "--target", "y", "--cells", "lstm,gruu"], "did you mean gru"),
    (["MAP", "--target", "y", "--metric", "accuracy"], "--metric accuracy does not fit"),
    (["MAP", "--target", "y", "--hidden", "lstm=4,gru=4"], "--match none"),
    (["MAP", "--target", "y", "--match", "none"], "got no hidden size for lstm, gru"),
    (["MAP", "--target", "y", "--match", "none", "--hidden", "lstm=4,rnn=4"], "'rnn' is none of --cells"),
    (["MAP", "--target", "y", "--window", "5000"], "too short"),
    (["MAP", "--target", "y", "--out", "empty.csv/run"], "--out"),
    (["MAP", "--target", "y", "--out", "folder"], "--out"),
    (["MAP", "--target", "y", "--plan", "empty.csv"], "empty.csv"),
    (["good.npz", "--target", "y"], "--target"),
]


@pytest.fixture
def bad_files(tmp_path: Path) -> Path:
    """One file for each way to be unusable."""
    days = [f"2020-01-{k:02}" for k in range(1, 31)]
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.docx").write_bytes(b"PK\x03\x04")
    (tmp_path / "garbage.csv").write_bytes(np.random.default_rng(0).bytes(4000))
    (tmp_path / "text.csv").write_text("day,word\n" + "\n".join(f"{d},drizzle" for d in days))
    (tmp_path / "twice.csv").write_text("day,y\n" + "\n".join(f"{d},{k}" for d in days for k in range(2)))
    (tmp_path / "short.csv").write_text("day,y\n" + "\n".join(f"{d},{k % 5}" for k, d in enumerate(days[:14])))
    (tmp_path / "constant.csv").write_text("day,y\n" + "\n".join(f"{d},3" for d in days))
    (tmp_path / "infinite.csv").write_text(
        "day,y\n" + "\n".join(f"{d},{'inf' if k == 7 else k}" for k, d in enumerate(days))
    )
    x = np.random.default_rng(0).normal(size=(20, 9, 2))
    np.savez(tmp_path / "one.npz", X=x, y=np.zeros(20, dtype=int))
    np.savez(tmp_path / "single.npz", X=x, y=np.arange(20) == 3)
    np.savez(tmp_path / "good.npz", X=x, y=np.arange(20) % 2)
    return tmp_path


@pytest.mark.parametrize(("args", "named"), BAD_INPUT, ids=[" ".join(args) for args, _ in BAD_INPUT])
def test_bad_input(
    args: list[str],
    named: str,
    table: Path,
    bad_files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A message that names the culprit, exit 2, no traceback, no run folder."""
    before = sorted(bad_files.rglob("*"))
    monkeypatch.chdir(bad_files)
    monkeypatch.setattr(sys, "argv", ["gatewise", "compare", *[str(table) if arg == "MAP" else arg for arg in args]])

    with pytest.raises(SystemExit) as left:
        main()

    said = capsys.readouterr()
    assert left.value.code == 2
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith("gatewise: ")
    assert "Traceback" not in said.err
    assert named in said.err
    assert sorted(bad_files.rglob("*")) == before


def test_a_mistake_shows_no_traceback(tmp_path: Path) -> None:
    """The same in a process of its own: one line, exit 2."""
    made = run("compare", "nowhere.csv", "--target", "y", cwd=tmp_path)

    assert made.returncode == 2
    assert made.stderr.startswith("gatewise: ")
    assert "Traceback" not in made.stderr


def test_a_folder_of_another_plan_is_refused(
    finished: Path, table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other options, same folder: exit 2, and what to type."""
    assert called(["compare", table, *SMALL[:-1], "4", "--out", finished], monkeypatch) == 2
    assert "holds another comparison" in capsys.readouterr().err


def test_predict_goes_on_from_the_runs_own_data(
    copied: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same forecast as from the file; data that are gone or changed, or no such model, are an error to act on."""
    assert called(["predict", copied], monkeypatch) == 0
    shown = capsys.readouterr()
    assert called(["predict", copied, table], monkeypatch) == 0
    assert capsys.readouterr().out == shown.out
    rows = pl.read_csv(table).height
    assert "trained on rows up to 2021-02-03 (all 400 rows)" in shown.err, rows
    assert called(["predict", copied, "--model", "gur"], monkeypatch) == 2
    assert "did you mean gru?" in capsys.readouterr().err

    header = json.loads((copied / "plan.json").read_text())
    for source, message in (
        (None, "piped in; expected a file to go on from. Type: gatewise predict"),
        (str(tmp_path / "gone.csv"), "are gone: there is no"),
        (str(tmp_path / "other.csv"), "was changed since"),
    ):
        pl.read_csv(table).with_columns(pl.col("y") * 2).write_csv(tmp_path / "other.csv")
        (copied / "plan.json").write_text(json.dumps(header | {"source": source}))
        assert called(["predict", copied], monkeypatch) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [["resume"], ["report"], ["predict"]])
def test_folders_without_a_run(
    command: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command that takes a run says when it is none."""
    extra = ["x.csv"] if command == ["predict"] else []

    assert called([*command, tmp_path, *extra], monkeypatch) == 2
    assert "is not a gatewise run (no plan.json)" in capsys.readouterr().err


def test_predictions_never_take_the_place_of_a_file(
    finished: Path, table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even of the one that was read."""
    before = table.read_bytes()

    assert called(["predict", finished, table, "--out", table], monkeypatch) == 2
    assert "is there already and is not overwritten" in capsys.readouterr().err
    assert table.read_bytes() == before


MADE = [
    (name, name + ending, f"gatewise compare {name}{ending}{target}")
    for name, ending, target in (
        ("white-noise", ".csv", " --target y"),
        ("random-walk", ".csv", " --target y"),
        ("ar2", ".parquet", " --target y"),
        ("tent-map", ".csv", " --target y"),
        ("shuffled-labels", ".npz", ""),
        ("counting", ".npz", ""),
    )
]


@pytest.mark.parametrize(("task", "file", "following"), MADE)
def test_make(
    task: str,
    file: str,
    following: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The path, and what to type next; the same bytes for the same seed, nothing left beside them."""
    monkeypatch.chdir(tmp_path)

    assert called(["make", task, "--out", file, "--size", "60"], monkeypatch) == 0
    assert capsys.readouterr().out.splitlines() == [file, f"next: {following}"]
    (tmp_path / "again").mkdir()
    assert called(["make", task, "--out", f"again/{file}", "--size", "60", "--seed", "0"], monkeypatch) == 0
    assert (tmp_path / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file, "again"])


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["tent", "--out", "x.csv"], "did you mean tent-map?"),
        (["counting", "--out", "x.csv"], "Type: --out counting.npz"),
        (["ar2", "--out", "x"], "Type: --out ar2.csv"),
        (["ar2", "--out", "there.csv"], "there.csv is there already and is not overwritten"),
        (["ar2", "--out", "nowhere/x.csv"], "there is no folder nowhere"),
        (["ar2", "--out", "x.csv", "--size", "0"], "--size 0 is out of range"),
        (["ar2", "--out", "x.csv", "--seed", "-1"], "--seed -1 is out of range"),
    ],
)
def test_what_cannot_be_made(
    args: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A message that says what to type, exit 2, nothing written or lost."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.csv").write_text("mine")

    assert called(["make", *args], monkeypatch) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("gatewise: ")
    assert named in said.err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_help_lists_what_can_be_made(tmp_path: Path) -> None:
    """Every task with what it is, from the table of tasks."""
    shown = " ".join(run("make", "--help", cwd=tmp_path).stdout.split())

    assert all(f"{family.name}: {family.about}" in shown for family in FAMILIES.values())


def test_widths_as_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan with the widths asked for, no word of unequal models, and a run that is continued by the same ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    assert called(["make", "white-noise", "--out", "w.csv", "--size", "300"], monkeypatch) == 0
    terms = ["--window", "4", "--fits", "4", "--match", "none", "--hidden"]
    asked = ["compare", "w.csv", "--target", "y", "--out", "run", *terms]
    assert called([*asked, "lstm=5,gru=2"], monkeypatch) == 0

    plan = json.loads((tmp_path / "run" / "plan.json").read_text())["plan"]
    verdict = Verdict.model_validate_json((tmp_path / "run" / "verdict.json").read_bytes())
    assert (plan["match"], plan["hidden_size"]) == ("none", {"lstm": 5, "gru": 2})
    assert not any(warning.code == "sizes-differ" for warning in verdict.warnings)
    assert "the widths asked for" in (tmp_path / "run" / "report.html").read_text()
    assert called([*asked, "gru=2,lstm=5"], monkeypatch) == 0
    assert called([*asked, "lstm=5,gru=3"], monkeypatch) == 2
    assert "holds another comparison" in capsys.readouterr().err


def test_version(tmp_path: Path) -> None:
    """What a report of a bug needs."""
    assert run("--version", cwd=tmp_path).stdout.startswith("gatewise 0.")


def test_a_lost_report_is_written_again(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was killed between its verdict and its report gets the report when it is asked for."""
    (copied / "report.html").unlink()

    assert called(["resume", copied], monkeypatch) == 0
    assert (copied / "report.html").is_file()


def test_runs_of_a_folder_are_listed(finished: Path, capsys: Any, tmp_path: Path) -> None:
    """With the answer of each; of one that was stopped what to type, and of a broken one why."""
    for name in ("good", "stopped", "broken"):
        shutil.copytree(finished, tmp_path / name)
    (tmp_path / "stopped" / "verdict.json").unlink()
    (tmp_path / "broken" / "plan.json").write_text("{")
    app(["runs", str(tmp_path)], standalone_mode=False)
    said = capsys.readouterr().out

    assert re.search(r"good +\w+ +[\w-]+ +map.csv +\d{4}-\d\d-\d\d \d\d:\d\d +[\d.]+ [kM]B", said)
    assert re.search(
        rf"stopped was stopped with \d+ fits. To go on, type: gatewise resume {tmp_path / 'stopped'}\n", said
    )
    assert re.search(r"broken: .*plan.json is no JSON", said)
    app(["runs", str(tmp_path / "good" / "models")], standalone_mode=False)
    assert "has no runs. Type: gatewise compare DATA" in capsys.readouterr().out


def test_a_report_writes_figures(finished: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path) -> None:
    """In place of the page; the path of each is printed."""
    monkeypatch.setattr("gatewise.report.figures.CHARTS", {"difference": difference.chart})
    monkeypatch.setattr("gatewise.display.offline.PIXELS", 0.2)
    app(["report", str(finished), "--figures", str(tmp_path / "figures")], standalone_mode=False)

    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [path.name for path in written] == ["difference.svg", "difference.png", "difference.pdf"]
    assert all(path.stat().st_size > 1000 for path in written)
