"""What a comparison shows in Python: as a notebook's HTML, as tables for a paper, as frames and as files."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import gatewise
from gatewise import comparison
from gatewise.comparison import Comparison
from gatewise.display import offline
from gatewise.errors import InputError, OptionError
from gatewise.languages import Told, speaking
from gatewise.report import figures, frames, notebook, scores, written
from gatewise.report.given import Given
from gatewise.run.folder import RunFolder
from gatewise.run.lines import made

FIXTURES = Path(__file__).parents[1] / "fixtures"
FORECAST, CLASSIFY = (RunFolder(FIXTURES / "format-4" / task) for task in ("forecast", "classify"))
ODD = "<img src=x onerror=alert(1)>\u202e\"'&{{7*7}}"


def test_a_notebook_shows_text_from_the_data_as_text(build: Any) -> None:
    """Whatever a column is called; nothing is loaded, and nothing runs."""
    sample = build("undecided", data={"targets": [ODD]}, notes=(f"one column of {ODD}",))
    shown = notebook.html(Given(sample.verdict, sample.plan, {}, path=f"runs/{ODD}"))

    assert "Take the GRU" in shown
    assert "<svg" in shown
    assert "<img" not in shown
    assert "\u202e" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;\\u202e" in shown
    assert "<script" not in shown
    assert not [word for word in shown.split('"') if word.startswith("http") and "w3.org" not in word]


def test_a_notebook_shows_every_kind_of_verdict(sample: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the scores of all cells, and the chosen one in bold below the headline."""
    monkeypatch.setattr(notebook.difference, "chart", lambda given: None)  # it is slow to draw
    shown = notebook.html(Given(sample.verdict, sample.plan, {}, path="runs/a"))
    table = scores.table(sample.verdict, sample.plan)

    assert all(row[0] in shown for row in table.rows)
    assert all(len(row) == len(table.heads) for row in table.rows)
    chosen = sample.verdict.recommendation
    assert shown.count("font-weight: 600") == (1 if chosen == "baseline" else 1 + len(table.heads))


