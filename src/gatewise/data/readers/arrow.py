"""Arrow: a table whose columns have types, as a file (Feather) or a stream."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from gatewise.data.source import content, damaged, is_file

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds


class Arrow:
    """Read by polars."""

    holds: Holds = "table"
    endings: tuple[str, ...] = (".arrow", ".feather", ".ipc")
    reads = ".arrow, .feather or .ipc"

    def takes(self, source: object) -> bool:
        """A file of one of the endings."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> pl.DataFrame:
        """Read all columns."""
        path = Path(source)
        data = content(path)
        try:
            is_whole = data.startswith(b"ARROW1")
            return pl.read_ipc(io.BytesIO(data)) if is_whole else pl.read_ipc_stream(io.BytesIO(data))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise damaged(path, error) from error
