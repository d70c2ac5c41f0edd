"""What the figures share: colours, and the way from layers to SVG text.

Colours are CSS variables of the page with a fallback, so that one drawing serves light, dark and print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

PALETTE = ("#0072b2", "#c04f00", "#00805c", "#a0568a", "#8a6d00", "#4b5fb0")
"""One accent per cell, in the order of the plan; after Okabe and Ito's colour-blind safe set, darkened for white."""

INK, FAINT = "var(--ink, #222)", "var(--faint, #767676)"
PAPER, BAND = "var(--paper, #fff)", "var(--band, #e8ebee)"
WIDTH = 440


def colour(position: int) -> str:
    """The accent of the cell at a position of the plan."""
    k = position % len(PALETTE)
    return f"var(--cell-{k + 1}, {PALETTE[k]})"


def markup(drawn: str | None) -> Markup | None:
    """A drawing for a template. Vega escapes the text of its drawings, and no text from the data enters them."""
    return None if drawn is None else Markup(drawn)  # noqa: S704


def chart(rows: list[dict[str, Any]]) -> alt.Chart:
    """A chart of these rows."""
    return alt.Chart(alt.InlineData(values=rows))


def svg(layers: Sequence[alt.Chart], height: int, width: int = WIDTH) -> str:
    """SVG text of layers: transparent, in the page's fonts, without clip paths, whose ids would meet in one page."""
    styled = (
        alt.LayerChart(layer=list(layers))
        .properties(width=width, height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding"))
        .configure(background="transparent", font="system-ui, sans-serif", padding=6)
        .configure_view(stroke=None)
        .configure_axis(
            grid=False,
            labelColor=INK,
            titleColor=INK,
            domainColor=FAINT,
            tickColor=FAINT,
            labelFontSize=13,
            titleFontSize=13,
            titleFontWeight="normal",
        )
        .configure_text(fontSize=13)
    )
    return str(vl_convert.vegalite_to_svg(styled.to_dict(validate=False)))  # the tests draw what is drawn here
