"""Gates and states of a layer as a chart: a heat map each, steps to the right, a row a unit, below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import altair as alt
import numpy as np

from gatewise.display.heat import GATE, STATE, heat
from gatewise.display.offline import Charts, offline
from gatewise.languages import say
from gatewise.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

INK, FAINT = "#1f2328", "#646b75"
WIDE, TALL, LEAST = 640, 3, 48
"""Pixels: width of a map, height of a unit's row, least height of a map."""

HIGHEST = 120
"""A map is no higher, however many units there are."""

TICKS = 12
"""Steps that are named below the maps at most; symbols of a text stand closer."""


class Band(NamedTuple):
    """One heat map.

    Attributes:
        title: What it shows.
        values: Shape (steps, units).
        gate: Whether it is between 0 and 1; else about 0.
    """

    title: str
    values: NDArray[Any]
    gate: bool


def chart(
    bands: Sequence[Band], order: NDArray[Any], at: Sequence[str] = (), *, ordered: str = "", symbols: bool = False
) -> Charts:
    """Heat maps below each other, the units of all in the same order.

    Args:
        bands: What is shown, in order.
        order: Numbers of the units, the one that is shown first at the top.
        at: What each step is called; by default its number, from 1.
        ordered: By what the units are ordered, for the axis.
        symbols: Whether ``at`` are the symbols of a text.
    """
    steps = len(bands[0].values)
    maps = [_map(band, order, ordered if k == 0 else "") for k, band in enumerate(bands)]
    named = _ticks(steps, at, symbols=symbols)
    stacked = alt.VConcatChart(vconcat=[*maps, named], spacing=8).configure(font="system-ui, sans-serif", padding=8)
    found = offline(stacked.configure_view(stroke="transparent").to_dict(validate=False))
    assert isinstance(found, Charts)
    return found


def remembering(stays: NDArray[Any]) -> NDArray[Any]:
    """Numbers of the units, the one that keeps most of its state first; ``stays`` has the share, (steps, units)."""
    return np.argsort(-np.median(stays, axis=0), kind="stable")


def _map(band: Band, order: NDArray[Any], ordered: str) -> alt.LayerChart:
    values = band.values[:, order]
    most = 1.0 if band.gate else max(1.0, float(np.nanmax(np.abs(values), initial=0.0)))
    shares, ramp = (values, GATE) if band.gate else (values / (2.0 * most) + 0.5, STATE)
    tall = int(np.clip(TALL * values.shape[1], LEAST, HIGHEST))
    top = f"{most:.2g}"
    layers = [
        _image(heat(shares, ramp), 0, WIDE, tall),
        _image(heat(np.linspace(1.0, 0.0, 64)[None], ramp), WIDE + 10, WIDE + 20, tall),  # the scale
        _text(top, WIDE + 25, 5),
        _text("0" if band.gate else f"−{top}", WIDE + 25, tall - 5),
        _text(band.title, 0, -9, color=INK, fontSize=13),
    ]
    if ordered:
        layers.append(_text(ordered, WIDE, -9, align="right"))
    return alt.LayerChart(layer=layers).properties(width=WIDE + 60, height=tall)


def _image(address: str, left: float, right: float, tall: int) -> alt.Chart:
    mark: Any = alt.Chart(alt.InlineData(values=[{"url": address}])).mark_image(
        aspect=False, smooth=False, width=right - left, height=tall, align="left", baseline="top", aria=False
    )
    made: alt.Chart = mark.encode(x=alt.value(left), y=alt.value(0), url="url:N")
    return made


def _text(text: str, x: float, y: float, **paint: Any) -> alt.Chart:
    look: dict[str, Any] = {
        "align": "left",
        "baseline": "middle",
        "color": FAINT,
        "fontSize": 11,
        "limit": WIDE,
    } | paint
    mark: Any = alt.Chart(alt.InlineData(values=[{"text": text}])).mark_text(**look)
    made: alt.Chart = mark.encode(x=alt.value(x), y=alt.value(y), text="text:N")
    return made


def _ticks(steps: int, at: Sequence[str], *, symbols: bool) -> alt.LayerChart:
    """Names of some steps below the middle of their columns."""
    named = bool(at) and (not symbols or steps * 9 <= WIDE)  # symbols are named all, or none is
    every = 1 if named and symbols else _every(steps, TICKS // 2 if named else TICKS)
    layers = []
    # Names stand at the first step and at every so-manyth after it, numbers at round ones.
    for k in range(0, steps, every) if named else [0, *range(every - 1, steps, every)]:
        name = shorten(at[k], 20) if named else f"{k + 1:,}"
        side = "left" if named and not symbols else "center"
        place = WIDE * (k + (0.0 if side == "left" else 0.5)) / steps
        layers.append(_text("␣" if name == " " else name, place, 4, align=side, baseline="top"))
    axis = alt.LayerChart(layer=[*layers, _text("" if named else say("step"), WIDE + 10, 4, baseline="top")])
    return axis.properties(width=WIDE + 60, height=16)


def _every(steps: int, most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, ... that names at most so many steps."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if -(-steps // (digit * power)) <= most:
                return digit * power
        power *= 10
