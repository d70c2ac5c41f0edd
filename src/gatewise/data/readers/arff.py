"""The .arff format of Weka: a header of attributes, then one row a line."""

from __future__ import annotations

import importlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gatewise.data.source import is_file, text
from gatewise.errors import DataError
from gatewise.text import counted, named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds

FEWEST_STEPS = 8
"""Numbers before a class from which on a row may be a sequence."""


class Arff:
    """Numbers, dates and classes; text and tables within a cell are not read."""

    holds: Holds = "table"
    endings: tuple[str, ...] = (".arff",)
    reads = ".arff"

    def takes(self, source: object) -> bool:
        """A file of that ending."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> pl.DataFrame:
        """Read all attributes as columns."""
        path = Path(source)
        written = text(path)
        if re.search(r"(?im)^\s*@attribute\s+.*\brelational\s*$", written):
            raise DataError(
                f"{named(path.name)} holds a table within each row (relational), as archives of sequences have it; "
                "give the .ts file of the same set"
            )
        library = importlib.import_module("scipy.io.arff")  # slow to start, and seldom needed
        try:
            rows, meta = library.loadarff(io.StringIO(written))
        except (library.ArffError, NotImplementedError, ValueError, IndexError, StopIteration) as error:
            raise DataError(
                f"{named(path.name)} cannot be read: {quoted(error, 100)}; expected attributes that are numeric, dates "
                "or {classes}: leave out attributes of text, or write CSV"
            ) from error
        _refuse_sequences(path, meta)
        return pl.DataFrame({name: _column(rows[name]) for name in meta.names()})


def _column(values: Any) -> Any:
    if values.dtype.kind == "S":
        return [None if value == b"?" else value.decode("utf-8", "replace") for value in values]
    return values.astype("datetime64[us]") if values.dtype.kind == "M" else np.asarray(values)


def _refuse_sequences(path: Path, meta: Any) -> None:
    """Refuse rows that are sequences with a class at their end: read as a table they would be glued together."""
    names, kinds = meta.names(), meta.types()
    numbered = [re.sub(r"\d+$", "", name) for name in names[:-1]]
    if (
        len(names) > FEWEST_STEPS
        and len(set(numbered)) == 1
        and all(re.search(r"\d$", name) for name in names[:-1])
        and set(kinds[:-1]) == {"numeric"}
    ):
        raise DataError(
            f"{named(path.name)} looks like sequences, a row each: {counted(len(names) - 1, 'step')} from "
            f"{quoted(names[0])} on, then {quoted(names[-1])}; give the .ts file of the same set, or an .npz file with "
            "X and y. For a table to forecast, give the columns other names"
        )
