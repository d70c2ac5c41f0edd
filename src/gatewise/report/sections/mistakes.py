"""Mistakes: which classes were taken for which, and the hardest examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gatewise.arms import title
from gatewise.languages import say_count
from gatewise.report.charts import confusion, hard
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section
from gatewise.text import shorten

if TYPE_CHECKING:
    from markupsafe import Markup

    from gatewise.report.given import Given


class Matrix(NamedTuple):
    """The confusion matrix of a cell."""

    css: str
    name: str
    drawing: Markup | None
    told: str
    commonest: list[tuple[str, str, float]]


class Hardest(NamedTuple):
    """One of the hardest examples."""

    example: str
    truth: str
    cells: list[tuple[str, int]]  # the class that each cell told most often, and how often it was right
    drawing: Markup | None
    text: str


def values(given: Given) -> dict[str, object] | None:
    """The matrices of both cells and the hardest examples; nothing where no classes are told."""
    found = given.mistakes
    if found is None:
        return None
    cells = [(f"cell-{given.plan.cells.index(cell) + 1}", cell) for cell in found.confusion]
    hardest = [
        Hardest(
            example.example,
            shorten(example.truth, 30),
            [(shorten(example.told[cell], 30), round(example.right[cell] * found.tests)) for _, cell in cells],
            markup(hard.chart(given, k)),
            example.text,
        )
        for k, example in enumerate(found.hardest)
    ]
    return {
        "matrices": [
            Matrix(
                css,
                title(cell),
                markup(confusion.chart(given, cell)),
                confusion.description(found, cell),
                confusion.commonest(found, cell),
            )
            for css, cell in cells
        ],
        "tests": say_count("{count} pair", "{count:,} pairs", found.tests),
        "of": found.tests,
        "cells": [(css, title(cell)) for css, cell in cells],
        "hardest": hardest,
        "drawn": any(each.drawing or each.text for each in hardest),
    }


SECTION = Section("mistakes.html", values)
