"""What the charts share: colours, layers in one dress, and the way to SVG text.

Colours are CSS variables of the page with a fallback, so that one drawing serves light, dark and print. `plain` puts
the fallbacks in their place, for a chart that stands outside of the page.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert
from markupsafe import Markup

from gatewise.display.offline import MONTHS
from gatewise.languages import language

if TYPE_CHECKING:
    from collections.abc import Sequence

PALETTE = ("#0072b2", "#c04f00", "#00805c", "#a0568a", "#8a6d00", "#4b5fb0")
"""One accent per cell, in the order of the plan; after Okabe and Ito's colour-blind safe set, darkened for white."""

INK, FAINT = "var(--ink, #222)", "var(--faint, #767676)"
PAPER, BAND = "var(--paper, #fff)", "var(--band, #e8ebee)"
WIDTH = 400

_VARIABLE = re.compile(r"var\(--[a-z0-9-]+, (#[0-9a-f]+)\)")


def colour(position: int) -> str:
    """The accent of the cell at a position of the plan."""
    k = position % len(PALETTE)
    return f"var(--cell-{k + 1}, {PALETTE[k]})"


def rows_of(rows: list[dict[str, Any]]) -> alt.Chart:
    """A chart of these rows, without a mark yet."""
    # A tuple, for Altair copies a list with all that is in it, again and again.
    return alt.Chart(alt.InlineData(values=tuple(rows)))


def layered(layers: Sequence[alt.Chart], height: int, width: int = WIDTH) -> alt.LayerChart:
    """Layers in the dress of the page: transparent, in its fonts, without a frame or a grid."""
    axis = alt.AxisConfig(
        grid=False,
        labelColor=INK,
        titleColor=INK,
        domainColor=FAINT,
        tickColor=FAINT,
        labelFontSize=13,
        titleFontSize=13,
        titleFontWeight="normal",
    )
    config = alt.Config(
        background="transparent",
        font="system-ui, sans-serif",
        padding=6,
        view=alt.ViewConfig(stroke=None),
        axis=axis,
        text=alt.MarkConfig(fontSize=13),
    )
    # All at once: each method of a chart that sets one of these copies it, with all of its rows.
    fit = alt.AutoSizeParams(type="fit", contains="padding")
    return alt.LayerChart(layer=list(layers), width=width, height=height, autosize=fit, config=config)


def plain(chart: alt.LayerChart) -> alt.LayerChart:
    """The same chart in the colours of a light page, for a notebook or a file, where no page has variables."""
    written = json.dumps(chart.to_dict(validate=False))
    found: alt.LayerChart = alt.LayerChart.from_dict(json.loads(_VARIABLE.sub(r"\1", written)), validate=False)
    return found


def ready() -> None:
    """Draw something small: what draws takes half a second to start, which a run has to spare while its fits run."""
    vl_convert.vegalite_to_svg({"mark": "point", "data": {"values": []}})


def svg(chart: alt.LayerChart) -> str:
    """SVG text of a chart, without clip paths, whose ids would meet in one page."""
    return str(vl_convert.vegalite_to_svg(chart.to_dict(validate=False), time_format_locale=MONTHS.get(language())))


def markup(chart: alt.LayerChart | None) -> Markup | None:
    """A drawing for a template. Vega escapes the text of its drawings."""
    return None if chart is None else Markup(svg(chart))  # noqa: S704
