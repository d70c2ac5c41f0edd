"""The figures: what is drawn, and the drawing."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from whole import whole

import gatewise.report
from gatewise.report import drawing
from gatewise.report.charts import CHARTS, confusion, difference, pairs, pareto, tuning
from gatewise.report.drawing import svg as svg_of
from gatewise.report.given import Given


def texts(svg: str) -> list[str]:
    """All text of a drawing."""
    return [node.text or "" for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def figure(module: Any, sample: Any) -> str | None:
    """A chart of a sample as SVG text."""
    chart = module.chart(Given(sample.verdict, sample.plan, {}))
    return None if chart is None else svg_of(chart)


def test_difference_info_is_the_documents(sample: Any) -> None:
    """Estimate, intervals and margin are those of the verdict, and all of them lie on the axis."""
    found, info = sample.verdict.difference, difference.info(sample.verdict)
    assert info is not None
    assert (info.estimate, info.margin) == (found.estimate, sample.verdict.margin)
    assert [bounds for _, bounds in info.intervals] == [found.interval_here, found.interval]
    assert [name for name, _ in info.intervals] == ["test part", "new data"]
    assert info.reach > max(map(abs, (*found.interval, *found.interval_here, info.margin)))


def test_few_trainings_have_one_line(build: Any) -> None:
    """That for new data, and the caption speaks of no other."""
    sample = build("undecided", pairs=2)
    info = difference.info(sample.verdict)
    assert info is not None
    assert [name for name, _ in info.intervals] == ["new data"]
    assert svg_of(difference.drawn(info)).count('stroke-linecap="round"') == 1


def test_difference_figure_names_both_directions(sample: Any) -> None:
    """Each side says which cell is better there, and the band its width."""
    info, svg = difference.info(sample.verdict), figure(difference, sample)
    assert info is not None
    assert svg is not None
    assert {f"◀ {info.second} better", f"{info.first} better ▶", "within ±0.01"} <= set(texts(svg))


def test_difference_is_drawn_where_it_lies(build: Any) -> None:
    """The interval on this test part is a thick line as long, in axis units, as the interval."""
    info = difference.info(build("not-worse").verdict)
    assert info is not None
    lines = {
        float(node.get("stroke-width", "0")): abs(float(node.get("x2", "0")))
        for node in ElementTree.fromstring(svg_of(difference.drawn(info))).iter("{http://www.w3.org/2000/svg}line")
        if node.get("stroke-linecap") == "round"
    }
    (low, high), (low_95, high_95) = info.intervals[0][1], info.intervals[1][1]
    assert lines[7.0] / lines[2.0] == pytest.approx((high - low) / (high_95 - low_95), rel=1e-6)


def test_pairs_stand_as_high_as_their_scores(sample: Any) -> None:
    """Every cell has a column in the plan's order, and in it a dot for each pair, on one scale for all."""
    dots = circles(figure(pairs, sample))
    scores = [score for cell in sample.plan.cells for score in sample.verdict.cells[cell].per_pair]
    columns = [x for x, _ in dots[:: len(dots) // len(sample.plan.cells)]]

    assert columns == sorted(set(columns))
    assert [x for x, _ in dots] == [x for x in columns for _ in range(len(dots) // len(columns))]
    assert np.corrcoef([y for _, y in dots], scores)[0, 1] == pytest.approx(-1.0, abs=1e-9)


def test_a_baseline_far_away_is_told_not_drawn(build: Any) -> None:
    """A far baseline would flatten the pairs: it leaves the figure, but not its description."""
    near, far = build("gru"), build("lstm")
    info_near, info_far = (pairs.info(found.verdict, found.plan) for found in (near, far))
    assert info_near is not None
    assert info_far is not None
    assert info_near.bar == ("logistic", 0.9031)
    assert info_far.bar is None
    assert info_far.description.endswith("the baseline, ridge, lies at 0.000, below the figure")
    assert "baseline: logistic" in texts(svg_of(pairs.drawn(info_near)))


def test_pairs_figure_has_a_dot_for_every_score(build: Any) -> None:
    """Three cells of twelve pairs are 36 dots, and the two judged cells share twelve lines."""
    sample = build("not-worse")
    svg = figure(pairs, sample)
    assert svg is not None
    paths = [node.get("aria-roledescription") for node in ElementTree.fromstring(svg).iter()]
    assert paths.count("circle") == 36
    assert paths.count("line mark") == 12


@pytest.mark.parametrize(("score", "above"), [(0.93, False), (0.98, True)])
def test_the_baselines_name_stands_between_two_columns_off_the_dots(build: Any, score: float, above: bool) -> None:
    """Midway between the columns, above a rule that lies high among the dots, else below it."""
    sample = build("gru")
    rules = tuple(rule.model_copy(update={"score": score}) if rule.bar else rule for rule in sample.verdict.baselines)
    svg = figure(pairs, build("gru", baselines=rules))
    assert svg is not None
    found = [node for node in ElementTree.fromstring(svg).iter() if node.text == "baseline: logistic"]
    columns = [position(node)[0] for node in ElementTree.fromstring(svg).iter() if node.text in ("LSTM", "GRU")]
    rule = next(node for node in ElementTree.fromstring(svg).iter() if node.get("stroke-dasharray") == "5,4")

    assert len(found) == 2  # the halo and the name
    assert position(found[1])[0] == pytest.approx(sum(columns) / 2, abs=1.0)
    assert (position(found[1])[1] < position(rule)[1]) == above


def circles(svg: str | None) -> list[tuple[float, float]]:
    """Where the dots of a drawing lie, in the order in which they are drawn."""
    assert svg is not None
    nodes = ElementTree.fromstring(svg).iter()
    return [position(node) for node in nodes if node.get("aria-roledescription") == "circle"]


def position(node: ElementTree.Element) -> tuple[float, float]:
    """Where a node is moved to."""
    x, y = node.get("transform", "").removeprefix("translate(").split(")")[0].split(",")
    return float(x), float(y)


def test_tuning_curves_stand_as_high_as_their_scores(sample: Any) -> None:
    """Every cell has its own dots, in the plan's order, evenly spaced; and the description gives both ends."""
    info, dots = tuning.info(sample.verdict, sample.plan), figure(tuning, sample)
    curves = [sample.verdict.cells[cell].expected_best for cell in sample.plan.cells]
    x, y = np.array(circles(dots)).T.reshape(2, len(curves), 8)
    assert info is not None

    assert np.corrcoef(y.ravel(), np.ravel(curves))[0, 1] == pytest.approx(-1.0, abs=1e-9)
    assert np.ptp(np.diff(x, axis=1)) == pytest.approx(0.0, abs=1e-6)
    for curve in curves:
        assert f"{curve[0]:.3f} after one, {curve[-1]:.3f} after 8" in info.description


def test_tuning_figure_has_a_line_a_cell_and_a_dot_a_number(build: Any) -> None:
    """Three cells of eight configurations: three lines in their accents, 24 dots, ticks at whole numbers."""
    sample = build("not-worse")
    svg = figure(tuning, sample)
    assert svg is not None
    nodes = list(ElementTree.fromstring(svg).iter())
    lines = [node.get("stroke") for node in nodes if node.get("aria-roledescription") == "line mark"]

    assert sorted(map(str, lines)) == sorted(drawing.colour(k) for k in range(3))
    assert [node.get("aria-roledescription") for node in nodes].count("circle") == 24
    assert {"LSTM", "GRU", "RNN", "1", "8", "configurations tried"} <= set(texts(svg))


@pytest.mark.parametrize("tried", [2, 3, 10])
def test_the_search_has_one_tick_a_number(build: Any, tried: int) -> None:
    """However few configurations there were, no number stands twice below the axis."""
    sample = build("lstm")
    curve = tuple(0.1 * k for k in range(1, tried + 1))
    cells = {name: cell.model_copy(update={"expected_best": curve}) for name, cell in sample.verdict.cells.items()}
    svg = figure(tuning, build("lstm", cells=cells))
    assert svg is not None

    assert [text for text in texts(svg) if text.isdigit()] == [str(k) for k in range(1, tried + 1)]


def test_one_accent_per_cell() -> None:
    """Cells have different accents up to the palette's end, then they come round."""
    accents = [drawing.colour(k) for k in range(7)]
    assert len(set(accents)) == 6
    assert accents[6] == accents[0]
    assert accents[0] == "var(--cell-1, #0072b2)"


def test_nothing_to_draw(build: Any) -> None:
    """Without a difference or scores there is no figure."""
    sample = build("undecided", difference=None, cells={})
    assert figure(difference, sample) is None
    assert figure(pairs, sample) is None
    assert figure(tuning, sample) is None


@pytest.mark.parametrize("scores", [(0.5, 0.5), (0.5,)])
def test_pairs_without_spread_are_drawn(build: Any, scores: tuple[float, ...]) -> None:
    """Equal scores, or a single pair, have no spread; they are drawn all the same."""
    sample = build("lstm")
    cells = {name: cell.model_copy(update={"per_pair": scores}) for name, cell in sample.verdict.cells.items()}
    svg = figure(pairs, build("lstm", cells=cells))
    assert svg is not None
    assert "NaN" not in svg


def test_drawings_have_no_ids_and_fetch_nothing(sample: Any) -> None:
    """Drawings in one page share no ids, and none refers to anything outside."""
    for module in (difference, pairs, tuning):
        svg = figure(module, sample)
        assert svg is not None
        assert " id=" not in svg
        assert "url(" not in svg
        assert "href" not in svg.replace("xmlns:xlink", "")


def test_every_chart_stands_alone(build: Any) -> None:
    """For notebooks and files: in plain colours, and as Vega-Lite has it."""
    given = whole(build("lstm"))
    drawn = [chart(given) for chart in CHARTS.values()]
    assert None not in drawn
    for chart in drawn:
        assert "var(" not in str(drawing.plain(chart).to_dict())


def test_names_of_points_that_are_nearly_equal_stand_apart() -> None:
    """None covers another one, though the points themselves do."""
    points = [
        ("last value", 0.01, 0.0, True),
        ("convolved ridge of many kernels", 10.5, 0.4, True),
        ("RNN", 10.8, 0.399, False),
        ("GRU", 11.0, 0.402, True),
        ("GRU after", 11.1, 0.4005, False),
        ("LSTM", 11.2, 0.401, False),
    ]
    given = tuple(pareto.Point(name, cost, score, "#222", best, True) for name, cost, score, best in points)
    written = ElementTree.fromstring(svg_of(pareto.drawn(pareto.Info(given, "skill", ""))))
    boxes = {}
    for node, (x, y) in placed(written, 0.0, 0.0):
        if node.text in {name for name, *_ in points}:
            wide = 6.5 * len(node.text)
            left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[node.get("text-anchor", "start")] * wide
            boxes[node.text] = (left, left + wide, y - 10.0, y)

    assert len(boxes) == len(points)
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        assert a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2], (one, other)


def placed(node: Any, x: float, y: float) -> Any:
    """Each text below a node, and where it lies after all shifts."""
    shift = re.match(r"translate\(([-\d.]+),([-\d.]+)\)", node.get("transform", ""))
    if shift:
        x, y = x + float(shift[1]), y + float(shift[2])
    if node.tag.endswith("text"):
        yield node, (x, y)
    for child in node:
        yield from placed(child, x, y)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_of_a_matrix_are_read_on_every_strength(scheme: str) -> None:
    """A contrast of 4.5 at least, as the Web Content Accessibility Guidelines ask for, of all accents."""
    sheet = (Path(gatewise.report.__file__).parent / "templates" / "style.css").read_text("utf-8")
    own = sheet.partition("prefers-color-scheme: dark")[2 * (scheme == "dark")].partition("\n}\n")[0]
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", own))

    for number in range(1, 7):
        for strength in (confusion.FAINTEST, confusion.STRONGEST):
            on = strength * rgb(colours[f"cell-{number}"]) + (1 - strength) * rgb(colours["paper"])
            light, dark = sorted((luminance(on), luminance(rgb(colours["ink"]))), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (number, strength)


def rgb(code: str) -> Any:
    """A colour as three numbers from 0 to 1."""
    six = code[1:] if len(code) == 7 else "".join(2 * letter for letter in code[1:])
    return np.array([int(six[k : k + 2], 16) for k in (0, 2, 4)]) / 255


def luminance(colour: Any) -> float:
    """Of a colour in sRGB, by the guidelines."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_no_score_lies_below_the_baselines_name(build: Any) -> None:
    """The name is wide, and has a halo: what is drawn after it is seen."""
    svg = figure(pairs, build("gru"))
    assert svg is not None
    marks = [node.get("aria-roledescription") for node in ElementTree.fromstring(svg).iter()]
    kinds = [mark for mark in marks if mark in ("circle", "text mark", "tick")]

    assert kinds.index("circle") > max(k for k, mark in enumerate(kinds) if mark == "text mark")


def test_the_margin_is_seen_before_the_widest_intervals(build: Any) -> None:
    """The words below name a grey band: it keeps some pixels however far the intervals reach."""
    sample = build("lstm")
    found = sample.verdict.difference.model_copy(update={"interval": (-9.0, 9.0), "interval_here": (-12.0, 12.0)})
    info = difference.info(build("lstm", difference=found).verdict)
    assert info is not None
    drawn = ElementTree.fromstring(svg_of(difference.drawn(info)))
    grey = [node for node in drawn.iter() if drawing.BAND in (node.get("stroke"), node.get("fill"))]

    assert max(float(node.get("stroke-width", "0")) for node in grey) >= 3.0


@pytest.mark.parametrize(("rules", "told"), [(1, "lies 1 more"), (2, "lie 2 more")])
def test_one_rule_below_the_figure_lies_there(build: Any, rules: int, told: str) -> None:
    """And several lie there."""
    sample = build("lstm")
    known = tuple(rule for rule in sample.verdict.baselines if rule.bar)
    far = tuple(known[0].model_copy(update={"name": f"far-{k}", "score": -1e3, "bar": False}) for k in range(rules))
    costs = sample.verdict.costs.model_copy(update={"rules": {rule.name: 0.3 for rule in (*known, *far)}})
    verdict = build("lstm", baselines=(*known, *far), costs=costs).verdict
    info = pareto.info(verdict, sample.plan)

    assert info is not None
    assert info.description.endswith(f"Below the figure {told}")


def test_axes_of_told_numbers_name_them(build: Any) -> None:
    """By the target, or by what is told of each step."""
    given = whole(build("lstm"))
    target = given.verdict.target
    assert target
    assert {f"{target}, true", f"{target}, told"} <= set(texts(svg_of(CHARTS["answers"](given))))
    steps = given._replace(
        verdict=given.verdict.model_copy(update={"target": None}),
        plan=given.plan.model_copy(update={"section": {"goal": "steps left"}}),
    )
    assert "steps left, true" in texts(svg_of(CHARTS["answers"](steps)))


def test_both_axes_of_a_confusion_matrix_are_named(build: Any) -> None:
    """The true class is a row, the told one a column."""
    assert {"true", "told"} <= set(texts(svg_of(CHARTS["confusion"](whole(build("lstm"))))))
