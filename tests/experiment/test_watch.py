"""What is told of a comparison on its way."""

import io
import sys
from types import ModuleType, SimpleNamespace

import pytest
from rich.console import Console

import gatewise
from gatewise.experiment.watch import pace, plain
from gatewise.experiment.watch.chosen import watching
from gatewise.experiment.watch.live import Live
from gatewise.experiment.watch.notebook import Notebook
from gatewise.experiment.watch.pace import Pace, clock
from gatewise.experiment.watch.plain import Plain
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.watch.terminal import watcher
from gatewise.languages import speaking


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0:00"), (65, "1:05"), (59.6, "1:00"), (7390, "2:03:10")])
def test_clock(seconds: float, shown: str) -> None:
    """As one reads it."""
    assert clock(seconds) == shown


def test_time_left_is_what_the_rest_takes_at_this_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known before the first one is done."""
    monkeypatch.setattr(pace, "monotonic", lambda: 100.0)
    stage = Pace("pairs", 10)
    assert stage.left == ""
    stage.done = 4
    monkeypatch.setattr(pace, "monotonic", lambda: 140.0)
    assert stage.left == "about 1:00 left"


def test_lines_tell_stages_and_now_and_then_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin and end of a stage, a line each ten seconds between, and every line of a note; markup is text."""
    now = [0.0]
    for module in (pace, plain):
        monkeypatch.setattr(module, "monotonic", lambda: now[0])
    shown = io.StringIO()
    with Plain(Console(file=shown, width=60)) as told:
        told.note("read [red]data\nsecond line")
        told.stage("pairs", 3)
        for seconds in (4.0, 15.0, 16.0):
            now[0] = seconds
            told.advance()

    assert shown.getvalue().splitlines() == [
        "[0:00] read [red]data",
        "[0:00] second line",
        "[0:00] pairs: 3 to do",
        "[0:15] pairs: 2 of 3, about 0:08 left",
        "[0:16] pairs: 3 of 3",
    ]


def test_the_watcher_suits_the_console() -> None:
    """A bar in a terminal, which shows notes above itself; lines elsewhere."""
    assert isinstance(watcher(Console(file=io.StringIO())), Plain)
    shown = io.StringIO()
    live = watcher(Console(file=shown, force_terminal=True, width=80))
    assert isinstance(live, Live)
    with live:
        live.stage("tuning", 2)
        live.advance()
        live.note("[b]a name from the data")
        live.advance()
    assert "[b]a name from the data" in shown.getvalue()


def test_a_bar_speaks_the_language_from_the_first_moment() -> None:
    """Reading the data is the first thing it shows."""
    shown = io.StringIO()
    with speaking("ko"), watcher(Console(file=shown, force_terminal=True, width=80)):
        pass
    assert "데이터를 읽는 중" in shown.getvalue()


class Handle:
    """What IPython's `display` returns."""

    def __init__(self, shown: dict[str, str]) -> None:
        self.all = [shown]

    def update(self, shown: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.all.append(shown)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> list[Handle]:
    """What is shown in a notebook, by IPython as far as it is used; it is not installed for the tests."""
    shown: list[Handle] = []

    def display(given: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        assert raw
        assert display_id
        shown.append(Handle(given))
        return shown[-1]

    module, inner = ModuleType("IPython"), ModuleType("IPython.display")
    inner.display = display  # type: ignore[attr-defined]
    module.get_ipython = lambda: SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", inner)
    return shown


def test_a_notebook_has_one_line_that_is_replaced(notebook: list[Handle]) -> None:
    """And what was said below it, as text whatever it holds; after a stop that is unfolded."""
    told = Notebook()
    told.__enter__()
    told.note("read <b>data</b>\nsecond \u202eline")
    told.stage("pairs", 2)
    told.advance()
    told.advance()
    told.note("stopped; to go on, type")
    told.__exit__(KeyboardInterrupt, None, None)

    line, below = notebook
    assert [shown["text/plain"] for shown in line.all] == [
        "reading the data", "pairs: 0 of 2", "pairs: 2 of 2", "stopped after 0:00",
    ]  # fmt: skip
    assert '<progress max="2" value="2"' in line.all[2]["text/html"]
    assert "&lt;b&gt;data&lt;/b&gt;" in below.all[0]["text/html"]
    assert "second \\u202eline" in below.all[0]["text/html"]
    assert "<details open>" not in below.all[-2]["text/html"]
    assert "<details open>" in below.all[-1]["text/html"]


def test_who_is_told_unless_the_caller_says(monkeypatch: pytest.MonkeyPatch, notebook: list[Handle]) -> None:
    """A notebook's line; in a terminal a bar; elsewhere nobody, or lines if asked; IPython is never imported for it."""
    with watching(False) as told:
        assert isinstance(told, Quiet)
    with watching(None) as told:
        assert isinstance(told, Notebook)
    monkeypatch.delitem(sys.modules, "IPython")
    with watching(None) as told:
        assert isinstance(told, Quiet)
    with watching(True) as told:
        assert isinstance(told, Plain)
    mine = Quiet()
    with watching(mine) as told:
        assert told is mine
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich then takes standard error for a terminal
    with watching(None) as told:
        assert isinstance(told, Live)
    assert "IPython" not in sys.modules


def test_a_notebook_speaks_korean(notebook: list[Handle]) -> None:
    """Its own words too."""
    with speaking("ko"), Notebook() as told:
        told.note("x")

    said = [shown["text/html"] for handle in notebook for shown in handle.all]
    assert not [text for text in said if "data" in text or "read" in text or "after" in text]


def test_a_notebook_is_not_silent_while_torch_is_loaded(
    notebook: list[Handle], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which takes seconds; then the line is empty. Once it is loaded, and outside of notebooks, nothing is said."""
    assert callable(gatewise.compare)
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "torch")
        assert gatewise.compare is not None
    [line] = notebook
    assert [shown["text/plain"] for shown in line.all] == ["loading PyTorch", ""]

    assert gatewise.compare is not None
    assert len(notebook) == 1
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "torch")
        patch.delitem(sys.modules, "IPython")
        assert gatewise.compare is not None
        patch.setitem(sys.modules, "IPython", ModuleType("IPython"))  # a script that imports it
        assert gatewise.compare is not None
    assert len(notebook) == 1
