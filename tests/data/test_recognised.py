"""Recognition: texts, tables of texts and event logs are told from tables of numbers, in both directions."""

# ruff: noqa: E501 - a text a line

from __future__ import annotations

import gzip
import tarfile
import time
import unicodedata

import numpy as np
import polars as pl
import pytest

from gatewise.data.encoding import STRANGE, find_encoding
from gatewise.data.look import look
from gatewise.data.readers.documents import Documents
from gatewise.data.readers.textsigns import is_prose
from gatewise.data.reading import Reading
from gatewise.data.recognised import raw_symbols, raw_texts
from gatewise.data.texts import as_numbers, labelled_texts
from gatewise.data.words import common, words_of
from gatewise.errors import OptionError

PROSE = "The sun rose over the hills, and nobody saw it.\nWhat a day it was!\n\nThen came the rain, at last.\n"
NAMES = "Anna\nBerta\nCarl\nDora\nEmil\nFritz\nGerda\nHans\nIda\n"
PAIRS = [
    (f"{'spam' if k % 3 else 'ham'}", f'he said "well {k}, so be it' if k % 4 else f"well {k}, no") for k in range(40)
]
LITERAL = "".join(f"{label}\t{text}\n" for label, text in PAIRS)
LOG = [
    ("b", "x", "2024-01-03"),
    ("a", "x", "2024-01-01"),
    ("a", "z", "2024-01-05"),
    ("b", "y", "2024-01-03"),
    ("a", "y", "2024-01-02"),
]


