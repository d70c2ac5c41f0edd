"""What is told of a comparison on its way."""

import io

import pytest
from rich.console import Console

from gatewise.experiment.watch import pace, plain
from gatewise.experiment.watch.live import Live
from gatewise.experiment.watch.pace import Pace, clock
from gatewise.experiment.watch.plain import Plain
from gatewise.experiment.watch.terminal import watcher


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
