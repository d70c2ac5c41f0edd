"""Long tables and folders of files: many rows a sequence, one label each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.sequences import as_sequences
from gatewise.errors import DataError, InputError, OptionError

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.data.shapes import SequenceSet

RNG = np.random.default_rng(0)
SIZES = RNG.integers(4, 9, size=20)
SEQUENCE = np.repeat(np.arange(20), SIZES)
STEP = np.concatenate([np.arange(size) for size in SIZES])
TABLE = pl.DataFrame(
    {
        "trial": [f"t{i}" for i in SEQUENCE],
        "t": STEP,
        "ax": RNG.normal(size=len(SEQUENCE)),
        "ay": RNG.normal(size=len(SEQUENCE)),
        "activity": np.array(["rest", "walk"])[SEQUENCE % 2],
    }
)
SHUFFLED = TABLE.sample(fraction=1.0, shuffle=True, seed=1)


def read(source: object, **said: Any) -> SequenceSet:
    """As a comparison reads them."""
    found = look(source, Reading(**{"sequence": "trial", "target": "activity"} | said))
    assert not hasattr(found, "stamps")
    return found  # type: ignore[return-value]


def with_column(name: str, values: Any) -> pl.DataFrame:
    """The table with one more column, given for each row."""
    return TABLE.with_columns(pl.Series(name, values))


def test_rows_become_sequences() -> None:
    """By key, in order; the channels are what is left."""
    found = read(TABLE)

    assert (found.values.shape, found.features, found.classes) == ((20, 8, 2), ("ax", "ay"), ("rest", "walk"))
    assert found.lengths.tolist() == SIZES.tolist()
    assert found.labels is not None
    assert found.labels.tolist() == (np.arange(20) % 2).tolist()
    np.testing.assert_array_equal(found.values[3, : SIZES[3], 1], TABLE["ay"].to_numpy()[SEQUENCE == 3])
    assert found.notes == ("the rows of each sequence are ordered by t",)


def test_rows_in_any_order_are_the_same_sequences(tmp_path: Path) -> None:
    """From a file too; sequences come in the order of their first rows, so they are compared by name."""
    inside = TABLE.with_columns(pl.Series("k", SEQUENCE)).sort("k", "t", descending=[False, True]).drop("k")
    inside.write_csv(tmp_path / "a.csv")

    assert read(inside).sha256() == read(tmp_path / "a.csv").sha256() == read(TABLE).sha256()
    assert "the rows were not in order and are sorted by t within each sequence" in read(inside).notes
    assert sorted(read(SHUFFLED).lengths.tolist()) == sorted(SIZES.tolist())
    assert {read(SHUFFLED, order="t").sha256()} == {read(SHUFFLED).sha256()}


def test_no_order_is_guessed() -> None:
    """Rows that stand together are taken as they come, which is said; scattered or counting down they are not."""
    assert "taken as they come" in "\n".join(read(TABLE.drop("t")).notes)
    with pytest.raises(InputError, match=r"stand in several places of the table.*--order"):
        read(SHUFFLED.drop("t"))
    assert len(read(SHUFFLED.drop("t"), order="none").values) == 20
    with pytest.raises(InputError, match=r"left counts down in every sequence.*--order left"):
        read(with_column("left", -STEP).drop("t"))
    with pytest.raises(InputError, match=r"t has a value twice within sequence 't0'.*--sequence trial,COLUMN"):
        read(with_column("t", STEP // 2))
    with pytest.raises(InputError, match="time does not read as times: 'a while'"):
        read(with_column("time", ["a while"] * len(STEP)).drop("t"))
    with pytest.raises(InputError, match=r"several columns may order the rows.*--order t"):
        read(with_column("frame", (STEP * 7) % 11))


def test_what_counts_the_rows_is_no_channel() -> None:
    """A row number beside the order would tell the place in the file."""
    found = read(with_column("nr", np.arange(len(STEP))).with_columns(frame=pl.col("t") * 2))

    assert found.features == ("ax", "ay")
    assert "left out, they count the rows as t does: frame, nr" in found.notes


def test_columns_of_one_value_a_sequence() -> None:
    """Those that mean something are repeated; identifiers, codes of the label and text are left out, each told."""
    more = TABLE.with_columns(
        pl.Series("height", 150.0 + (SEQUENCE * 7 % 5)),
        pl.Series("nr", 100 + SEQUENCE),
        pl.Series("code", SEQUENCE % 2),
        pl.Series("place", ["hall"] * len(SEQUENCE)),
    )
    found = read(more)

    assert found.features == ("ax", "ay", "height")
    said = "\n".join(found.notes)
    assert "left out, an identifier, another value for each sequence: nr" in said
    assert "left out, it gives the target away, one value for each of its: code" in said
    assert "left out, text: place" in said
    assert "one value a sequence, repeated at every step: height" in said


def test_the_target_says_what_is_learned() -> None:
    """Text is a class, numbers that are not whole a number; whole ones are classes; known in one row is enough."""
    numbers = read(with_column("score", SEQUENCE / 7), target="score")
    once = TABLE.with_columns(pl.when(pl.col("t") == 1).then(pl.col("activity")).alias("activity"))

    assert numbers.numbers is not None
    assert numbers.numbers.tolist() == (np.arange(20) / 7).tolist()
    assert read(with_column("kind", SEQUENCE % 3), target="kind").classes == ("0", "1", "2")
    assert read(once).sha256() == read(TABLE).sha256()


def test_several_columns_may_be_the_key() -> None:
    """A subject among them groups the sequences."""
    table = TABLE.with_columns(pl.Series("subject", [f"s{i // 2}" for i in SEQUENCE]), pl.Series("trial", SEQUENCE % 2))
    found = read(table, sequence="subject,trial")

    assert found.groups is not None
    assert (len(np.unique(found.groups)), found.grouped) == (10, "subject")
    assert read(table, sequence="subject,trial", group="none").groups is None


def test_a_column_names_groups() -> None:
    """Found by its name, or typed."""
    subject = with_column("who", [f"s{i // 4}" for i in SEQUENCE])

    assert read(subject, group="who").grouped == "who"
    assert read(subject.rename({"who": "Subject"})).grouped == "Subject"
    with pytest.raises(InputError, match="--group ax: got several values"):
        read(TABLE, group="ax")


def test_a_column_that_says_train_and_test_is_the_own_split() -> None:
    """Unless --resplit leaves it aside."""
    table = with_column("split", np.where(SEQUENCE > 13, "test", "train"))

    assert read(table).test_start == 14
    assert read(table, resplit=True).test_start is None


@pytest.mark.parametrize(
    ("table", "said", "message"),
    [
        (TABLE, {"sequence": "tril"}, "--sequence tril: there is no such column; did you mean trial"),
        (TABLE, {"target": "act"}, "--target act: there is no such column"),
        (TABLE, {"order": "when"}, "--order when: there is no such column"),
        (TABLE, {"target": None}, "which column is to be told of each sequence.*activity.*--target activity"),
        (TABLE, {"target": "ax"}, "the target ax changes within sequence 't0'.*leave out --sequence"),
        (TABLE.with_row_index("id"), {"sequence": "id"}, "the key id is another one in every row"),
        (with_column("one", ["x"] * len(STEP)), {"sequence": "one"}, "the key one has one value in all rows"),
        (with_column("trial", [None, *TABLE["trial"][1:]]), {}, "the key trial is missing in row 1, 1 row in all"),
        (with_column("activity", np.where(SEQUENCE == 3, None, "walk")), {}, "missing in all rows of sequence 't3'"),
        (TABLE.select("trial", "t", "activity"), {}, "no column of numbers is left"),
        (TABLE, {"duplicates": "first"}, "--duplicates: does not go with it"),
        (TABLE, {"sequence": None, "target": "ax", "group": "trial"}, "--group: belongs to whole sequences"),
    ],
)
def test_tables_that_are_refused(table: pl.DataFrame, said: dict[str, Any], message: str) -> None:
    """Each message says what was got and what to type; the table as it should be is read above."""
    with pytest.raises(InputError, match=message):
        read(table, **said)


def test_a_table_to_predict_on_needs_no_label() -> None:
    """Channels are taken by name, in training's order, whatever else is there."""
    reading = Reading(sequence="trial", order="t")
    fresh = as_sequences(TABLE.drop("activity").select("ay", "t", "trial", "ax"), reading, ("ax", "ay"))

    np.testing.assert_array_equal(fresh.values, read(TABLE).values)
    with pytest.raises(DataError, match="the table lacks az, expected as in training"):
        as_sequences(TABLE, reading, ("ax", "az"))