def put(folder, files):
    """Write texts into files of a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "text", "called", "pieces"),
    [
        ("a.txt", PROSE, "text", 1),
        ("a.txt", NAMES, "line", 9),
        ("a.txt", "The sun rose in the morning,\nand nobody saw it at all,\n\n" * 9, "text", 1),
        ("a.txt", "CC(=O)O\nc1ccccc1\nCCN\n" * 9, "line", 27),
        ("a.txt", "Bohemian Rhapsody\nby nobody in particular\n", "text", 1),
        ("a", PROSE, "text", 1),
        ("a.tokens", PROSE, "text", 1),
        ("a.txt", "내가 갔다. 비가 왔다.\n\n그래서 그녀도 갔다.\n" * 5, "text", 1),
        ("a.txt", "int main() {\n    return f(x, y);\n}\n" * 9, "text", 1),
    ],
)
def test_a_text_is_read_as_text(name, text, called, pieces, tmp_path):
    """Prose of any name is one text; words one a line stand alone."""
    put(tmp_path, {name: text})
    found = raw_symbols(tmp_path / name)
    assert (found.called, len(found.pieces), found.labels) == (called, pieces, None)
    assert found.unit == "character"


@pytest.mark.parametrize(
    "text",
    [
        "1.0\n2.0\n3.5\n",
        "date temp wind\n2020-01-01 1 calm\n2020-01-02 2 storm\n",
        "Station,Berlin\ndate,temp\n2020-01-01,1\n2020-01-02,2\n",
        "kind,weather\nrain,sun\nsun,rain\nsun,sun\n",
        "# a comment in many words of prose\n# and another one that goes on\nt;y\n1;2\n2;3\n",
    ],
)
def test_a_table_is_no_text(text, tmp_path):
    """Numbers, dates, and cells that a mark parts make a table, whatever the ending."""
    for name in ("a.txt", "a.csv"):
        put(tmp_path, {name: text})
        assert raw_symbols(tmp_path / name) is None


def test_dates_with_a_comma_in_quotation_marks_are_times(tmp_path):
    """Newest first, months by name: quotation marks that keep a comma within a cell are no letters of a text."""
    rows = [f'"Mar {28 - k % 28}, {2024 - k // 28}",{660 - k}.5' for k in range(84)]
    put(tmp_path, {"fund.csv": "Trade Date,nav\n" + "\n".join(rows) + "\n"})

    found = look(tmp_path / "fund.csv", Reading(target="nav"))

    assert (found.targets, found.time, found.values[-1, 0]) == (("nav",), "Trade Date", 660.5)


def test_both_readings_are_asked_for(tmp_path):
    """Sentences one a line: the options that settle it are named, and each does."""
    path = put(tmp_path, {"a.txt": "".join(f"this is line {k} of them\n" for k in "abcdefghijkl")}) / "a.txt"
    with pytest.raises(OptionError, match=r"--pieces lines.*--pieces text"):
        raw_symbols(path)
    assert len(raw_symbols(path, Reading(pieces="lines")).pieces) == 12
    assert len(raw_symbols(path, Reading(pieces="text")).pieces) == 1
    words = raw_symbols(path, Reading(pieces="lines", symbols="words"))
    assert words.pieces[1] == ("this", "is", "line", "b", "of", "them")


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-32", "utf-32-be"])
def test_a_mark_of_the_encoding_counts(mark, tmp_path):
    """Whatever its order of bytes is; the mark itself is no letter."""
    text = PROSE * 5
    (tmp_path / "a.txt").write_bytes((text if "-be" not in mark else f"\ufeff{text}").encode(mark))
    assert raw_symbols(tmp_path / "a.txt").pieces == (text,)


def test_letters_of_western_europe_are_told_from_others():
    """By how they stand beside each other, however few they are."""
    french, russian = "Où étaient-ils ? À l'été, là-bas. ", "Где они были летом? "
    for text, codec, strange in ((french, "cp1252", False), (russian, "koi8-r", True), (russian, "cp1251", True)):
        assert (find_encoding([(text * 9).encode(codec)]).note == STRANGE) is strange


@pytest.mark.parametrize("word", ["1" + "." * 100_000 + "x", "_" * 100_000 + "x"])
def test_a_long_word_is_no_number_at_once(word):
    """Not after trying every place in it."""
    since = time.process_time()
    is_prose(f"{word}\n{word}\n")
    assert time.process_time() - since < 2.0


def test_korean_typed_two_ways_is_one_text(tmp_path):
    """Composed and decomposed syllables are the same letters, and it is said."""
    text = "한글은 소리글자이다. 물이 흐른다.\n\n강은 길다.\n"
    put(tmp_path, {"a.txt": text, "b.txt": unicodedata.normalize("NFD", text)})
    one, other = (raw_symbols(tmp_path / name) for name in ("a.txt", "b.txt"))
    assert one.pieces == other.pieces
    assert any("NFC" in note for note in other.notes)


def test_folders_and_files_are_classes_or_documents(tmp_path):
    """A file a class, a folder a class, parts, documents of no class; an archive as a folder."""
    lines = put(tmp_path / "1", {"de.txt": NAMES, "en.txt": NAMES.lower()})
    assert set(raw_symbols(lines).labels) == {"de", "en"}
    assert raw_symbols(lines, Reading(target="none")).labels is None
    assert set(raw_symbols(put(tmp_path / "7", {"x.pos": NAMES, "x.neg": NAMES.upper()})).labels) == {"pos", "neg"}
    folders = put(tmp_path / "2", {f"{label}/{k}.txt": f"{PROSE} {k}" for label in ("neg", "pos") for k in range(3)})
    with tarfile.open(tmp_path / "2.tar.gz", "w:gz") as archive:
        archive.add(folders, "reviews")
    for source in (folders, tmp_path / "2.tar.gz"):
        assert raw_symbols(source).labels == ("neg",) * 3 + ("pos",) * 3
    parts = put(tmp_path / "3", {f"{part}/{label}/1.txt": PROSE for part in ("test", "train") for label in "ab"})
    assert raw_symbols(parts).test.tolist() == [True, True, False, False]
    assert raw_symbols(parts, Reading(resplit=True)).test is None
    documents = put(tmp_path / "4", {f"{k}.txt": PROSE for k in range(3)})
    assert len(raw_symbols(documents).pieces) == len(raw_symbols(f"{documents}/*.txt").pieces) == 3
    papers = raw_symbols(put(tmp_path / "8", {f"{k}.tex": PROSE for k in range(3)}))
    assert "read as text: .tex (3)" in papers.notes
    (put(tmp_path / "6", {"SUMS": NAMES}) / "a.png").touch()
    assert not Documents().takes(tmp_path / "6")
    assert raw_symbols(put(tmp_path / "5", {"x.train.txt": PROSE, "x.test.txt": PROSE})).test.sum() == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tsv", LITERAL),
        (
            "a.csv",
            "label,text\n" + "".join(f'{label},"{text.replace(chr(34), chr(34) * 2)}"\n' for label, text in PAIRS),
        ),
        (
            "a.csv",
            "v1,v2,,\n" + "".join(f'{label},"{text.replace(chr(34), chr(34) * 2)}",,\n' for label, text in PAIRS),
        ),
        ("a.txt", "".join(f"{text}\t{label}\n" for label, text in PAIRS)),
    ],
    ids=["literal quotes", "quoted", "stray columns", "text first"],
)
def test_texts_and_classes_of_a_table(name, text, tmp_path):
    """Which column is which is found; quotation marks are letters where nothing closes them."""
    put(tmp_path, {name: text})
    found = raw_symbols(tmp_path / name)
    assert list(zip(found.labels, found.pieces, strict=True)) == PAIRS


def test_texts_of_a_frame_and_others_asked_about(tmp_path):
    """A frame is read alike; beside numbers and dates the columns are asked for, and taken where they are named."""
    labels, texts = zip(*PAIRS, strict=True)
    frame = pl.DataFrame({"y": labels, "said": texts})
    assert raw_symbols(frame).labels == labels
    wide = frame.with_columns(size=pl.int_range(40) % 7, at=pl.lit("2024-01-01"))
    with pytest.raises(OptionError, match="--text said --target COLUMN"):
        raw_symbols(wide)
    assert raw_symbols(wide, Reading(text="said", target="y")).pieces == texts
    assert raw_symbols(wide, Reading(text="said", target="none")).labels is None
    items = {"name": [f"item {k}" for k in range(40)], "sold": [k % 5 for k in range(40)]}
    assert raw_symbols(pl.DataFrame(items), Reading(target="sold")) is None


def test_events_are_in_the_order_of_time(tmp_path):
    """Cases by their first event, events of a case by time, those of one time as the rows come."""
    frame = pl.DataFrame(LOG, schema=["who", "what", "when"], orient="row")
    found = raw_symbols(frame, Reading(case="who", activity="what", time="when"))
    assert found.pieces == (("x", "y", "z"), ("x", "y"))
    assert (found.unit, found.called, found.in_time) == ("event", "case", True)
    assert raw_symbols(frame, Reading(case="who", activity="what", time="none")).pieces == (("x", "y"), ("x", "z", "y"))
    usual = frame.rename({"who": "case:concept:name", "what": "concept:name", "when": "time:timestamp"})
    named = raw_symbols(usual)
    assert named.pieces == found.pieces
    assert any("by the names case:concept:name" in note for note in named.notes)


def test_xes_is_read_as_its_table(tmp_path):
    """Names and times of the events alone, in any zone; nested attributes and defaults are no events'."""
    xml = (
        '<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/"><global scope="event"><string key="concept:name"'
        ' value="default"/></global>'
        '<trace><string key="concept:name" value="b"/><event><string key="concept:name" value="x"><string key="concept:name"'
        ' value="inner"/></string><date key="time:timestamp" value="2024-01-02T01:00:00.000+02:00"/></event>'
        '<event><string key="concept:name" value="y"/><date key="time:timestamp" value="2024-01-03T00:00:00Z"/></event></trace>'
        '<trace><string key="concept:name" value="a"/><event><string key="concept:name" value="z"/>'
        '<date key="time:timestamp" value="2024-01-01T22:30:00Z"/></event></trace><event><string key="concept:name" value="of no case"/></event></log>'
    )
    (tmp_path / "a.xes").write_text(xml)
    (tmp_path / "a.xes.gz").write_bytes(gzip.compress(xml.encode()))
    for name in ("a.xes", "a.xes.gz"):
        found = raw_symbols(tmp_path / name)
        assert found.pieces == (("z",), ("x", "y"))
        assert any("1 event outside of the traces" in note for note in found.notes)


