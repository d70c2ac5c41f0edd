"""The page in a browser: readable at any width, light, dark and on paper, by ear and by keyboard."""

from __future__ import annotations

import re
import time
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from browser import chromium, opened
from whole import NASTY, whole

from gatewise.report import html
from gatewise.report.glossary import TERMS
from gatewise.text import visible

from .conftest import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS, MEGABYTES = 3.0, 3.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all tests."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything on it, and hostile names."""
    return html.write(tmp_path_factory.mktemp("page") / "report.html", whole(build("lstm")))


@pytest.mark.parametrize("width", [360, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_lies_outside_at_any_width(browser: Any, page: Path, width: int, scheme: str) -> None:
    """The page itself does not scroll sideways, what is too wide does, and every chart has marks in it."""
    with opened(browser, page, width=width, scheme=scheme) as shown:
        assert shown.evaluate("document.documentElement.scrollWidth") == width
        empty = "svg => svg.querySelectorAll('.role-mark > *').length == 0"
        assert shown.evaluate(f"[...document.querySelectorAll('svg')].filter({empty}).length") == 0
        assert shown.evaluate("document.querySelectorAll('svg').length") >= 14
        wide = shown.evaluate(
            "[...document.querySelectorAll('.wide')].some(each => each.scrollWidth > each.clientWidth)"
        )
        assert wide or width > 1000


def test_paper_has_no_part_cut_off(browser: Any, page: Path) -> None:
    """Printed on A4, nothing reaches beyond the page, and nothing scrolls."""
    with opened(browser, page, width=700) as shown:
        shown.emulate_media(media="print")
        beyond = (
            "each => each.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(each).display != 'none'"
        )
        found = f"[...document.querySelectorAll('svg, table, pre, p')].filter({beyond}).map(each => each.outerHTML)"
        assert shown.evaluate(found) == []


def test_names_from_the_data_stand_there_as_text(browser: Any, page: Path) -> None:
    """In sentences, tables, commands and drawings."""
    with opened(browser, page) as shown:
        text = shown.evaluate("document.body.textContent")
        bold = "[...document.querySelectorAll('b, script')].filter(each => /bold|alert/.test(each.textContent)).length"
        assert shown.evaluate(bold) == 0
    for name in NASTY:
        assert visible(name) in text
    assert "\u202e" not in text


def test_words_are_explained_for_mouse_and_keyboard(browser: Any, page: Path) -> None:
    """A term that is pointed at or focused shows its explanation inside the window; a reader hears it from the list."""
    with opened(browser, page, width=360, height=700) as shown:
        for term in shown.query_selector_all(".term"):
            assert shown.evaluate("id => document.getElementById(id) != null", term.get_attribute("aria-describedby"))
            term.focus()
            shown.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            tip = term.query_selector(".tip").bounding_box()
            assert tip["x"] >= 0
            assert tip["x"] + tip["width"] <= 360
            assert tip["y"] >= 0
            assert tip["y"] + tip["height"] <= 700


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier(browser: Any, page: Path, scheme: str) -> None:
    """Axe-core finds nothing serious: names, roles, order of headings, contrast."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    with opened(browser, page, width=900, scheme=scheme) as shown:
        shown.evaluate(axe)
        found = shown.evaluate("axe.run().then(found => found.violations)")
    serious = [
        (each["id"], each["nodes"][0]["html"][:200]) for each in found if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_it_is_written_fast_and_small(tmp_path: Path) -> None:
    """Within three core seconds and 3 MB."""
    began = time.process_time()
    path = html.write(tmp_path / "report.html", whole(build("lstm")))
    assert time.process_time() - began < SECONDS
    assert path.stat().st_size < 1e6 * MEGABYTES


def test_terms_are_the_glossarys(pytestconfig: pytest.Config) -> None:
    """To the letter, but for marks of code."""
    text = (pytestconfig.rootpath / "docs" / "glossary.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \|$", text, re.MULTILINE))
    for word, explained in TERMS.items():
        assert rows[{"hidden width": "hidden size"}.get(word, word)].replace("`", "") == explained
