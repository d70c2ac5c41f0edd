"""What is printed without blanks at the ends of lines, which a table in a terminal is padded with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType


class Trimmed:
    """A renderable whose lines end with their last character, so that a copy or a log has no blanks after it."""

    def __init__(self, inner: RenderableType) -> None:
        self.inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for line in console.render_lines(self.inner, options, pad=False):
            kept = [segment for segment in line if not segment.control]
            while kept and not kept[-1].text.strip():
                kept.pop()
            yield from kept[:-1]
            if kept:
                text, style, _ = kept[-1]
                yield Segment(text.rstrip(), style)
            yield Segment.line()
