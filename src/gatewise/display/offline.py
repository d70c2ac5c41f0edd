"""Charts that show themselves in a notebook as one SVG, of which nothing is loaded, and as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

from gatewise.languages import language

if TYPE_CHECKING:
    from collections.abc import Mapping

FOUND = str.maketrans("◀▶", "◄►")
"""Arrow heads that the usual fonts have in bold too: for a file no font is looked for glyph by glyph."""

FITS = '<svg style="max-width: 100%; height: auto" '
"""How a drawing begins that is no wider than what it stands in: some notebooks would cut it off."""

MONTHS: dict[str, Any] = {"ko": "ko-KR"}
"""Names of months and days on time axes, by language; English for any other."""

PIXELS = 3.0
"""Pixels of a PNG for each of the chart's: sharp in print at its own size."""


class Offline:
    """What both kinds of chart have in common."""

    def svg(self) -> str:
        """The chart as SVG text."""
        drawn = vl_convert.vegalite_to_svg(_specification(self), time_format_locale=MONTHS.get(language()))
        return str(drawn).translate(FOUND)

    def files(self) -> dict[str, bytes]:
        """The chart as ``svg``, ``png`` and ``pdf``."""
        drawn = self.svg()
        return {
            "svg": drawn.encode(),
            "png": vl_convert.svg_to_png(drawn, scale=PIXELS),
            "pdf": vl_convert.svg_to_pdf(drawn),
        }

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        """What a notebook shows. Altair's own would load a script from the net."""
        return {"image/svg+xml": self.svg().replace("<svg ", FITS, 1), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of Altair's; chart.save('NAME.svg') writes a file>"


class Chart(Offline, alt.LayerChart):
    """An Altair chart of layers that is shown as SVG."""


class Charts(Offline, alt.VConcatChart):
    """Altair charts below each other that are shown as one SVG."""


def offline(specification: Mapping[str, Any]) -> Chart | Charts:
    """The chart of a Vega-Lite specification, on white, which every notebook and every viewer can show."""
    kind: Any = Charts if "vconcat" in specification else Chart
    config = {**specification.get("config", {}), "background": "#ffffff"}
    found: Chart | Charts = kind.from_dict({**specification, "config": config}, validate=False)
    return found


def _specification(chart: Any) -> dict[str, Any]:
    found: dict[str, Any] = chart.to_dict(validate=False)
    return found
