"""Korean: particles, and a catalogue in which nothing is missing."""

import ast
import re
from pathlib import Path

import pytest
from markupsafe import Markup
from messages import CATALOGUES, found, places

from gatewise.languages.catalogue import HEAD, read
from gatewise.languages.particles import particle
from gatewise.languages.places import fill

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("word", "topic", "way"),
    [
        ("매출", "매출은", "매출로"),
        ("기온", "기온은", "기온으로"),
        ("단위", "단위는", "단위로"),
        ("LSTM", "LSTM은", "LSTM으로"),
        ("GRU", "GRU는", "GRU로"),
        ("RNN", "RNN은", "RNN으로"),
        ("GRU#2", "GRU#2는", "GRU#2로"),
        ("GRU (reset after)", "GRU (reset after)는", "GRU (reset after)로"),
        ("3", "3은", "3으로"),
        ("0.01", "0.01은", "0.01로"),
        ("1,000", "1,000은", "1,000으로"),
        ("95 %", "95 %는", "95 %로"),
        ("model", "model은", "model로"),
        ("unit", "unit은", "unit으로"),
        ("sales", "sales는", "sales로"),
        ("temp_min", "temp_min은", "temp_min으로"),
        ("'price'", "'price'는", "'price'로"),
        ("売上", "売上은(는)", "売上(으)로"),
        ("🙂", "🙂은(는)", "🙂(으)로"),
    ],
)
def test_particles_follow_the_last_sound(word: str, topic: str, way: str) -> None:
    """Of Hangul, digits, letters that are named and Latin words; both forms where it is not known."""
    assert word + particle(word, "은/는") == topic
    assert word + particle(word, "으로/로") == way


def test_places_take_a_format_a_particle_or_both() -> None:
    """Markup is read without its tags."""
    assert fill("{share:.0%이/가} {cell:을/를}", {"share": 0.5, "cell": Markup("<b>LSTM</b>")}) == "50%가 <b>LSTM</b>을"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_sentence_is_missing_and_none_is_stale(path: Path) -> None:
    """If this fails: python tests/support/messages.py, then translate what it left open."""
    entries = {entry.key: entry.said for entry in read(path.read_text("utf-8"))}
    said = found()

    assert [key for key in said if not all(entries.get(key, ("",)))] == []
    assert [key for key in entries if key not in said and key != HEAD] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_translations_have_the_places_of_their_sentences(path: Path) -> None:
    """A place that is misspelt would be an error where it is shown; a script's sentences choose no particles."""
    entries = {entry.key: entry.said for entry in read(path.read_text("utf-8")) if entry.key != HEAD}
    wrong = [(key, text) for key, said in entries.items() for text in said if places(text) != places(key[2] or key[1])]
    scripted = {key for key, file in found().items() if file.endswith(".js")}

    assert wrong == []
    assert [key for key in scripted if any("/" in text and ":" in text for text in entries[key])] == []


def test_the_korean_readme_has_what_the_english_one_has() -> None:
    """The same commands and code, but for comments and ``--lang ko``."""
    english, korean = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.ko.md"))

    assert commands(english) - commands(korean) == set()
    assert code(english) == code(korean)


def commands(page: str) -> set[str]:
    """What a page says to type in its tables and lines of text, and in its blocks."""
    typed = re.findall(r"`((?:gatewise|make) [^`]+)`", page) + re.findall(
        r"^(?:gatewise|make|pip) .+$", page, re.MULTILINE
    )
    return {re.sub(r" --lang ko|#.*", "", " ".join(line.split())).strip() for line in typed}


def code(page: str) -> list[str]:
    """Lines of its Python blocks without their comments."""
    blocks = [block.partition("```")[0] for block in page.split("```python\n")[1:]]
    return [line.partition("  #")[0] for block in blocks for line in block.splitlines()]


def test_what_is_told_while_it_runs_can_be_translated() -> None:
    """A note of progress has no words of its own: they come from `say`, or with what is told."""
    bare = []
    for path in sorted((ROOT / "src" / "gatewise").rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "note" and call.args:
                parts = getattr(call.args[0], "values", [call.args[0]])  # of an f-string
                words = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
                bare += [f"{path.name}: {text}" for text in words if re.search("[a-z]", text)]

    assert bare == []
