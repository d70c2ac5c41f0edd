"""What is said of data is kept as a form and its values, and has Korean for every form."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from messages import PACKAGE, WORDS
from odd import ODD

from gatewise.data.leaks import without_leaks
from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.series import Series
from gatewise.languages import Told, said, speaking, told_count
from gatewise.report.sections import reading
from gatewise.report.write import given_of
from gatewise.run.folder import open_run
from gatewise.run.lines import Made, made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FINISHED = PACKAGE.parents[1] / "tests" / "fixtures" / "format-4" / "forecast"

HANGUL, WORD = re.compile("[가-힣]"), re.compile("[A-Za-z]{2,}")
TYPED = re.compile(
    r"--[a-z-]+(?: [\w.,-]+)?|\d+[a-z]+\b|\b(?:X|NaN|UTC|UTF-8|Latin-1|ms|ntc|nct|gatewise|solved|mask)(?![A-Za-z])"
)
"""What stays as it is: options and their values, names of formats."""


@dataclass(frozen=True)
class Lines:
    """What was said of data, and every word that the data and their name have."""

    told: list[Told]
    words: frozenset[str]


@pytest.fixture(params=ODD)
def lines(request: pytest.FixtureRequest, tmp_path: Path) -> Lines:
    """Of each of the odd data."""
    write, how = ODD[request.param]
    path = write(tmp_path)
    data = look(path, Reading(**how))
    if isinstance(data, Series):
        data = without_leaks(data, 3, ())
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    content = " ".join(f"{each} {each.read_bytes().decode('latin-1')}" for each in files)
    return Lines([*data.describe(), *data.notes], frozenset(WORD.findall(content)))


def test_each_is_said_in_korean_and_nothing_of_it_is_ours_in_english(lines: Lines) -> None:
    """Latin words that are left are the data's, or are to be typed."""
    with speaking("ko"):
        told = {line: line.said() for line in lines.told}

    assert {line for line, korean in told.items() if not HANGUL.search(korean)} == set()
    left = {line: set(WORD.findall(TYPED.sub("", korean))) - lines.words for line, korean in told.items()}
    assert {line: words for line, words in left.items() if words} == {}


def test_each_is_english_as_text_and_goes_through_a_plan(lines: Lines) -> None:
    """In the file stands what it was made of; read again it is the same in both languages."""
    kept = {line: Made.model_validate_json(each.model_dump_json()) for line, each in made(lines.told).items()}

    assert all(type(line) is Told for line in lines.told)
    assert json.dumps(lines.told) == json.dumps([str(line) for line in lines.told])
    for code in ("en", "ko"):
        with speaking(code):
            assert [said(kept[line], line) for line in kept] == [line.said() for line in dict.fromkeys(lines.told)]


def test_a_plan_says_its_lines_and_one_of_before_leaves_them_english() -> None:
    """The report's section, of a run that kept English text alone, and of the same with what its lines were made of."""
    folder = open_run(FINISHED)
    given, line = given_of(folder), told_count("{count} row", "{count:,} rows", 7)
    now = given.plan.model_copy(update={"understood": (str(line),), "notes": (), "made": made([line])})

    with speaking("ko"):
        before, after = (reading.values(each) for each in (given, given._replace(plan=now)))
    assert before is not None
    assert before["understood"] == list(given.plan.understood)
    assert after is not None
    assert after["understood"] == ["7행"]


def test_values_are_said_too_and_text_from_the_data_is_not() -> None:
    """Lines within a line, several of them, and numbers of things."""
    rows = told_count("{count} row", "{count:,} rows", 1200)
    line = Told("left out, {why}: {names}", why=Told("constant"), names=["none", "{x}", rows])

    with speaking("ko"):
        assert line.said() == "뺐습니다(값이 변하지 않음): none, {x}, 1,200행"
    assert line == "left out, constant: none, {x}, 1,200 rows"


def test_a_line_of_a_form_that_no_catalogue_has_stays_as_it_was_kept() -> None:
    """Wholly: no line is half in one language; and what a file says is never filled as a sentence."""
    strange = Made(form="{count.real:999999999999} odd", values={"count": 1})
    within = Made(form="left out, {why}: {names}", values={"why": strange, "names": ("a",)})

    with speaking("ko"):
        assert [said(each, "as it was") for each in (strange, within)] == ["as it was", "as it was"]


def test_forms_are_literals() -> None:
    """A line that is put together before it is made has no translation; nor is it found by messages.py."""
    calls = [(path.name, call) for path in PACKAGE.rglob("*.py") for call in _calls(ast.parse(path.read_text("utf-8")))]

    assert len(calls) > 200
    assert [(name, call.lineno) for name, call in calls if any(map(_is_put_together, call.args[: _forms(call)]))] == []


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Where lines are made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Told", "told_count", "mark", "mark_count"):
            yield node


def _forms(call: ast.Call) -> int:
    return WORDS[getattr(call.func, "id", "")]


def _is_put_together(form: Any) -> bool:
    """Whether a form is made where it is used, by an f-string or of parts; it is no literal, nor the name of one."""
    return not isinstance(form, ast.Constant | ast.Name | ast.Subscript | ast.Attribute | ast.Starred)