def test_labelled_texts_are_sequences_of_one_channel(tmp_path):
    """Numbers of known symbols, 0 for others; those alike are one group; the test part teaches no symbol."""
    raw = raw_symbols(put(tmp_path, {"a.tsv": LITERAL + "ham\tno\nham\tno\nspam\tzzz zzz\nspam\tZZZ\n"}) / "a.tsv")
    found = labelled_texts(raw, Reading(symbols="words")).sequences
    known = found.categories["word"]
    assert known == tuple(sorted(known))
    assert {"he", "said", "zzz"} <= set(known)
    row = found.values[1, : found.lengths[1], 0]
    assert ["?", *known][int(row[0])] == "he"
    assert 0.0 in row  # the number stands in one text alone
    assert found.groups[40] == found.groups[41] != found.groups[42]
    part = labelled_texts(
        raw_symbols(
            tmp_path / "a.tsv", Reading(test=str(put(tmp_path, {"b.tsv": "ham\tyy yy\nspam\tyy\n" * 9}) / "b.tsv"))
        ),
        Reading(symbols="words"),
    )
    assert "yy" not in part.sequences.categories["word"]
    assert part.test.sum() == 18
    data = look(tmp_path / "a.tsv", Reading(longest=3, symbols="characters"))
    assert data.values.shape == (44, 3, 1)
    assert any("--longest" in note for note in data.notes)


