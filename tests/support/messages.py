"""The sentences that gatewise shows, found in its sources, and the catalogues of their translations.

After a change of sentences type from the root: python tests/support/messages.py. It takes what is gone out of the
catalogues, adds what is new without a translation, and says how many are open.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

from jinja2 import Environment, nodes

from gatewise.languages.catalogue import HEAD, Entry, read, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.languages.catalogue import Key

PACKAGE = Path(__file__).parents[2] / "src" / "gatewise"
CATALOGUES = sorted((PACKAGE / "languages").glob("*.po"))
WORDS = {"say": 1, "mark": 1, "say_as": 2, "say_count": 2, "Told": 1, "told_count": 2, "mark_count": 2}
"""Functions whose first arguments are a sentence, and how many of them."""

SCRIPT = re.compile(r'\bsay\(\s*"((?:[^"\\]|\\.)*)"')


@cache
def found() -> dict[Key, str]:
    """What is said, and the file that says it first."""
    keys: dict[Key, str] = {}
    for path in sorted(PACKAGE.rglob("*")):
        search = {".py": _python, ".html": _template, ".js": _script}.get(path.suffix)
        for key in search(path.read_text("utf-8")) if search else ():
            keys.setdefault(key, path.relative_to(PACKAGE).as_posix())
    return keys


def _key(name: str, texts: list[str]) -> Key:
    if name == "say_as":
        return texts[0], texts[1], None
    return None, texts[0], texts[1] if name in ("say_count", "told_count", "mark_count") else None


def _python(text: str) -> Iterator[Key]:
    if "gatewise.languages" not in text:
        return
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = getattr(call.func, "id", "")
        texts = [each.value for each in call.args[: WORDS.get(name, 0)] if isinstance(each, ast.Constant)]
        if texts and len(texts) == WORDS[name]:
            yield _key(name, texts)


def _template(text: str) -> Iterator[Key]:
    for call in Environment(autoescape=True).parse(text).find_all(nodes.Call):
        name = getattr(call.node, "name", "")
        texts = [each.value for each in call.args[: WORDS.get(name, 0)] if isinstance(each, nodes.Const)]
        if texts and len(texts) == WORDS[name]:
            yield _key(name, texts)


def _script(text: str) -> Iterator[Key]:
    for match in SCRIPT.finditer(text):
        yield _key("say", [ast.literal_eval(f'"{match.group(1)}"')])


def places(sentence: str) -> set[str]:
    """Names of the places in a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def main() -> None:
    """Bring every catalogue to what is said now."""
    said = found()
    for path in CATALOGUES:
        entries = {entry.key: entry.said for entry in read(path.read_text("utf-8"))}
        sought = [Entry(key, entries.get(key, ("",)), (f"#: {file}",)) for key, file in said.items()]
        path.write_text(written([Entry(HEAD, entries[HEAD]), *sought]), "utf-8")
        print(f"{path.name}: {sum(not all(entry.said) for entry in sought)} of {len(sought)} open")


if __name__ == "__main__":
    main()