def files(folder: Path, of: list[str], seed: int = 0) -> None:
    """One CSV for each sequence, in the folders named."""
    for number, place in enumerate(of):
        rows = int(RNG.integers(4, 8))
        (folder / place).mkdir(parents=True, exist_ok=True)
        values = np.random.default_rng(seed + number).normal(size=rows)
        pl.DataFrame({"time": range(rows), "ax": values}).write_csv(folder / place / f"{number:03}.csv")


def folder_read(folder: Path, **said: Any) -> SequenceSet:
    """As a comparison reads a folder."""
    found = look(folder, Reading(**said))
    assert not hasattr(found, "stamps")
    return found  # type: ignore[return-value]


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    """The folders' names are the classes; folders train and test above them are the own split."""
    files(tmp_path / "a", ["rest", "walk"] * 4)
    files(tmp_path / "b" / "train", ["rest", "walk"] * 3)
    files(tmp_path / "b" / "test", ["rest", "walk"])
    found = folder_read(tmp_path / "a")

    assert (found.classes, found.features, len(found.values)) == (("rest", "walk"), ("ax",), 8)
    assert folder_read(tmp_path / "b").test_start == 6


def test_files_beside_a_table_of_labels(tmp_path: Path) -> None:
    """By file name, with or without its ending; other columns of it may name groups; without it rows are a table."""
    files(tmp_path, ["."] * 8)
    with pytest.raises(OptionError, match="which column is to be forecast"):
        folder_read(tmp_path)
    table = pl.DataFrame(
        {"file": [f"{i:03}.csv" for i in range(8)], "label": ["a", "b"] * 4, "subject": list("wwxxyyzz")}
    )
    table.write_csv(tmp_path / "labels.csv")
    found = folder_read(tmp_path)

    assert (found.classes, found.grouped, len(found.values)) == (("a", "b"), "subject", 8)
    pl.DataFrame({"name": [f"{i:03}" for i in range(7)], "y": [i / 3 for i in range(7)]}).write_csv(
        tmp_path / "labels.csv"
    )
    assert folder_read(tmp_path).numbers is not None
    assert "not in labels.csv, not read: 007.csv" in folder_read(tmp_path).notes


def test_folders_that_are_refused(tmp_path: Path) -> None:
    """A label for a file that is not there, and files with other columns."""
    files(tmp_path / "a", ["."] * 4)
    pl.DataFrame({"file": [f"{i:03}.csv" for i in range(5)], "label": list("ababa")}).write_csv(
        tmp_path / "a/labels.csv"
    )
    files(tmp_path / "b", ["rest", "walk"] * 2)
    (tmp_path / "b" / "walk" / "x.csv").write_text("time,ay\n0,1\n1,2\n")

    with pytest.raises(DataError, match=r"names 1 file that the folder .* does not hold, such as '004.csv'"):
        folder_read(tmp_path / "a")
    with pytest.raises(DataError, match=r"'walk/x.csv' has the columns time, ay"):
        folder_read(tmp_path / "b")