def test_symbols_are_found(tmp_path):
    """Short texts, and those whose words do not come back, are read in characters; others in words."""
    words = "".join(
        f"{'ab'[k % 2]}\tthe cat sat on the mat and {'purred' if k % 2 else 'slept'} {k % 5} times\n" for k in range(40)
    )
    put(
        tmp_path,
        {"a.tsv": words, "b.txt": "".join(f"{'ab'[k % 2]},acgt{'acgt'[k % 4] * (k % 7)}{k}a\n" for k in range(40))},
    )
    assert look(tmp_path / "a.tsv").texts["symbols"] == "words"
    assert look(tmp_path / "b.txt").texts["symbols"] == "characters"


def test_texts_to_predict_on_in_any_form(tmp_path):
    """The same table, its texts one a line, or a column of them alone."""
    put(
        tmp_path,
        {
            "a.tsv": LITERAL,
            "b.txt": "".join(f"{text}\n" for _, text in PAIRS[:3]),
            "c.csv": "column 2\nwell\nno, I say\n",
        },
    )
    reading = Reading(text="column 2", symbols="words")
    assert raw_texts(tmp_path / "a.tsv", reading).pieces == tuple(text for _, text in PAIRS)
    assert raw_texts(tmp_path / "b.txt", reading).pieces == tuple(text for _, text in PAIRS[:3])
    assert raw_texts(pl.DataFrame({"column 2": ["one", "two"]}), reading).pieces == ("one", "two")


def test_words_and_numbers():
    """Words with apostrophes, marks, ends of lines; the commonest first where not all fit; an empty text is unknown."""
    assert words_of("Don't go, <unk>!\nNow") == ("Don't", "go", ",", "<unk>", "!", "\n", "Now")
    assert common(["aab", "ab", "c"], most=1) == ("a",)
    numbered = as_numbers(["ab", "", "bxa"], ("a", "b"), longest=2)
    assert np.array_equal(numbered.values[..., 0], [[1, 2], [0, np.nan], [2, 0]], equal_nan=True)
    assert numbered.lengths.tolist() == [2, 1, 2]
    assert numbered.longer == 1
