"""A comparison as a notebook shows it: what to take, one picture, the scores, the doubt. HTML that loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from gatewise.display.page import block, definitions, table
from gatewise.judge import wording
from gatewise.report import scores, summary
from gatewise.report.charts import difference
from gatewise.report.drawing import svg
from gatewise.report.screen import notes

if TYPE_CHECKING:
    from gatewise.report.given import Given


def html(given: Given) -> str:
    """The fragment; text from the data is escaped."""
