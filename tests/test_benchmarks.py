"""The benchmark runs, in its short form; results are recorded, and told from those that no longer hold."""

import importlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import _rules
import pytest
import rule_picture
import verdicts
from _claims import against, said, upheld
from _exhaustive import planned_in, read_pool
from _measured import Which, as_now, begin, present, records
from _questions import KINDS, PLANTED, REAL, SEEDS, SELVES, SYMBOLS, Question
from _records import RESULTS, Record, Records
from _redeal import BETTER, whole
from _rules import digest
from synthetic import costs, fits, plan

import rules
from gatewise.judge.conclude import Evidence, conclude
from gatewise.judge.looks import judge
from gatewise.run.folder import Header, Request, RunFolder
from gatewise.run.options import Options, options
from gatewise.run.plan import Plan
from gatewise.stats.decide import WINNER

ROOT = Path(__file__).parents[1]
GUNPOINT = next(question for question in REAL if question.name == "gunpoint")
POOL, RUN = Which("exhaustive", GUNPOINT, 0), Which("default", GUNPOINT, 0)
SKILL = {"lstm": 0.4, "gru": 0.3}
EVERY_BAR = 1 + len(PLANTED) + 2 + 6 + 2


def test_the_short_form_measures_and_checks(tmp_path: Path) -> None:
    """Every asked table has rows with times, the errors keep their bars, and the command ends well."""
    to = tmp_path / "figures.json"

    done = subprocess.run(
        [
            sys.executable,
            "benchmarks/kernels/kernels.py",
            "--quick",
            "--threads",
            "1",
            "--only",
            "lstm-train,step,import,errors",
            "--json",
            to,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    tables = {table["name"]: table for table in json.loads(to.read_text("utf-8"))["tables"]}
    assert list(tables) == ["lstm-train", "step", "import", "errors"]
    assert all(row["ours"] > 0 and row["torch"] > 0 for row in tables["lstm-train"]["rows"])
    assert all(row["native"] > 0 and row["module"] > 0 for row in tables["step"]["rows"])
    assert [bar["met"] for bar in tables["errors"]["bars"]] == [True, True]


@pytest.mark.usefixtures("one_thread")
def test_the_short_form_of_fits_measures_and_adds_up() -> None:
    """Shares of a step's stages are parts of one whole, ragged rows or not, and every row of the tables is there."""
    found = importlib.util.spec_from_file_location("fits_table", ROOT / "benchmarks" / "fits.py")
    assert found is not None
    assert found.loader is not None
    table = sys.modules["fits_table"] = importlib.util.module_from_spec(found)
    found.loader.exec_module(table)

    rows = {"few": table.Row(4, 3, 2, (5, 6), 2), "ragged": table.Row(5, 3, 2, (5, 6), 3, classes=True, ragged=True)}
    each = {(name, cell): table.measured(row, cell, quick=True) for name, row in rows.items() for cell in table.CELLS}

    two = ["ours", "torch"]
    assert [sorted(one) for one in each.values()] == [two, ["loop", *two], two, two]
    for contestant in (of for one in each.values() for of in one.values()):
        assert 0.0 < contestant.shares.sum() <= 1.0
        assert (contestant.shares >= 0.0).all()
    assert len(table.table(each)) == 2 + 8 + 1 + 2 + 4


@pytest.mark.usefixtures("one_thread")
def test_the_short_form_of_streams_measures_and_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that answers each step of a text, beside torch's: shares of a step are parts of one whole."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    table: Any = importlib.import_module("streams")
    row = table.Row(4, 5, (5, 6))
    monkeypatch.setitem(table.ROWS, "few", row)
    contestants = {"ours": table.ours(row, "lstm", 5), "torch": table.plain(row, table.nn.LSTM, 5)}
    found = table.race(contestants, quick=True)

    assert all(0.0 < of.shares.sum() <= 1.0 for of in found.values())
    assert len(table.table({("few", "lstm"): found})) == 2 + 2 + 1 + 2 + 1


def finished(folder: RunFolder, locked: Plan, asked: Options, pairs: int, *, final: bool) -> None:
    """A run folder as `gatewise compare` leaves it, models and report aside; the LSTM is the better one."""
    request = Request(data_sha256="0" * 64, options=asked)
    source = "/home/someone/data.csv"
    folder.create(Header(plan=locked, sha256=locked.sha256(), request=request, source=source, gatewise="0.1.0"))
    stored = fits(locked, SKILL, pairs=pairs)
    with folder.fits() as store:
        for fit in stored.values():
            store.add(fit)
    look = judge(locked, stored, 0, pairs, final=final)
    choices = dict.fromkeys(locked.cells, locked.configurations[0])
    folder.write_verdict(
        conclude(Evidence(locked, locked.sha256(), stored, look, (pairs,), 0, choices, (), costs(locked)))
    )


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """A folder with a finished pool and a finished default run of one set."""
    for which in (POOL, RUN):
        begin(which, which.folder(tmp_path / "runs"))
    pool, run = plan(looks=(40,), pairs=40), plan()
    finished(POOL.folder(tmp_path / "runs"), pool, options(fits=10_000), 40, final=True)
    finished(RUN.folder(tmp_path / "runs"), run, options(budget="3m"), 8, final=False)
    return tmp_path


def command(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    """Type `verdicts.py` with records and runs in a folder, ten deals a pool."""
    where = ("--out", str(folder / "runs"), "--results", str(folder / "verdicts.jsonl"), "--deals", "10")
    monkeypatch.setattr(sys, "argv", ["verdicts.py", *words, *where])
    verdicts.main()


def printed(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines of `verdicts.py tables`, which ends well when every bar is met."""
    with pytest.raises(SystemExit) as ended:
        command(folder, monkeypatch, "tables")
    lines = capsys.readouterr().out.splitlines()
    bars = [line for line in lines if line.startswith("- ")]
    assert len(bars) == EVERY_BAR
    assert bool(ended.value.code) == any(line.startswith("- NOT MET") for line in bars)
    return lines


def cells(lines: list[str], title: str, name: str) -> list[str]:
    """The row of a set in a table."""
    table = lines[lines.index(f"## {title}") :]
    return [cell.strip() for cell in next(line for line in table if line.startswith(f"| {name}")).split("|")[1:-1]]


def test_what_is_recorded_stands_in_the_tables(
    measured: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pool and a run are recorded once, without a path; the tables need nothing else."""
    command(measured, monkeypatch, "record", "gunpoint")
    text = (measured / "verdicts.jsonl").read_text("utf-8")
    command(measured, monkeypatch, "record", "gunpoint")
    (measured / "runs").rename(measured / "gone")
    lines = printed(measured, monkeypatch, capsys)

    assert (measured / "verdicts.jsonl").read_text("utf-8") == text
    assert len(text.splitlines()) == 2
    assert "/" not in text
    assert all(list(json.loads(line)) == sorted(json.loads(line)) for line in text.splitlines())
    row = cells(lines, "Exhaustive and default", "gunpoint")
    assert row[:2] == ["gunpoint", "lstm"]
    assert float(row[2]) == pytest.approx(0.1, abs=0.002)
    low, high = map(float, row[3].split(" to "))
    assert low < 0.1 < high
    assert row[4:6] == ["lstm better, lstm not-worse"] * 2
    assert row[6:8] == ["lstm", "8"]
    assert row[10:] == ["lstm", "0.0000"]
    assert cells(lines, "A cell against itself", "gunpoint")[:6] == ["gunpoint", "lstm", "0.0%", "100.0%", "0.0%", "10"]
    assert "- NOT MET: false winners, in any scope: at most 0.0%, wanted 5 %; 9 missing and 0 stale of 10" in lines


def test_a_measured_set_is_left_alone(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a record that holds nothing is trained, not even where the pool is on another machine."""
    command(measured, monkeypatch, "record", "gunpoint")
    (measured / "runs").rename(measured / "gone")

    command(measured, monkeypatch, "exhaustive", "gunpoint")
    command(measured, monkeypatch, "default", "gunpoint")

    assert not (measured / "runs").exists()


def test_a_pool_outlives_its_run_folder(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged again on another machine, from what is kept, it is recorded to the letter, and it is not trained again."""
    command(measured, monkeypatch, "record", "gunpoint")
    records_there = measured / "verdicts.jsonl"
    before = records_there.read_text("utf-8")
    records_there.unlink()
    shutil.rmtree(measured / "runs")

    for typed in ("record", "exhaustive"):
        command(measured, monkeypatch, typed, "gunpoint")
        pool = next(line for line in before.splitlines() if '"exhaustive"' in line)
        assert pool in records_there.read_text("utf-8").splitlines()
    assert not (measured / "runs").exists()


def test_an_unfinished_pool_goes_on_on_another_machine(
    measured: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its fits are kept without a path, and training begins with all of them; other code begins anew."""
    folder = POOL.folder(measured / "runs")
    folder.verdict_path.unlink()
    with folder.fits() as store:
        fits = store.read()
        command(measured, monkeypatch, "record", "gunpoint")
        assert "is in use" in capsys.readouterr().err
    command(measured, monkeypatch, "record", "gunpoint")
    kept = measured / "unfinished" / "gunpoint.jsonl"
    assert "/home" not in kept.read_text("utf-8")
    changed = kept.read_text("utf-8").replace(present(POOL)["trained"], "0123456789ab")
    begun: list[int] = []

    def train(question: Question, data: Path, out: Path, *_: object) -> None:
        begun.append(0)
        if RunFolder(out).planned:
            assert planned_in(out).is_file()
            with RunFolder(out).fits() as store:
                assert store.read() == fits
            begun[-1] = len(fits)

    monkeypatch.setattr(verdicts, "train", train)
    monkeypatch.setattr(verdicts, "_data", lambda *_: measured)
    for text in (kept.read_text("utf-8"), changed):
        shutil.rmtree(measured / "runs")
        kept.write_text(text, "utf-8")
        command(measured, monkeypatch, "exhaustive", "gunpoint")

    assert begun == [len(fits), 0]
    assert len(fits) > 80


def test_a_pool_of_other_code_is_not_gone_on_with(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is one recorded as if it were of the present code; unknown code is no present code either."""
    folder = POOL.folder(measured / "runs")
    folder.path.with_name("gunpoint.rules.json").unlink()
    command(measured, monkeypatch, "record", "gunpoint")
    kept = records(measured / "verdicts.jsonl")
    assert kept.read()[POOL.name]["rules"] == present(POOL) | {"trained": "unknown"}

    folder.verdict_path.unlink()
    folder.path.with_name("gunpoint.rules.json").write_text('{"trained": "0123456789ab", "judged": "0123456789ab"}')
    with pytest.raises(SystemExit, match=r"begun by other rules than the present ones \(trained\)"):
        command(measured, monkeypatch, "exhaustive", "gunpoint")


def made_up(which: Which, rules: dict[str, str]) -> Record:
    """A record as it should come out."""
    kind, question, seed = which
    right = min(question.right, default="equal")
    record: Record = {"kind": kind, "set": question.name, "seed": seed, "rules": rules, "verdict": right}
    if kind != "exhaustive":
        run = {"pairs": 8, "cause": None, "smallest_margin": None, "recommendation": "gru", "strength": "shown"}
        return record | run | {"claims": [f"tuned:  {right}"]}
    selves = {cell: {"equal": 10} for cell in ("lstm", "gru")} if question in SELVES else {}
    over = {"difference": 0.0, "interval_95": [-0.001, 0.001], "over_gate": {"lstm": 0.2, "gru": 0.2}}
    over |= {"claims": {"tuned": ["equal"], "test-part": ["equal", "gru not-worse"]}}
    return record | over | {"cells": ["lstm", "gru"], "deals": 10, "redealt": {right: 10}, "against_itself": selves}


EVERYTHING = [
    Which(kind, question, seed)
    for kind in ("exhaustive", "default", "planted", "short", "long")
    for question in KINDS[kind]
    for seed in SEEDS[kind]
]


@pytest.fixture
def complete(tmp_path: Path) -> Records:
    """Records by which every bar is met."""
    kept = records(tmp_path / "verdicts.jsonl")
    for which in EVERYTHING:
        kept.add(made_up(which, present(which)))
    return kept


def unmet(lines: list[str]) -> list[str]:
    """The bars that are not met."""
    return [line.removeprefix("- NOT MET: ") for line in lines if line.startswith("- NOT MET")]


def test_bars_are_met_by_records_that_hold(
    complete: Records, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them."""
    assert unmet(printed(complete.path.parent, monkeypatch, capsys)) == []


@pytest.mark.parametrize("part", ["trained", "judged", "asked"])
def test_a_stale_record_is_marked_and_breaks_its_bars(
    part: str, complete: Records, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its figures stand in its row, and are in no bar: here they would break two of them by themselves."""
    stale = made_up(POOL, present(POOL) | {part: "0123456789ab"})
    complete.add(stale | {"against_itself": {"lstm": {BETTER: 10}, "gru": {}}, "over_gate": {"lstm": 0.9, "gru": 0.2}})
    lines = printed(complete.path.parent, monkeypatch, capsys)

    assert cells(lines, "A cell against itself", "gunpoint")[:3] == [f"gunpoint (stale: {part})", "lstm", "100.0%"]
    assert unmet(lines) == [
        "false winners, in any scope: at most 0.0%, wanted 5 %; 0 missing and 1 stale of 10",
        "sets that all pairs decide, tuned: 11, 11 between the cells, wanted 6; 0 missing and 1 stale of 12",
        "sets that all pairs decide, test-part: 11, 11 between the cells, wanted 9; 0 missing and 1 stale of 12",
        "claims of default against all pairs: none, wanted none; 0 missing and 1 stale of 12",
        "regret: 0.0000 on average and 0.0000 at most, wanted 0.003 and 0.015; 0 missing and 1 stale of 12",
    ]


@pytest.mark.parametrize("which", [Which("exhaustive", PLANTED[0], 0), RUN], ids=["pool", "run"])
def test_a_missing_record_breaks_its_bars(
    which: Which, complete: Records, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A planted truth has a bar of its own; a default run is in four."""
    lines = complete.path.read_text("utf-8").splitlines(keepends=True)
    gone = [line for line in lines if (json.loads(line)["kind"], json.loads(line)["set"]) != which.name[:2]]
    complete.path.write_text("".join(gone))
    found = unmet(printed(complete.path.parent, monkeypatch, capsys))

    assert len(gone) == len(lines) - 1
    if which == RUN:
        assert len(found) == 4
        assert all(line.endswith("; 1 missing and 0 stale of 12") for line in found)
    else:
        assert found == ["white-noise: nothing measured, wanted 95 %; 1 missing and 0 stale of 1"]


def test_claims_that_cannot_both_be_so() -> None:
    """A lead within the margin goes with equal. One beyond it does not, and neither not with a cell above the rules."""

    def opposed(some: str, other: str) -> bool:
        one, two = ({"verdict": "undecided", "claims": [f"tuned: {claim}"]} for claim in (some, other))
        found = bool(against(said(one, "tuned"), said(two, "tuned")))
        assert found == bool(against(said(two, "tuned"), said(one, "tuned")))
        return found

    assert opposed("gru better", "lstm better")
    assert opposed("gru better by more than the margin", " equal")
    assert opposed("gru better by more than the margin", "lstm not-worse")
    assert opposed(" neither", "lstm beats-rules")
    assert not opposed("gru better", " equal")
    assert not opposed("gru better by more than the margin", "gru not-worse")
    assert not opposed("gru not-worse", " neither")
    assert not opposed("gru better", "lstm not-worse")


@pytest.mark.parametrize(
    ("short", "long", "holds"),
    [
        ("gru better", "gru better by more than the margin", True),
        ("gru not-worse", "gru better", True),
        ("gru not-worse", " equal", True),
        ("gru better", "gru not-worse", False),
        ("gru not-worse", "lstm not-worse", False),
        ("gru beats-rules", "gru beats-rules", True),
        ("gru beats-rules", "lstm beats-rules", False),
    ],
)
def test_claims_are_upheld_by_the_same_or_by_more(short: str, long: str, *, holds: bool) -> None:
    """What follows from a claim is upheld by it; no claim is upheld by none, nor is none."""
    one, two = (said({"verdict": "undecided", "claims": [f"tuned: {claim}"]}, "tuned") for claim in (short, long))

    assert upheld(one, two) == holds
    assert not upheld(one, set())
    assert not upheld(set(), two)


def test_thirty_minutes_stand_beside_three(
    complete: Records, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A claim that thirty minutes take back is named, and breaks a bar; one that they do not repeat is not counted."""
    which = Which("long", SYMBOLS[0], SEEDS["long"][0])
    for question, claims in zip(SYMBOLS, (["tuned: gru better"], []), strict=False):
        short = Which("short", question, 0)
        complete.add(made_up(short, present(short)) | {"claims": ["tuned: lstm better"]})
        long = which._replace(question=question)
        complete.add(made_up(long, present(long)) | {"verdict": "undecided", "claims": claims})
    lines = printed(complete.path.parent, monkeypatch, capsys)

    rows = [cells(lines, "Three minutes beside thirty", question.name)[3:] for question in SYMBOLS[:3]]
    assert [(row[0], row[4], row[6]) for row in rows] == [
        ("lstm better", "gru better", "no: lstm better"),
        ("lstm better", "", ""),
        ("equal", "equal", "yes"),
    ]
    assert unmet(lines) == ["claims of three minutes against thirty: tiny-shakespeare: lstm better, wanted none"]
    assert "- met: sets whose claims of three minutes thirty uphold: 7, wanted 5" in lines


def test_sets_of_texts_are_compared_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of a set stands on the command line, and thirty minutes."""
    typed: list[tuple[str, ...]] = []
    monkeypatch.setattr(verdicts, "_gatewise", lambda *words: typed.append(words))
    (tmp_path / "free-spoken-digits").mkdir()

    command(tmp_path, monkeypatch, "long", "free-spoken-digits", "--data", str(tmp_path))

    assert [words[0] for words in typed] == ["compare"]
    assert typed[0][2:6] == ("--name-pattern", "{label}_{group}_{index}.wav", "--budget", "30m")


def digests(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> str:
    """The digest of files with these texts."""
    monkeypatch.setitem(_rules.FOLDERS, "made", folder)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    digest.cache_clear()  # a process reads files once
    return digest(tuple(f"made/{name}.py" for name in files))


def test_rules_are_what_the_code_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comments, docstrings, line breaks and imports are no change, nor is a move; a number is one."""
    f, g = "def f(x):\n    return x + 1\n", "G = 2\n"
    plain = digests(tmp_path, monkeypatch, a=f + g)
    same = '"""New."""\nimport os\n\n\ndef f(x):  # adds\n    """Add."""\n    return (\n        x + 1\n    )\n'

    assert digests(tmp_path, monkeypatch, b=g + same) == digests(tmp_path, monkeypatch, c=g, d=f) == plain
    assert len({plain, *(digests(tmp_path, monkeypatch, a=f + g.replace("2", n)) for n in ("3", "4"))}) == 3


def test_a_neutral_change_makes_nothing_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was declared neutral, and one that was taken back; a change that was not declared so does."""
    ledger, present = tmp_path / "rules.json", {"code": "first"}
    monkeypatch.setattr(rules, "GROUPS", present)
    monkeypatch.setattr(rules, "present", present.get)
    ledger.write_text('{"present": {}, "neutral": []}')

    def becomes(digest: str, why: str | None) -> list[str]:
        present["code"] = digest
        rules.declare(ledger, why)
        return [_rules.up_to_date(name, ledger) for name in ("first", "second", "third")]

    assert becomes("first", None) == ["first", "second", "third"]
    assert becomes("second", "a new name") == ["second", "second", "third"]
    assert becomes("first", "taken back") == ["first", "first", "third"]
    assert becomes("third", None)[2] == "third" != becomes("third", None)[0]


def test_neutral_changes_that_were_merged_make_nothing_stale(tmp_path: Path) -> None:
    """Two that begin at one digest: what came of both is found, whichever stands last; an end that is no more stays."""
    both = [{"from": "a", "to": "b", "why": "one"}, {"from": "a", "to": "c", "why": "the other"}]
    merged = {"from": "b", "to": "now", "why": "both"}
    ledger = tmp_path / "rules.json"
    for neutral in ([*both, merged], [*both[::-1], merged], [merged, *both]):
        ledger.write_text(json.dumps({"present": {"code": "now"}, "neutral": neutral}))
        assert [_rules.up_to_date(name, ledger) for name in ("a", "b", "c", "z")] == ["now", "now", "c", "z"]


def test_the_picture_of_the_rule_is_what_the_rule_does() -> None:
    """Claims and boundaries in docs/rule.svg are those of the code, and the page shows it."""
    assert rule_picture.FILE.read_text("utf-8") == rule_picture.drawn()
    assert f"]({rule_picture.FILE.name})" in rule_picture.FILE.with_name("statistics.md").read_text("utf-8")


def test_changes_of_the_code_behind_results_are_declared() -> None:
    """Type ``python benchmarks/verdicts/rules.py`` to see what changed, and declare it neutral or changed."""
    assert rules.undeclared() == {}


def test_pools_are_judged_as_recorded() -> None:
    """What is declared neutral leaves every verdict on every stored pool, and its numbers to six figures."""
    kept = records(RESULTS / "verdicts.jsonl").read()
    found = {path.stem: read_pool(path)[0] for path in (RESULTS / "pools").glob("*.npz")}

    assert set(found) == {name for kind, name, _ in kept if kind == "exhaustive"}
    assert set(found) <= {question.name for question in KINDS["exhaustive"]}
    for name, pool in found.items():
        record = kept["exhaustive", name, 0]
        if as_now(record["rules"])["judged"] != _rules.present("judged, pools"):
            continue  # judged by a rule that was changed since: its record is stale
        verdict, look = whole(pool.plan, pool.pairs)
        assert verdict == record["verdict"]
        if record["difference"] is None:  # the bar makes no error: there is nothing to take a share of
            assert not pool.pairs.bar.any()
            continue
        difference = look.seen.judged("tuned")
        assert difference.now.estimate == pytest.approx(record["difference"], rel=1e-5)
        assert difference.interval(WINNER) == pytest.approx(record["interval_95"], rel=1e-5)


def test_a_question_asked_otherwise_is_another_one() -> None:
    """Options and pairs are part of what a record hangs on; data of planted truths of how it was trained."""
    more = Question("gunpoint", "gunpoint", {"metric": "log-loss"})

    assert present(Which("exhaustive", more, 0))["asked"] != present(POOL)["asked"]
    assert (
        present(Which("exhaustive", Question("gunpoint", "gunpoint", pairs=60), 0))["asked"] != present(POOL)["asked"]
    )
    assert present(Which("exhaustive", PLANTED[0], 0))["trained"] != present(POOL)["trained"]


def test_processes_that_record_at_once_lose_nothing(tmp_path: Path) -> None:
    """Two of them, thirty records each."""
    code = (
        "import sys; from pathlib import Path; from _records import Records\n"
        "kept = Records(Path(sys.argv[1]), 'who', 'number')\n"
        "for number in range(30): kept.add({'who': sys.argv[2], 'number': number})"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "results" / "kept.jsonl")]
    running = [subprocess.Popen([*words, who], cwd=ROOT / "benchmarks" / "verdicts") for who in ("a", "b")]

    assert [process.wait() for process in running] == [0, 0]
    kept = Records(tmp_path / "results" / "kept.jsonl", "who", "number")
    assert sorted(kept.read()) == [(who, number) for who in ("a", "b") for number in range(30)]
    assert [path.name for path in kept.path.parent.iterdir()] == ["kept.jsonl"]
