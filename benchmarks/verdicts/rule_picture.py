"""Draws docs/rule.svg, the picture of the rule: which interval shows what, and how wide one is at each look.

Claims are read and boundaries computed by the product's code: `python benchmarks/verdicts/rule_picture.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from scipy import special

from gatewise.stats.decide import WINNER, Claim, read
from gatewise.stats.spending import nominal

FILE = Path(__file__).parents[2] / "docs" / "rule.svg"

MARGIN = 0.01
LEFT, RIGHT, REACH = 150.0, 470.0, 0.04  # the axis of differences runs from -REACH to REACH

LOOKS, SHARE = (8, 12, 20, 30, 45, 60), 0.9
ESTIMATES = (0.017, 0.010, 0.013, 0.0125)  # of an invented comparison, look by look, until it ends
ERROR_AT_END = 0.0026  # its standard error after all pairs


CAPTION = (
    f"± errors: half an interval in standard errors, where runs make {SHARE:.0%} of the noise and where tests make"
    " all of it"
)


class Row(NamedTuple):
    """An interval, what it shows, and what the claim needs."""

    interval: tuple[float, float]
    name: str
    claim: Claim | None
    needs: str


ROWS = (
    Row((0.004, 0.034), "LSTM better", Claim("better", "first"), "all of it above 0"),
    Row((-0.034, -0.004), "GRU better", Claim("better", "second"), "all of it below 0"),
    Row((-0.006, 0.008), "equal", Claim("equal"), "all of it within the margin"),
    Row((-0.027, 0.006), "GRU not worse", Claim("not-worse", "second"), "all of it below +M"),
    Row((-0.024, 0.030), "nothing shown", None, "the choice is only likely, or less"),
)

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .small { font-size: 12px; fill: #59636e; } .head { font-weight: 600; } .end { text-anchor: end; }
  .mid { text-anchor: middle; } .band { fill: #d8dee4; } .zero { stroke: #59636e; stroke-dasharray: 3 3; }
  .axis { stroke: #8c959f; } .lstm { stroke: #0969da; } .gru { stroke: #bc4c00; } .both { stroke: #1f2328; }
  .open { stroke: #8c959f; } .bar { stroke-width: 5; stroke-linecap: round; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .small { fill: #9198a1; } .band { fill: #333b45; } .zero, .axis, .open { stroke: #9198a1; }
    .lstm { stroke: #58a6ff; } .gru { stroke: #f0883e; } .both { stroke: #f0f6fc; } .paper { fill: #0d1117; }
  }"""


def drawn() -> str:
    """The picture as SVG text."""
    parts = [*_claims(28.0), *_bar(238.0), *_looks(322.0)]
    body = "\n".join(f"  {part}" for part in parts)
    said = "Which intervals show which claim against zero and the margin, and how intervals narrow from look to look"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 552" width="720" height="552" role="img">\n'
        f"  <title>{said}</title>\n  <style>{STYLE}\n  </style>\n"
        f'  <rect class="paper" width="720" height="552" fill="#fff" rx="6"/>\n{body}\n</svg>\n'
    )


def _claims(top: float) -> list[str]:
    """Rows of intervals of the difference, each with the claim that it shows."""
    found = [_text(16, top, "d: skill of the LSTM minus that of the GRU, and what its interval shows", "head")]
    found += _axis(top + 14, 30.0 * len(ROWS) + 4, ("GRU ahead", "LSTM ahead"))
    for k, row in enumerate(ROWS):
        shown = read(row.interval, row.interval, MARGIN)
        assert row.claim == (shown[0] if shown else None), row
        at = top + 38 + 30.0 * k
        winner = {"first": "lstm", "second": "gru", None: "both"}[row.claim.arm] if row.claim else "open"
        found += [_text(16, at + 4, row.name), _line(row.interval, at, winner), _text(484, at + 4, row.needs, "small")]
    return found


def _bar(top: float) -> list[str]:
    """Both cells' lead over the bar, for `neither`."""
    intervals = {"lstm": (-0.022, 0.004), "gru": (-0.014, 0.007)}
    assert all(high < MARGIN for _, high in intervals.values())
    found = [_band(top - 12, 46)]
    found += [_line(interval, top + 4 + 14.0 * k, cell) for k, (cell, interval) in enumerate(intervals.items())]
    words = (_text(16, top + 8, "neither"), _text(16, top + 24, "(lead over the bar)", "small"))
    return [*found, *words, _text(484, top + 14, "both cells below +M over the bar", "small")]