def test_columns_of_a_notebook_are_those_of_a_paper(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words begin at the left, numbers end at the right, under their heads."""
    monkeypatch.setattr(notebook.difference, "chart", lambda given: None)  # it is slow to draw
    sample = build("lstm")
    [head, *rows] = (
        notebook.html(Given(sample.verdict, sample.plan, {}, path="runs/a")).split("<table")[1].split("<tr")[1:]
    )
    sides = re.findall("text-align: (left|right)", head)

    found = scores.table(sample.verdict, sample.plan)
    assert sides == ["left" if place in found.left else "right" for place in range(len(found.heads))]
    assert sides[-1] == "right"
    assert all(re.findall("text-align: (left|right)", row) == sides for row in rows)


def test_tables_for_a_paper_and_for_a_page(build: Any) -> None:
    """Special characters of either are written as such."""
    sample = build("lstm")
    latex, markdown = (written.written(sample.verdict, sample.plan, style) for style in ("latex", "markdown"))

    assert repr(latex) == str(latex)
    assert "LSTM & 0.414 & (0.395 to 0.432) &" in latex
    assert "95 \\% range" in latex
    assert latex.endswith("\\end{tabular}")
    assert "| LSTM | 0.414 | (0.395 to 0.432) |" in markdown
    strange = scores.Table(("", "a_b"), (("50% & #1\\~^{x}", "-1.5"), ("a|b*c", "x")), frozenset({0}))
    assert "50\\% \\& \\#1\\textbackslash{}\\textasciitilde{}\\textasciicircum{}\\{x\\} & $-$1.5" in written.latex(
        strange, ""
    )
    assert "| a\\|b\\*c | x |" in written.markdown(strange, "")
    with pytest.raises(
        OptionError, match=r"style='latx' is not known; did you mean latex\? There are: latex, markdown"
    ):
        written.written(sample.verdict, sample.plan, "latx")


def test_fits_are_a_frame() -> None:
    """A row for each; what pairs lost is what the verdict says; rules have no learning rate, and counts are no rule."""
    found = frames.fits(FORECAST)
    pairs = found.filter(found["phase"] == "pair")

    for cell, result in FORECAST.verdict().cells.items():
        assert pairs.filter(pairs["cell"] == cell)["test_loss"].mean() == pytest.approx(result.loss)
    assert pairs["learning_rate"].null_count() == 0
    rules = found.filter(found["phase"] == "baseline")
    assert rules["learning_rate"].null_count() == len(rules) > 0
    assert "examples" not in rules["cell"].to_list()


def test_a_plot_that_is_not_there_is_told() -> None:
    """One of no run, and one that this run has nothing for."""
    with pytest.raises(OptionError, match=r"there is no plot 'forcast'; did you mean forecast\?"):
        figures.drawn(FORECAST, "forcast")
    with pytest.raises(
        InputError, match=r"nothing that a plot 'forecast' shows: it was made to classify. Expected one.*, gates$"
    ):
        figures.drawn(CLASSIFY, "forecast", ("gates",))


@pytest.fixture
def one_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the difference alone: every chart takes a while."""
    monkeypatch.setattr(figures, "CHARTS", {"difference": figures.CHARTS["difference"]})
    monkeypatch.setattr(offline, "PIXELS", 0.2)


def test_figures_replace_their_own_and_nothing_else(one_chart: None, tmp_path: Path) -> None:
    """As files of three kinds; what somebody changed or put there stays, and then nothing is written."""
    to = tmp_path / "new" / "figures"
    written = figures.write_figures(FORECAST, to)

    assert [path.name for path in written] == ["difference.svg", "difference.png", "difference.pdf"]
    svg, png, pdf = (path.read_bytes() for path in written)
    assert svg.startswith(b"<svg")
    assert b"var(--" not in svg
    assert png.startswith(b"\x89PNG")
    assert pdf.startswith(b"%PDF")
    assert figures.write_figures(FORECAST, to) == written
    assert sorted(path.name for path in to.iterdir()) == sorted([*(path.name for path in written), figures.LIST])

    written[0].write_text("mine")
    written[1].unlink()
    with pytest.raises(InputError, match=r"has difference.svg already, .* nothing was written. Type another folder"):
        figures.write_figures(FORECAST, to)
    assert written[0].read_text() == "mine"
    assert not written[1].exists()


@pytest.mark.parametrize("mine", ['{"difference.svg": 5}', '["a"]', "no JSON", '{"a": ["b"]}'])
def test_a_list_of_that_name_which_is_not_ours_is_left(one_chart: None, tmp_path: Path, mine: str) -> None:
    """Somebody's file is neither replaced nor believed, and no chart is written beside it."""
    (tmp_path / figures.LIST).write_text(mine)
    with pytest.raises(InputError, match=r"figures.json is there already and is not a list .* nothing was written"):
        figures.write_figures(FORECAST, tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {figures.LIST: mine}


def test_figures_that_were_stopped_in_between_are_known(
    one_chart: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was written before the end counts as written here the next time."""
    real = figures.write_bytes

    def killed(path: Path, content: bytes) -> None:
        real(path, content)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(figures, "write_bytes", killed)
        with pytest.raises(KeyboardInterrupt):
            figures.write_figures(FORECAST, tmp_path)

    assert len(figures.write_figures(FORECAST, tmp_path)) == 3
    assert [len(hashes) for hashes in json.loads((tmp_path / figures.LIST).read_text()).values()] == [1, 1, 1]


def test_fits_that_are_gone_are_told(tmp_path: Path) -> None:
    """The rest of the run is there."""
    copied = shutil.copytree(CLASSIFY.path, tmp_path / "run")
    (copied / "fits.sqlite").unlink()
    with pytest.raises(InputError, match=r"has no fits.sqlite"):
        frames.fits(RunFolder(copied))


def test_a_comparison_stands_where_a_path_does() -> None:
    """So that the other cell's model is loaded without typing the path that is in it."""
    found = Comparison(CLASSIFY, CLASSIFY.verdict())
    cells = CLASSIFY.header().plan.cells

    assert [gatewise.load(found, cell).cell for cell in cells] == list(cells)
    assert gatewise.load(found.folder, cells[0]).cell == cells[0]


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        (True, "Stopped: what was trained is safe. To go on, type: gatewise.resume('runs/a')"),
        (False, "Stopped: before anything was trained; nothing was written"),
    ],
)
def test_an_interrupt_is_a_line_in_a_notebook(monkeypatch: pytest.MonkeyPatch, planned: bool, said: str) -> None:
    """Where it waited for its workers is nobody's business; programs see the interrupt that it is."""

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(comparison, "_run", interrupted)
    folder = SimpleNamespace(finished=False, planned=planned, path=Path("runs/a"))
    understood: Any = SimpleNamespace(folder=folder)

    with pytest.raises(KeyboardInterrupt) as stopped:
        comparison.start(understood, comparison.Where(1, None), progress=None)
    assert stopped.value._render_traceback_() == [said]


TIMED = {
    "mark": "line",
    "data": {"values": [{"at": f"2024-{month:02}-01", "y": month} for month in range(1, 9)]},
    "encoding": {"x": {"field": "at", "type": "temporal"}, "y": {"field": "y", "type": "quantitative"}},
}


def test_a_notebook_speaks_korean(build: Any) -> None:
    """Notes of the data, what a model is, months of a time axis, gates of a layer; `repr` stays as it is."""
    note = Told("one column of 0 and 1 for each value of {names}", names="weather")
    sample = build("lstm", notes=(str(note),))
    plan = sample.plan.model_copy(update={"made": made([note])})
    model = gatewise.load(CLASSIFY)
    with speaking("ko"):
        shown = notebook.html(Given(sample.verdict, plan, {}, path="runs/a"))
        told, said = model._repr_html_(), repr(model)
        days = offline.offline({"layer": [TIMED]}).svg()
        _, _, gates = gatewise.LSTM(2, 3)(torch.zeros(4, 1, 2), return_gates=True)
        drawn = gates.plot().svg() + gatewise.explain.gates(gatewise.GRU(2, 3), torch.zeros(4, 2)).plot().svg()

    assert "one column of" not in shown
    read = re.sub("<[^>]+>", " ", told)
    assert not [word for word in ("tells", "reads", "size", "next", "parameter") if word in read]
    assert said == repr(model)
    assert "parameters>" in said
    assert "July" in offline.offline({"layer": [TIMED]}).svg()
    assert "July" not in days
    assert "7월" in days
    texts = re.findall(r">([^<>]+)</text>", drawn)
    assert not [text for text in texts if re.search("[a-z]{2}", text)]
