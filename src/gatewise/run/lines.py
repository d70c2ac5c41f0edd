"""Lines on the data as a plan keeps them: what each was made of, by which it is said in the language of a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from gatewise.languages import Told
from gatewise.run.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterable


class Made(Document):
    """What a line was made of."""

    form: str = Field(description="the English sentence with its places, by which its translation is found")
    many: str | None = Field(default=None, description="the same of several things, which count numbers; null for none")
    values: dict[str, str | int | Made | tuple[str | Made, ...]] = Field(
        default={},
        description="what fills the places: text from the data, whole numbers, lines within the line, or several of"
        " those with commas between them",
    )


def made(lines: Iterable[Told]) -> dict[str, Made]:
    """What each of these lines was made of, by its English text."""
    return {str(line): _made(line) for line in lines}


def _made(line: Told) -> Made:
    return Made(form=line.form, many=line.many, values={name: _value(value) for name, value in line.values.items()})


def _value(value: str | int | tuple[str | int, ...]) -> str | int | Made | tuple[str | Made, ...]:
    if isinstance(value, tuple):
        return tuple(_text(each) for each in value)
    return value if isinstance(value, int) else _text(value)


def _text(value: str | int) -> str | Made:
    return _made(value) if isinstance(value, Told) else str(value)