def _looks(top: float) -> list[str]:
    """The same comparison at each look: its estimate and interval, until a claim is shown."""
    found = [_text(16, top, "Looks: the same comparison after 8, 12, 20, ... pairs", "head")]
    middle, scale, first, apart = top + 84.0, 1300.0, 190.0, 92.0
    low, high = middle + MARGIN * scale, middle - MARGIN * scale
    found.append(f'<rect class="band" x="150" y="{high:.1f}" width="546" height="{low - high:.1f}"/>')
    found.append(f'<line class="zero" x1="150" x2="696" y1="{middle:.1f}" y2="{middle:.1f}"/>')
    found += [_text(16, middle + 4, "d = 0, margin ±M", "small"), _text(16, top + 158, "pairs", "small")]
    found += [_text(16, top + 176, "± errors, runs", "small"), _text(16, top + 194, "± errors, tests", "small")]
    for k, pairs in enumerate(LOOKS):
        x = first + apart * k
        bounds = [_bound(LOOKS[: k + 1], share) for share in (SHARE, 0.0)]
        found.append(_text(x, top + 158, f"{pairs}", "small mid"))
        found += [_text(x, top + 176 + 18 * j, f"{bound:.2f}", "mid") for j, bound in enumerate(bounds)]
        if k < len(ESTIMATES):
            half = bounds[0] * ERROR_AT_END * (SHARE * LOOKS[-1] / pairs + 1.0 - SHARE) ** 0.5
            found += _standing(x, ESTIMATES[k], half, middle, scale)
    found.append(_text(16, top + 216, CAPTION, "small"))
    ended = first + apart * (len(ESTIMATES) - 1)
    told = ("above 0: LSTM better,", "the run ends")
    return [*found, *(_text(ended + 14, top + 46 + 16 * k, said, "small") for k, said in enumerate(told))]


def _standing(x: float, estimate: float, half: float, middle: float, scale: float) -> list[str]:
    """An upright interval; one that is too long for the picture fades into its edge."""
    cell = "lstm" if estimate > half else "open"
    ends = [middle - scale * min(0.05, max(-0.05, value)) for value in (estimate - half, estimate + half)]
    dot = f'<circle class="{cell}" cx="{x}" cy="{middle - scale * estimate:.1f}" r="4" fill="none" stroke-width="2"/>'
    return [f'<line class="{cell} bar" x1="{x}" x2="{x}" y1="{ends[0]:.1f}" y2="{ends[1]:.1f}"/>', dot]


def _bound(taken: tuple[int, ...], share: float) -> float:
    """Standard errors on either side that a winner has to lie from 0 at the last of these looks."""
    spent = nominal(taken, (share,) * len(taken), LOOKS[-1], WINNER, final=taken[-1] == LOOKS[-1])
    return float(-special.ndtri(spent))


def _axis(top: float, height: float, sides: tuple[str, str]) -> list[str]:
    """The band of the margin, zero, and which side is whose."""
    found = [_band(top, height)]
    for at, said in ((-MARGIN, "-M"), (0.0, "0"), (MARGIN, "+M")):
        found.append(_text(_x(at), top + height + 15, said, "small mid"))
    left, right = sides
    low = top + height + 15
    return [*found, _text(LEFT, low, f"◀ {left}", "small"), _text(RIGHT, low, f"{right} ▶", "small end")]


def _band(top: float, height: float) -> str:
    band = (
        f'<rect class="band" x="{_x(-MARGIN):.1f}" y="{top}" width="{_x(MARGIN) - _x(-MARGIN):.1f}" height="{height}"/>'
    )
    return f'{band}<line class="zero" x1="{_x(0):.1f}" x2="{_x(0):.1f}" y1="{top}" y2="{top + height}"/>'


def _line(interval: tuple[float, float], y: float, kind: str) -> str:
    low, high = map(_x, interval)
    return f'<line class="{kind} bar" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'


def _text(x: float, y: float, said: str, kind: str = "") -> str:
    told = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{told}</text>'


def _x(value: float) -> float:
    return LEFT + (value + REACH) / (2.0 * REACH) * (RIGHT - LEFT)


if __name__ == "__main__":
    FILE.write_text(drawn(), "utf-8")
    print(FILE)
