"""Parquet: a table whose columns have types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from gatewise.data.source import content, damaged, is_file

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds


class Parquet:
    """Read by polars."""

    holds: Holds = "table"
    endings: tuple[str, ...] = (".parquet",)
    reads = ".parquet"

    def takes(self, source: object) -> bool:
        """A file of that ending."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> pl.DataFrame:
        """Read all columns."""
        path = Path(source)
        try:
            return pl.read_parquet(content(path))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise damaged(path, error) from error
