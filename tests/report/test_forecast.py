"""The picture of forecasts: drawn from forecast.json, without data or torch."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gatewise.report import html
from gatewise.report.charts import forecast
from gatewise.report.drawing import svg
from gatewise.report.given import Given
from gatewise.report.sections import forecast as forecast_section
from gatewise.run.picture import FromWindow, Panel, Picture


def picture(**changes: Any) -> Picture:
    """A week of days, one test window of each, and two days ahead with both bands."""
    days = tuple(f"2024-01-{day:02}T00:00:00" for day in range(1, 8))
    panel = {
        "title": "sales",
        "at": days,
        "values": (3.0, 4.0, None, 6.0, 5.0, 4.0, 7.0),
        "tested": {
            name: (FromWindow(start=3, values=(5.0, 5.5)), FromWindow(start=5, values=(4.5, 6.0)))
            for name in ("lstm", "gru", "ridge")
        },
        "ahead_at": ("2024-01-08T00:00:00", "2024-01-09T00:00:00"),
        "ahead": (6.0, 6.5),
        "bands": {80: ((5.0, 5.0), (7.0, 8.0)), 95: ((4.0, 3.0), (8.0, 10.0))},
    }
    one = Panel.model_validate(panel | changes)
    return Picture(cells=("lstm", "gru"), rule="ridge", model="gru", windows=40, panels=(one,))


def page(sample: Any, found: Picture | None) -> str:
    """The report with this picture."""
    return html.render(Given(sample.verdict, sample.plan, {}, None, found))


@pytest.mark.parametrize("numbers", [False, True], ids=["times", "numbers"])
def test_it_shows_history_tests_and_what_comes_next(build: Any, numbers: bool) -> None:
    """Two bands, the history, a line for each window of cell and rule, the forecast ahead, and what is what."""
    changes: dict[str, Any] = {"at": tuple(map(float, range(1, 8))), "ahead_at": (8.0, 9.0)} if numbers else {}
    sample, found = build("gru"), picture(**changes)
    drawn = svg(forecast.drawn(found.panels[0], found, ["lstm", "gru"], sample.plan.cells))

    assert drawn.count("mark-area") == 2
    assert len(re.findall(r'stroke-dasharray="2,3"', drawn)) == 2
    assert drawn.count("var(--cell-1") == 2
    assert drawn.count("var(--cell-2") >= 3
    text = page(sample, found)
    assert "Beyond the data: the 2 steps that GRU forecasts." in text
    assert "80 and 95 % of new values are to lie in them, as those of 40 test windows did" in text


def test_what_is_not_there_is_not_promised(build: Any) -> None:
    """No bands from few windows, no steps ahead where something has to be known; without a picture no section."""
    sample = build("gru")
    bare = page(sample, picture(bands={}, ahead=(), ahead_at=()))

    assert "Beyond the data" not in bare
    assert "Bands:" not in bare
    assert "<h2>Forecast</h2>" in bare
    assert "<h2>Forecast</h2>" not in page(sample, None)


def test_bands_between_quantiles_are_told_as_that(build: Any) -> None:
    """They came from no test window; any level is named."""
    found = picture(bands={60: ((1.0, 1.0), (3.0, 3.0))}).model_copy(update={"windows": 0})
    told = page(build("gru"), found)

    assert "Bands lie between quantiles that GRU forecasts: 60 % of new values are to lie in them." in told
    assert "bands of 60 %" in told
    assert "test windows did" not in told


def test_a_single_step_ahead_has_its_bands(build: Any) -> None:
    """As two bars."""
    found = picture(ahead=(6.0,), ahead_at=("2024-01-08T00:00:00",), bands={80: ((5.0,), (7.0,)), 95: ((4.0,), (8.0,))})

    drawn = svg(forecast.drawn(found.panels[0], found, ["lstm", "gru"], build("gru").plan.cells))
    assert drawn.count('opacity="0.16"') == 2
    assert "mark-area" not in drawn


def test_names_from_the_data_are_text(build: Any) -> None:
    """In the drawing too."""
    text = page(build("gru"), picture(title="<script>alert(1)</script>"))

    assert "<script>" not in text


def test_a_chart_without_a_page_names_its_lines(build: Any) -> None:
    """In a notebook and in a file no legend of a page stands above it."""
    sample = build("gru")
    drawn = forecast.keyed(Given(sample.verdict, sample.plan, {}, None, picture()))
    assert drawn is not None

    texts = re.findall(r">([^<>]+)</text>", svg(drawn))
    named = ["the data", "LSTM", "GRU", "ridge, the rule to beat", "what comes next, bands of 80 and 95 %"]
    assert [text for text in texts if text in named] == named
    assert forecast.keyed(Given(sample.verdict, sample.plan, {})) is None
    bare = forecast.keyed(Given(sample.verdict, sample.plan, {}, None, picture(bands={}, tested={})))
    assert ">what comes next</text>" in svg(bare)
    assert ">LSTM</text>" not in svg(bare)


def test_series_that_are_not_shown_are_counted(build: Any) -> None:
    """A page shows a few of many, and says so."""
    sample = build("gru")
    assert "Shown are the first" not in page(sample, picture())

    names = [[f"shop {k}"] for k in range(2_000)]
    plan = sample.plan.model_copy(update={"section": {**sample.plan.section, "targets": ["a"], "names": names}})
    given = Given(sample.verdict, plan, {}, None, picture())
    assert "Shown are the first 1 of 2,000 series." in str(forecast_section.values(given))


def test_a_series_without_a_test_says_so(build: Any) -> None:
    """Its chart has no forecasts over the data, which the words above it promise."""
    none = "The test part has no window among these rows"

    assert none not in page(build("gru"), picture())
    assert none in page(build("gru"), picture(tested={"lstm": (), "gru": (), "ridge": ()}))
