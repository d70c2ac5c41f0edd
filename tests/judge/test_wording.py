"""Every code has words, and verdict.json has none."""

from __future__ import annotations

import ast
import inspect
import string
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from synthetic import costs, fits, plan

from gatewise.judge.conclude import Evidence, conclude
from gatewise.judge.looks import judge
from gatewise.judge.wording import WORDS, listed, words
from gatewise.run.verdict import coded

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "src" / "gatewise"

SPREAD = {"_costs": {"work", "state", "rival_work", "rival_state"}, "_typed": {"margin"}}
"""What stands behind ``**`` where a code is made."""


def used() -> Iterator[tuple[str, set[str]]]:
    """Every code that the package makes, with the names of its values."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("coded", "Reason"):
                yield ast.literal_eval(node.args[0]), _names(node)


def _names(call: ast.Call) -> set[str]:
    names = set().union(*(ast.literal_eval(key) and {ast.literal_eval(key)} for key in _keys(call)))
    for keyword in call.keywords:
        if keyword.arg is not None:
            names.add(keyword.arg)
        else:
            value = keyword.value.func if isinstance(keyword.value, ast.Call) else keyword.value
            names |= SPREAD[ast.unparse(value)]
    return names


def _keys(call: ast.Call) -> list[ast.expr]:
    """Keys of a dictionary that is the second argument."""
    return [key for table in call.args[1:] if isinstance(table, ast.Dict) for key in table.keys if key is not None]


def taken(sentence: Any) -> tuple[set[str], set[str]]:
    """The names that a sentence may be filled with, and those that it has to be."""
    if isinstance(sentence, str):
        found = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
        return found, found
    parameters = inspect.signature(sentence).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return SPREAD["_costs"], SPREAD["_costs"]
    names = {parameter.name for parameter in parameters}
    return names, {parameter.name for parameter in parameters if parameter.default is parameter.empty}


def test_every_code_has_words_and_all_words_a_code() -> None:
    """Each code that the package makes is in the table, with the values that its sentence takes; no other is there."""
    found: dict[str, list[set[str]]] = {}
    for code, names in used():
        found.setdefault(code, []).append(names)

    assert set(found) | {"said"} == set(WORDS)
    for code, uses in found.items():
        allowed, needed = taken(WORDS[code])
        assert all(names <= allowed for names in uses), code
        assert all(needed <= names for names in uses), code


@pytest.mark.parametrize(
    ("code", "values", "sentence"),
    [
        ("few-pairs", {"pairs": 1, "needed": 8}, "each cell was trained only once, and it takes 8 times"),
        ("few-pairs", {"pairs": 0, "needed": 8}, "no cell was trained, and it takes 8 trainings of each"),
        (
            "few-independent-blocks",
            {"blocks": 1, "needed": 5},
            "1 independent test says too little of how data vary, and 5 would be the fewest",
        ),
        (
            "more-pairs",
            {"unit": "seconds", "margin": 0.0273},
            "a larger --budget, or --fits; or --margin 0.028 if less makes no difference to you",
        ),
        (
            "costs-less",
            {"work": 8736, "state": 52, "rival_work": 8820, "rival_state": 90},
            "it is cheaper to run: it keeps 52 numbers from step to step, not 90, and computes no more",
        ),
        (
            "regrets-alike",
            {"work": 10, "state": 1, "rival_work": 10, "rival_state": 1},
            "neither is likely to be much better, and both cost the same, and it comes first",
        ),
        (
            "nothing-compared",
            {"work": 1000, "state": 9, "rival_work": 2000, "rival_state": 9},
            "nothing was compared, and it is cheaper to run, 1,000 multiplications a step against 2,000",
        ),
        ("many-examples", {"examples": 10_000}, "10,000 examples: long or plentiful sequences are said to"),
        ("fits-unfinished", {"share": 0.5}, "50 % of the trainings ended while they were still improving"),
        ("said", {"text": "as {it} was\x1b"}, "as {it} was\\x1b"),
    ],
)
def test_sentences(code: str, values: dict[str, Any], sentence: str) -> None:
    """Numbers are written as one reads them, one thing in the singular, and the margin as one types it."""
    assert words(coded(code, **values)).startswith(sentence)


def test_several_reasons_stand_in_a_row() -> None:
    """With a semicolon between them."""
    assert listed([coded("one-split"), coded("few-draws")]).count("; ") == 1


def strings(value: object) -> Iterator[str]:
    """All texts of a document, names of its fields included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from (key, *strings(inside))
    elif isinstance(value, (list, tuple)):
        for inside in value:
            yield from strings(inside)


@pytest.mark.parametrize(
    ("skill", "pairs", "how"),
    [
        ({"lstm": 0.4, "gru": 0.3}, 12, {}),
        ({"lstm": 0.3109, "gru": 0.3}, 12, {}),
        ({"lstm": 0.31, "gru": 0.3}, 12, {}),
        ({"lstm": 0.3, "gru": 0.3}, 12, {"capped": 0.5}),
        ({"lstm": -0.1, "gru": -0.2}, 12, {}),
        ({"lstm": 0.29, "gru": 0.3}, 12, {}),
        ({"lstm": 0.4, "gru": 0.3}, 3, {}),
        ({"lstm": 0.4, "gru": 0.3}, 12, {"blocks": 4}),
        ({"lstm": 0.4, "gru": 0.4}, 12, {"noise": 0.0}),
    ],
)
def test_a_verdict_holds_no_sentence(skill: dict[str, float], pairs: int, how: dict[str, Any]) -> None:
    """No text in verdict.json has a blank in it but for names from the data and the machine's code path."""
    locked = plan()
    stored = fits(locked, skill, pairs=pairs, **how)
    look = judge(locked, stored, 0, pairs, final=True)
    configurations = dict.fromkeys(locked.cells, locked.configurations[0])
    taken_looks = (pairs,) if pairs >= 8 else ()
    times = costs(locked)
    warned = (coded("sizes-differ", share=0.02),)
    evidence = Evidence(locked, locked.sha256(), stored, look, taken_looks, 0, configurations, warned, times)
    document = conclude(evidence).model_dump(mode="json")

    assert [text for text in strings(document) if " " in text] == []
    assert [result["name"] for result in document["cells"].values()] == list(document["cells"])
