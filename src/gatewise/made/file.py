"""The file that a family's data are written to."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from gatewise.data.source import has_ending
from gatewise.errors import OptionError
from gatewise.seeds import stream

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.made.family import Family

ENDINGS = {"table": (".csv", ".parquet"), "sequences": (".npz",), "text": (".txt",)}
"""What a file of each kind may end in."""

FEWEST = 12
"""Rows, sequences or lines of the smallest data: two of each class in each part."""


def check_ending(family: Family, path: Path) -> None:
    """Refuse a file whose ending is not of the family's kind.

    Raises:
        OptionError: The message says what to type.
    """
    endings = ENDINGS[family.kind]
    if not has_ending(path, endings):
        kind = {"table": "a table", "sequences": "labelled sequences", "text": "a text"}[family.kind]
        raise OptionError(
            f"--out {path}: {family.name} is {kind}; expected a file that ends in {' or '.join(endings)}. Type: --out"
            f" {family.name}{endings[0]}"
        )


def content(family: Family, path: Path, *, size: int, seed: int) -> bytes:
    """The bytes of a file with the family's data; the same ones for the same seed and size, with one version of NumPy.

    Args:
        family: What to make.
        path: Where it is going to be written; its ending chooses the format.
        size: Rows, sequences or lines, at least `FEWEST`.
        seed: Of the random stream.
    """
    arrays = family.generate(size, np.random.default_rng(stream(seed, "make", family.name)))
    if family.kind == "text":
        return "".join(f"{line}\n" for line in arrays["text"]).encode()
    file = io.BytesIO()
    if family.kind == "sequences":
        np.savez(file, allow_pickle=False, **arrays)
    elif has_ending(path, (".parquet",)):
        pl.DataFrame(arrays).write_parquet(file)
    else:
        pl.DataFrame(arrays).write_csv(file)  # with as many digits as tell a float from its neighbours
    return file.getvalue()
