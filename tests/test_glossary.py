"""The glossary: a word has one meaning, and every page leads to it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
PAGES = sorted(path for path in (ROOT / "docs").glob("*.md") if path != GLOSSARY)


def test_every_word_is_there_once_and_in_order() -> None:
    """One word, one idea, in at most two sentences or so."""
    entries = re.findall(r"^\| \*\*(.+)\*\* \| (.+) \|$", GLOSSARY.read_text("utf-8"), re.MULTILINE)
    words = [word for word, _ in entries]

    assert len(words) >= 30
    assert words == sorted(set(words))
    assert all(meaning.endswith(".") and len(meaning) < 200 for _, meaning in entries)


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda path: path.name)
def test_every_page_links_it(page: Path) -> None:
    """In the way that resolves from where the page lies."""
    link = "docs/glossary.md" if page.parent == ROOT else "glossary.md"

    assert f"]({link})" in page.read_text("utf-8")
