"""Which language is spoken, and a sentence in it, filled with its values."""

from __future__ import annotations

import gettext
import io
import os
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from gatewise.errors import OptionError
from gatewise.languages.catalogue import compiled
from gatewise.languages.places import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = {"en": "English", "ko": "한국어"}
"""What is spoken, by its code, and what it is called there. The first is what sentences are written in."""

OURS, LOCALE = "GATEWISE_LANG", ("LC_ALL", "LC_MESSAGES", "LANG")
"""Variables of the environment that name a language, the first one that is set decides."""

_asked: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The language that is spoken now: of `speaking`, of GATEWISE_LANG, of the locale; English for any other.

    Raises:
        OptionError: GATEWISE_LANG names none of `LANGUAGES`.
    """
    if asked := _asked.get():
        return asked
    if ours := os.environ.get(OURS):
        return checked(ours, OURS)
    locale = next(filter(None, map(os.environ.get, LOCALE)), "")
    code = locale.partition("_")[0].partition(".")[0].lower()
    return code if code in LANGUAGES else "en"


def checked(code: str, source: str) -> str:
    """A code of `LANGUAGES`.

    Args:
        code: What was given.
        source: What it was given with, for the message: ``--lang``.

    Raises:
        OptionError: It is none.
    """
    if code not in LANGUAGES:
        raise OptionError(f"{source}: got {code!r}, expected en (English) or ko (Korean)")
    return code


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language until the block ends.

    Args:
        code: A key of `LANGUAGES`.
    """
    before = _asked.set(checked(code, "speaking"))
    try:
        yield
    finally:
        _asked.reset(before)


def say(sentence: str, /, **values: object) -> str:
    """A sentence in the language that is spoken, its places filled: ``say("Take the {cell}.", cell="GRU")``.

    A sentence stands as a literal where it is said, or in `mark`, so that `tests/support/messages.py` finds it.
    """
    return fill(translated(sentence), values)


def say_as(context: str, words: str, /, **values: object) -> str:
    """The same for words that mean several things: ``say_as("of a gate", "open")``."""
    return fill(_catalogue(language()).pgettext(context, words), values)


def say_count(one: str, many: str, count: int, /, **values: object) -> str:
    """The same for a number of things, which fills ``{count}``: ``say_count("{count} fit", "{count} fits", 3)``."""
    return fill(translated(one, many, count), {"count": count, **values})


def translated(sentence: str, many: str | None = None, count: int = 1) -> str:
    """A sentence in the language that is spoken, with its places open; of a number of things where it has a plural."""
    spoken = _catalogue(language())
    return spoken.gettext(sentence) if many is None else spoken.ngettext(sentence, many, count)


def mark(sentence: str) -> str:
    """A sentence that is kept in a table and said later; marked so that it is found."""
    return sentence


def mark_count(one: str, many: str) -> tuple[str, str]:
    """The same for a number of things."""
    return one, many


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    """The sentences of a language: compiled when gatewise was built, or here from their source in a checkout."""
    if code == "en":
        return gettext.NullTranslations()
    source, built = (files("gatewise.languages") / f"{code}.{ending}" for ending in ("po", "mo"))
    content = compiled(source.read_text("utf-8")) if source.is_file() else built.read_bytes()
    return gettext.GNUTranslations(io.BytesIO(content))
