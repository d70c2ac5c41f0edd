"""The first screen: a choice in every case, in 16 lines."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gatewise.arms import title
from gatewise.languages import speaking
from gatewise.report import onward
from gatewise.report.screen import LINES, WIDTH, screen
from gatewise.report.symbols import METRICS, outdone
from gatewise.report.taken import all_worse
from gatewise.report.words import percent
from gatewise.report.worth import rival
from gatewise.run.folder import RunFolder
from gatewise.run.verdict import Net, Verdict, coded
from gatewise.text import begun, columns

RUN = RunFolder(Path("runs/seattle-weather-20260101-120000"))


def shown(sample: Any, width: int = WIDTH) -> list[str]:
    """Its lines."""
    file = io.StringIO()
    Console(file=file, width=width).print(screen(sample.verdict, sample.plan))
    return [*map(str.rstrip, file.getvalue().splitlines()), *onward.steps(RUN, sample.plan)]


SURE = {
    "strength": "likely",
    "at_most_margin_worse": {"lstm": 0.31, "gru": 0.934, "gru-after": 0.934, "baseline": 0.2},
    "retrainings_won": {"lstm": 28.4, "gru": 71.6, "gru-after": 71.6},
}


def test_it_fits_and_answers_five_questions(build: Any) -> None:
    """Which one, how sure, by how much, is a network worth it, what now."""
    sample = build("undecided", warnings=(coded("nothing-tuned"), coded("best-fits-capped")), **SURE)
    lines = shown(sample)
    assert len(lines) <= LINES
    assert " ".join(lines[:2]) == (
        "Take the GRU: it is likely (93 %) as good as the LSTM on new data within 0.01 skill, or better."
    )
    [gru] = [line.split() for line in lines if line.startswith("GRU")]
    assert (gru[1:5], gru[-1]) == (["0.225", "(0.206", "to", "0.244)"], "72/100")
    assert "lead   GRU 0.013 skill ahead of LSTM: 95 % range 0.02 behind to 0.046 ahead." in lines
    assert "net    A network is worth it: the GRU is shown to beat every simple rule." in lines
    assert any(line.startswith("doubt  Too few fits to tune") and "(+1 in the report)" in line for line in lines)
    assert lines[-2:] == [f"next   gatewise predict {RUN.path}", f"report {RUN.report_path}"]


@pytest.mark.parametrize("strength", ["shown", "likely", "leaning", "either", None])
def test_no_verdict_is_headed_by_that_nothing_is_known(build: Any, strength: str | None) -> None:
    """Every verdict of every strength begins with a choice, within its lines and columns."""
    names = ["lstm", "gru", "equal", "not-worse", "neither", "undecided", "undecided-classify"]
    for sample in (build(name, **(SURE | {"strength": strength})) for name in names):
        lines = shown(sample)
        assert lines[0].startswith(("Take ", "Lean to "))
        assert "ndecided" not in lines[0]
        assert len(lines) <= LINES
        assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize("name", ["lstm", "gru", "equal", "not-worse", "neither", "undecided", "undecided-classify"])
@pytest.mark.parametrize("strength", ["shown", "likely", "leaning", "either", None])
def test_nothing_makes_it_longer(build: Any, name: str, strength: str | None) -> None:
    """A long doubt, a rule with a long name that did better, and a cell that is not shown to beat it, all at once."""
    found = build(name).verdict
    better = found.baselines[0].model_copy(update={"name": "ridge-calendar-own", "score": 0.97, "bar": False})
    cells = {label: one.model_copy(update={"above_baseline": "unclear"}) for label, one in found.cells.items()}
    doubts = (coded("said", text="many words " * 20),) * 2
    lines = shown(
        build(name, cells=cells, baselines=(*found.baselines, better), warnings=doubts, **SURE | {"strength": strength})
    )

    assert len(lines) <= LINES
    assert max(map(len, lines)) <= WIDTH


def test_a_rule_that_both_cells_are_below_is_taken_for_that(build: Any) -> None:
    """Not for that nothing tells of a network: the whole range of each lies below it."""
    sample = build("neither", **(SURE | {"strength": "either"}))
    said = " ".join(" ".join(shown(sample)).split())
    rule = next(found.name for found in sample.verdict.baselines if found.bar)
    assert f"Take the simple rule {rule}, no network: LSTM and GRU both did worse in the test." in said
    cells = sample.verdict.cells
    wide = {name: cell.model_copy(update={"over_baseline_interval": (-0.2, 0.1)}) for name, cell in cells.items()}
    assert not all_worse(sample.verdict.model_copy(update={"cells": wide}))
    assert all_worse(sample.verdict)


@pytest.mark.parametrize("strength", ["shown", "likely", "leaning", "either", None])
def test_korean_fits_as_well(build: Any, strength: str | None) -> None:
    """In as many lines and columns, of which a Korean character takes two; column names as they are, with particles."""
    names = ["lstm", "gru", "equal", "not-worse", "neither", "undecided", "undecided-classify"]
    warned = (coded("nothing-tuned"), coded("best-fits-capped"))
    with speaking("ko"):
        for name in names:
            sample = build(name, warnings=warned, target="일별 매출액과 방문자 수", **(SURE | {"strength": strength}))
            lines = shown(sample)
            assert re.search("[을를] 선택하십시오|쪽으로 기웁니다|어느 쪽이든", " ".join(lines[:2]))
            assert len(lines) <= LINES
            assert max(map(columns, lines)) <= WIDTH
            known = (
                "gatewise predict|report.html|runs/[^ /]*|seasonal naive|ridge|logistic|reset after|--[a-z]+( [a-z-]+)?"
            )
            assert not re.search("[a-z]{4,}", re.sub(known, "", " ".join(lines)))


@pytest.mark.parametrize("above", ["yes", "no", "unclear"])
def test_that_a_network_may_not_be_worth_it_is_said(build: Any, above: str) -> None:
    """Where the cell to take is not shown to beat the simple rules, the rule that would do is named."""
    gru = build("undecided").verdict.cells["gru"]
    cells = build("undecided").verdict.cells | {"gru": gru.model_copy(update={"above_baseline": above})}
    lines = shown(build("undecided", cells=cells, **SURE))
    rule = max(build("undecided").verdict.baselines, key=lambda one: one.score).name.replace("-", " ")
    told = {
        "yes": "net A network is worth it: the GRU is shown to beat every simple rule.",
        "no": "Take the GRU (or the simple rule ridge, which is less than 0.01 skill behind): it is likely (93 %)",
        "unclear": f"Take the GRU (or the simple rule {rule}, which may do as well): it is likely (93 %) as good as",
    }
    assert told[above] in " ".join(" ".join(lines).split())


def test_a_rule_that_did_better_and_retrainings_lost_are_told(build: Any) -> None:
    """A number in the table that speaks against the choice is told: a better rule, and who won most retrainings."""
    sample = build("undecided").verdict
    better = sample.baselines[0].model_copy(update={"name": "ridge-own", "score": 0.9, "bar": False})
    doubted = {"baselines": (*sample.baselines, better), "retrainings_won": {"lstm": 75.0, "gru": 25.0}}
    cells = {label: one.model_copy(update={"above_baseline": "unclear"}) for label, one in sample.cells.items()}
    found = build("undecided", cells=cells, **(SURE | doubted))
    lines = shown(found)

    assert lines[0].startswith("Take the GRU (or the simple rule ridge own, which did better in the test): it")
    assert onward.used(found.verdict, found.plan).endswith("; or --model ridge-own.")
    assert any(line.startswith("doubt  The LSTM won 75 of 100 retrainings, each by little") for line in lines)


def test_that_nothing_was_solved_is_said_on_a_full_screen(build: Any) -> None:
    """No rule is weighed against the cell then, so that the line repeats nothing and stays."""
    found = build("undecided").verdict
    unsolved = {"score": 0.0, "above_baseline": "unclear", "beats": ()}
    cells = {label: one.model_copy(update=unsolved) for label, one in found.cells.items()}
    none = tuple(rule.model_copy(update={"score": 0.0}) for rule in found.baselines)
    doubts = (coded("said", text="many words " * 20),) * 2
    sample = build("undecided", metric="solved", cells=cells, baselines=none, warnings=doubts, **SURE)
    plan = sample.plan.model_copy(
        update={"metric": "solved", "section": {**sample.plan.section, "unit": "character", "called": "line"}}
    )
    file = io.StringIO()
    Console(file=file, width=WIDTH).print(screen(sample.verdict, plan))

    assert rival(sample.verdict) is None
    assert "net    No network and no simple rule solved any here." in file.getvalue()


def test_rules_that_were_not_tried_are_said(build: Any) -> None:
    """No network is called worth it while the budget left out simple rules that may do better."""
    few, better = (
        " ".join(" ".join(shown(build("gru", **given))).split())
        for given in (
            {"pairs": 1, "strength": "either", "left_out": {"ridge": 25.3, "ets": 9.0}},
            {"left_out": {"ridge": 25.3}},
        )
    )

    assert "not known yet. 2 of 4 simple rules were left out for want of time." in few
    assert "seems worth it" not in few
    assert "every simple rule that was tried. 1 of 3 simple rules were left out for want of time." in better


def test_one_training_has_no_range_and_the_gravest_doubt_is_told_first(build: Any) -> None:
    """A range of one training leaves its luck out; a failed fit matters more than how long one tuned."""
    doubts = (coded("no-second-fits"), coded("second-tries", arm="gru", tries=1, fits=1))
    lines = shown(build("gru", pairs=1, strength="either", warnings=doubts))

    [gru] = [line.split() for line in lines if line.startswith("GRU")]
    assert (gru[2], gru[-1]) == ("–", "–")
    assert any("1 of 1 GRU fits failed" in line for line in lines)


def test_a_rule_is_recommended_and_a_network_named(build: Any) -> None:
    """One line says which cell to take if it has to be a network."""
    net = Net(cell="gru", strength="leaning", reason=coded("better-shown"))
    lines = shown(build("neither", net=net, **(SURE | {"strength": "shown"})))
    assert " ".join(lines[:2]).startswith(
        "Take the simple rule ridge, no network: LSTM and GRU both do worse, which is shown for new data"
    )
    told = " ".join(" ".join(lines).split())
    assert "net If it has to be a network, take the GRU, which is shown to be better." in told


def test_one_pair_is_no_evidence_of_any_kind(build: Any) -> None:
    """The run was too short, not the data too few; a single pair won is not 100 retrainings won."""
    lines = shown(build("undecided", difference=None, pairs=1, **(SURE | {"strength": "either"})))
    assert "so short a run does not tell" in " ".join(lines[:2])
    [gru] = [line.split() for line in lines if line.startswith("GRU")]
    assert "–" in gru
    assert "net    A network seems worth it: the GRU is ahead of every simple rule so far." in lines


def test_that_no_budget_helps_is_said(build: Any) -> None:
    """As soon as the verdict knows it."""
    sample = build("undecided", **SURE)
    helpless = sample.verdict.undecided.model_copy(update={"budget_helps": False})
    again = build("undecided", undecided=helpless, **SURE)
    assert "No budget will decide this with this file" in " ".join(" ".join(shown(again)).split())


def test_names_from_the_data_cannot_act(build: Any) -> None:
    """Markup and control sequences in notes are shown as text, on as many lines; a note that is cut is only counted."""
    sure = SURE | {"retrainings_won": {"lstm": 71.6, "gru": 28.4}}
    short, long = (
        shown(build("lstm", warnings=(), notes=("column [red]x[/red] \x1b[2J " + "y" * many,), **sure))
        for many in (30, 300)
    )
    assert any("[red]x[/red] \\x1b[2J" in line for line in short)
    assert "note   1 note on the data in the report." in long
    assert max(len(short), len(long)) <= LINES


def test_next_symbols_are_told_of_in_bits() -> None:
    """Bits, perplexity and what is told right, of a finished run on a log; and how a case is written."""
    run = RunFolder(Path(__file__).parents[1] / "fixtures" / "format-4" / "next-symbol")
    verdict, plan = run.verdict(), run.header().plan
    file = io.StringIO()
    Console(file=file, width=WIDTH).print(screen(verdict, plan))
    lines = [*map(str.rstrip, file.getvalue().splitlines()), *onward.steps(run, plan)]
    [gru] = [line.split() for line in lines if line.startswith("GRU")]

    assert len(lines) <= LINES
    assert max(map(len, lines[:-2])) <= WIDTH
    assert any(line.split()[:4] == ["bits/event", "right", "solved", "skill"] for line in lines)
    assert float(gru[1]) == pytest.approx(verdict.cells["gru"].loss, abs=0.002)
    assert gru[2:6] == ["73", "%", "30", "%"]
    assert lines[-2].endswith("--generate 200")


@pytest.mark.parametrize(
    ("score", "told"),
    [
        ("solved", "if whole cases must be right, {best} looks better ({share}, "),
        ("accuracy", "if events must be right, {best} looks better ({share}, "),
        ("bits", None),
    ],
)
def test_a_share_that_points_the_other_way_is_told(score: str, told: str | None) -> None:
    """The rule to take is far behind in what is not judged; alike shares are no reason to doubt."""
    run = RunFolder(Path(__file__).parents[1] / "fixtures" / "format-4" / "next-symbol")
    verdict, plan = run.verdict().model_copy(update={"recommendation": "baseline"}), run.header().plan
    cells = list(verdict.cells.values())[:2]
    most = {name: max(cell.beside[name] for cell in cells) for name in ("solved", "accuracy")}
    near = {name: share - 0.01 for name, share in most.items()}

    def with_rule(**beside: float) -> Verdict:
        rules = [rule.model_copy(update={"beside": rule.beside | near | beside}) for rule in verdict.baselines]
        return verdict.model_copy(update={"baselines": tuple(rules)})

    found = outdone(with_rule(**{score: 0.0}), plan)

    assert outdone(with_rule(), plan) is None
    if told is None:
        assert found is None
    else:
        best = next(name for name, cell in verdict.cells.items() if cell.beside[score] == most[score])
        assert found is not None
        assert found.startswith(told.format(best=title(best), share=percent(most[score])))
        assert found.endswith(f" 0 %): compare with --metric {METRICS[score]} before you choose")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("too few fits to tune", "Too few fits to tune"),
        ("book.txt is read as one text", "book.txt is read as one text"),
        ("temp_max is left out", "temp_max is left out"),
        ("no.", "No."),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_with_a_name(text: str, sentence: str) -> None:
    """A file or column is called as it is."""
    assert begun(text) == sentence


@pytest.mark.parametrize(("name", "rows"), [("gru", 2), ("undecided", 1)])
def test_a_doubt_takes_two_rows_where_there_is_room(build: Any, name: str, rows: int) -> None:
    """Only on a full screen is it cut; how many more there are stays."""
    doubt = coded("said", text="one doubt of very many words, which are told in full, so that two rows are taken by it")
    lines = shown(build(name, warnings=(doubt, doubt), **SURE))

    told = lines[next(k for k, line in enumerate(lines) if line.startswith("doubt")) : -onward.LINES]
    told = [line for line in told if not line.startswith("use")]
    assert (len(told), len(lines) <= LINES) == (rows, True)
    assert told[-1].endswith("(+1 in the report)")
    assert "…" in told[0] or rows == 2
