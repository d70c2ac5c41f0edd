"""Texts to classify: each a sequence of the numbers of its characters or words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.data.groups import EQUAL
from gatewise.data.readers.raw import RawSequences, natural
from gatewise.data.shapes import SequenceSet
from gatewise.data.words import common, covered, words_of
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, listed, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.data.embedded import Categories
    from gatewise.data.readers.raw import RawSymbols
    from gatewise.data.reading import Reading

LONGEST = 512
"""Symbols that are read of a text where nothing is said: later ones make a fit long and seldom tell more."""

FEW_WORDS = 6
"""Texts with fewer words than this in the middle are read in characters."""

COVERED = 0.8
"""Share of the words that the known ones have to be, for texts to be read in words."""

NAMES = {"characters": "character", "words": "word"}
"""Names of the one channel, by what the texts are read in."""


class Numbered(NamedTuple):
    """Texts as numbers.

    Attributes:
        values: Number of each symbol, 0 for one that is not known, NaN behind a text's end, shape (n, T, 1).
        lengths: Symbols that are read of each text, shape (n,).
        longer: How many texts have more.
    """

    values: NDArray[np.float64]
    lengths: NDArray[np.int64]
    longer: int


def labelled_texts(raw: RawSymbols, reading: Reading) -> RawSequences:
    """Texts with a class each as sequences of one channel.

    Args:
        raw: What was read, in characters.
        reading: May say what they are read in, and how much of each.

    Raises:
        DataError: There is nothing to be told apart, or nothing to read.
    """
    assert raw.labels is not None
    kept = np.array([bool(str(piece).strip()) for piece in raw.pieces])
    texts = [str(piece) for piece, keep in zip(raw.pieces, kept, strict=True) if keep]
    labels = [label for label, keep in zip(raw.labels, kept, strict=True) if keep]
    if not texts:
        raise DataError(f"{raw.source}: all texts are empty; expected letters in them")
    test = None if raw.test is None else raw.test[kept]
    symbols, why = _symbols(texts, test, reading.symbols)
    split = [_split(text, symbols) for text in texts]
    known = common(text for text, tested in zip(split, _tested(test, texts), strict=True) if not tested)
    if len(known) < 2:
        raise DataError(
            f"{raw.source}: got {counted(len(known), 'different ' + NAMES[symbols])} in two texts or more, expected "
            "many; check that these are texts, and that --text names their column"
        )
    numbered = as_numbers(split, known, reading.longest or LONGEST)
    classes = natural(labels)
    places = {name: place for place, name in enumerate(classes)}
    groups, grouped, repeats = _groups(raw, texts, kept)
    notes = [*raw.notes, why, *repeats, *_left(len(kept) - len(texts)), *_more(split, known, symbols)]
    if numbered.longer:
        longest = reading.longest or LONGEST
        notes.append(
            Told(
                "{texts} of more than {symbols} are read up to there; --longest {most:,} reads all",
                texts=counted(numbered.longer, "text"),
                symbols=counted(longest, NAMES[symbols]),
                most=max(map(len, split)),
            )
        )
    name = NAMES[symbols]
    found = SequenceSet(
        values=numbered.values,
        lengths=numbered.lengths,
        labels=np.array([places[label] for label in labels]),
        classes=classes,
        features=(name,),
        test_start=None,
        source=raw.source,
        notes=tuple(notes),
        groups=groups,
        grouped=grouped,
        categories={name: known},
        texts={"symbols": symbols, **_how(raw)},
    )
    return RawSequences(found, test=test)


def new_texts(raw: RawSymbols, symbols: str, longest: int | None, categories: Categories) -> SequenceSet:
    """Texts to predict on, by the symbols that a model knows.

    Args:
        raw: What was read, in characters.
        symbols: What the model reads texts in.
        longest: Symbols that it reads of each at most; None for the usual.
        categories: The symbols it knows, by the name of the channel.
    """
    ((name, known),) = categories.items()
    split = [_split(str(piece), symbols) for piece in raw.pieces]
    numbered = as_numbers(split, known, longest or LONGEST)
    among = set(known)
    strange = Counter(symbol for text in split for symbol in text if symbol not in among)
    total, rest = sum(map(len, split)), sum(strange.values())
    unknown = Told(
        "{count:,} of {symbols} are none that the model knows, such as {names}",
        count=rest,
        symbols=counted(total, NAMES[symbols]),
        names=listed([symbol for symbol, _ in strange.most_common(5)]),
    )
    return SequenceSet(
        values=numbered.values,
        lengths=numbered.lengths,
        labels=None,
        classes=(),
        features=(name,),
        test_start=None,
        source=raw.source,
        notes=raw.notes,
        categories={name: known},
        unknown=(unknown,) if rest else (),
        texts={"symbols": symbols},
    )


def as_numbers(texts: Sequence[Sequence[str]], known: Sequence[str], longest: int) -> Numbered:
    """Texts, in symbols, as numbers of the known ones from 1 on; an empty text is one unknown symbol.

    Args:
        texts: Symbols of each text.
        known: Those that are known, in order.
        longest: How many are read of each at most.
    """
    number = {symbol: place for place, symbol in enumerate(known, 1)}
    lengths = np.array([min(max(len(text), 1), longest) for text in texts])
    values = np.full((len(texts), int(lengths.max()), 1), np.nan)
    for row, text in enumerate(texts):
        values[row, : lengths[row], 0] = [number.get(symbol, 0) for symbol in text[:longest]] or 0.0
    return Numbered(values, lengths, sum(len(text) > longest for text in texts))


def _how(raw: RawSymbols) -> dict[str, str]:
    """How new texts are read as these were."""
    return {"text": raw.column} if raw.column else {"pieces": "lines" if raw.called == "line" else "text"}


def _split(text: str, symbols: str) -> Sequence[str]:
    return text.strip() if symbols == "characters" else words_of(text.lower().replace("\n", " "))


def _tested(test: NDArray[np.bool_] | None, texts: Sequence[str]) -> NDArray[np.bool_]:
    return np.zeros(len(texts), bool) if test is None else test


def _symbols(texts: Sequence[str], test: NDArray[np.bool_] | None, asked: str | None) -> tuple[str, Told]:
    """What the texts are read in, and why, a sentence for the user."""
    if asked is not None:
        if asked == "words":
            return asked, Told("texts are read in words in small letters (--symbols words)")
        return asked, Told("texts are read in characters (--symbols characters)")
    learned = [text for text, tested in zip(texts, _tested(test, texts), strict=True) if not tested]
    words = [_split(text, "words") for text in learned]
    usual = int(np.median([len(text) for text in words]))
    share = covered(words, common(words))
    if usual < FEW_WORDS:
        return "characters", Told(
            "texts of {words} are read in characters; --symbols words reads words", words=counted(usual, "word")
        )
    if share < COVERED:
        return "characters", (
            Told(
                "texts are read in characters: {share} of their words stand in one text alone or are rare; "
                "--symbols words reads words",
                share=f"{1 - share:.0%}",
            )
        )
    return "words", (
        Told(
            "texts of {count:,} words, that is the median, are read in words in small letters; --symbols "
            "characters reads characters",
            count=usual,
        )
    )


def _groups(
    raw: RawSymbols, texts: Sequence[str], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.int64] | None, str, list[Told]]:
    """Whose each text is: as the source says, or texts that are alike together; and a note on those."""
    if raw.groups is not None:
        owners = [owner for owner, keep in zip(raw.groups, kept, strict=True) if keep]
        note = Told(
            "{count:,} groups by {name}: texts of one are kept on one side of every split",
            count=len(set(owners)),
            name=named(raw.grouped),
        )
        return np.unique(owners, return_inverse=True)[1].astype(np.int64), raw.grouped, [note]
    alike = [" ".join(text.split()) for text in texts]
    names, groups = np.unique(np.array(alike, object), return_inverse=True)
    more = len(texts) - len(names)
    if not more:
        return None, "", []
    note = Told(
        "{more:,} of {count:,} texts repeat an earlier one; those alike are kept on one side of every split",
        more=more,
        count=len(texts),
    )
    return groups.astype(np.int64), EQUAL, [note]


def _left(empty: int) -> list[Told]:
    return [Told("left out, empty: {texts}", texts=counted(empty, "text"))] if empty else []


def _more(texts: Sequence[Sequence[str]], known: Sequence[str], symbols: str) -> list[Told]:
    """A note on what is not known."""
    share = 1.0 - covered(texts, known)
    if not share:
        return []
    return [
        Told(
            "{symbols} are known, the most common of those in two texts or more; the others, "
            "{share} of all, are one unknown symbol",
            symbols=counted(len(known), NAMES[symbols]),
            share=f"{share:.1%}",
        )
    ]
