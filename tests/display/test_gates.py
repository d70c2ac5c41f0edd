"""Heat maps of gates, and charts that show themselves without the net."""

import base64
import re
import struct
import zlib

import numpy as np
import pytest

from gatewise.display import heat as heating
from gatewise.display.gates import Band, chart, remembering
from gatewise.display.heat import GATE, STATE, heat
from gatewise.display.offline import Chart, offline


def pixels(address: str) -> np.ndarray:
    """An image's pixels, read back by the letter of the PNG specification."""
    kind, _, content = address.partition(",")
    assert kind == "data:image/png;base64"
    found = base64.b64decode(content)
    columns, rows = struct.unpack(">II", found[16:24])
    start = found.index(b"IDAT") + 4
    [length] = struct.unpack(">I", found[start - 8 : start - 4])
    lines = np.frombuffer(zlib.decompress(found[start : start + length]), np.uint8).reshape(rows, 1 + 3 * columns)
    return lines[:, 1:].reshape(rows, columns, 3)


def test_a_heat_map_has_a_pixel_for_each_number() -> None:
    """Steps to the right, units down; 0, a half and 1 have the ramp's own colours, what is beyond those of the ends."""
    found = pixels(heat(np.array([[0.0, 0.5, 1.0], [-3.0, 0.75, 2.0]]), GATE))

    assert found.shape == (3, 2, 3)
    assert [tuple(found[row, 0]) for row in range(3)] == list(GATE)
    assert tuple(found[0, 1]) == GATE[0]
    assert tuple(found[2, 1]) == GATE[2]
    assert np.abs(found[1, 1].astype(float) - (np.array(GATE[1]) + np.array(GATE[2])) / 2).max() <= 0.5


def test_long_sequences_are_thinned_to_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven steps in at most three columns: three, three and one."""
    monkeypatch.setattr(heating, "MOST_COLUMNS", 3)
    found = pixels(heat(np.array([[0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0]]).T, STATE))

    assert [tuple(pixel) for pixel in found[0]] == [STATE[0], STATE[1], STATE[2]]


def test_units_that_keep_most_come_first() -> None:
    """By the median of the gate over the steps."""
    assert list(remembering(np.array([[0.1, 0.9, 0.5], [0.2, 0.8, 0.5], [0.9, 0.0, 0.5]]))) == [1, 2, 0]


def test_gates_are_drawn_as_one_file_that_loads_nothing() -> None:
    """A map for each, what steps are called as text whatever it holds, and no address but of what is inside."""
    rng = np.random.default_rng(1)
    bands = [
        Band("forget gate f", rng.uniform(size=(4, 3)), True),
        Band("cell state c", rng.normal(size=(4, 3)), False),
    ]
    drawn = chart(bands, np.arange(3), ["<b>", "&amp;", "\u202eab", " "], symbols=True)
    shown = drawn._repr_mimebundle_()

    assert set(shown) == {"image/svg+xml", "text/plain"}
    found = shown["image/svg+xml"]
    assert found.count("<image") == 4  # two maps, two scales
    assert "forget gate f" in found
    assert "&lt;b" in found
    assert "<b>" not in found
    assert "\u202e" not in found
    assert "\\u202eab" in found
    addresses = set(re.findall(r'(?:href|src)="([^"]{0,20})', found))
    assert {address[:15] for address in addresses} == {"data:image/png;"}
    assert set(re.findall(r"https?://[^\s\"]+", found)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_a_chart_stays_one_that_shows_itself() -> None:
    """Altair's own changes return the same kind; the arrow heads are those that fonts have."""
    dot = {
        "data": {"values": [{"x": 1, "t": "◀ GRU"}]},
        "layer": [{"mark": "text", "encoding": {"text": {"field": "t"}}}],
    }
    made = offline(dot)

    assert isinstance(made, Chart)
    assert isinstance(made.properties(width=40), Chart)
    assert "◄ GRU" in made._repr_mimebundle_()["image/svg+xml"]
    assert len(repr(made)) < 100


def test_a_chart_is_no_wider_than_its_notebook() -> None:
    """Some notebooks put the drawing into their page as it is, and would cut it off; a file keeps its own size."""
    drawn = offline({"layer": [{"mark": "point", "data": {"values": []}}], "width": 900})

    shown = drawn._repr_mimebundle_()["image/svg+xml"]
    assert shown.startswith('<svg style="max-width: 100%; height: auto" ')
    assert "max-width" not in drawn.svg()
