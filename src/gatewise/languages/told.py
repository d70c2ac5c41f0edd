"""Lines that are made now, kept, and said in whatever language a reader has: the English sentence and what fills it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from gatewise.languages.places import fill
from gatewise.languages.spoken import language, translated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value = str | int
"""What fills a place: text from the data, a whole number, or a line again, which is text too."""


NAMES = "{names}"
"""A line of this form, which is the same in every language, is names alone."""


class Formed(Protocol):
    """A line by its parts: one that was just made, or one that a document kept."""

    @property
    def form(self) -> str:
        """The English sentence with its places."""

    @property
    def many(self) -> str | None:
        """The same of several things, which ``count`` numbers; None where nothing is counted."""

    @property
    def values(self) -> Mapping[str, Any]:
        """What fills the places: text, whole numbers, lines, or several of those to be joined by commas."""


class Told(str):
    """A line: as text it is English, and it knows its form and its values: ``Told("left out: {names}", names="a")``.

    A form stands as a literal where the line is made, or in `mark`, so that `tests/support/messages.py` finds it.
    Numbers that are not whole are filled in as text, so that each value goes through a document as it is.
    """

    form: str
    many: str | None
    values: dict[str, Value | tuple[Value, ...]]

    def __new__(cls, form: str, /, **values: Value | Sequence[Value]) -> Told:
        """A line of a form whose places are filled with these values."""
        return _made(cls, form, None, values)

    def said(self) -> str:
        """The line in the language that is spoken."""
        return said(self, str(self))


def told_count(one: str, many: str, count: int, /, **values: Value | Sequence[Value]) -> Told:
    """A line on a number of things, which fills ``{count}``: ``told_count("{count} row", "{count:,} rows", 3)``."""
    return _made(Told, one, many, {"count": count, **values})


def said(line: Formed, english: str) -> str:
    """A line in the language that is spoken.

    Args:
        line: Its form and its values.
        english: What it is in English, and in a language whose catalogue lacks one of its forms, which it was kept in
            by an older or a newer gatewise.
    """
    found = None if language() == "en" else _translated(line)
    return english if found is None else found


def _made(kind: type[Told], form: str, many: str | None, values: Mapping[str, Value | Sequence[Value]]) -> Told:
    kept = {name: _kept(value) for name, value in values.items()}
    shown = {name: ", ".join(map(str, value)) if isinstance(value, tuple) else value for name, value in kept.items()}
    line = str.__new__(kind, fill(form if many is None or kept["count"] == 1 else many, shown))
    line.form, line.many, line.values = form, many, kept
    return line


def _kept(value: Value | Sequence[Value]) -> Value | tuple[Value, ...]:
    """A value as a document takes it: a whole number of NumPy's is one of Python's."""
    if isinstance(value, str):
        return value
    return int(value) if hasattr(value, "__index__") else tuple(value)


def _translated(line: Formed) -> str | None:
    """The line from the catalogue, which alone gives sentences to fill; None where it lacks one."""
    sentence = translated(line.form, line.many, line.values.get("count", 1))
    values = {name: _value(value) for name, value in line.values.items()}
    unknown = sentence in (line.form, line.many) and sentence != NAMES
    return None if unknown or None in values.values() else fill(sentence, values)


def _value(value: Any) -> str | int | None:
    if isinstance(value, list | tuple):
        parts = [_value(part) for part in value]
        return None if None in parts else ", ".join(map(str, parts))
    if hasattr(value, "form"):
        return _translated(value)
    return value if isinstance(value, int) else str(value)
