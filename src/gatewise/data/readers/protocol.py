"""What a reader of one format has to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import polars as pl

    from gatewise.data.readers.raw import Found, RawFrames, RawSymbols, Table

Holds = Literal["table", "sequences", "texts", "frames"]


class Reader(Protocol):
    """Reads one format.

    Attributes:
        holds: Whether sources of the format hold a table, sequences, texts, or frames of channels that are on or off.
        endings: How the names of its files end, in small letters; none for data in memory.
        reads: What it reads, in words for a message; empty for what has no words of its own there.
    """

    holds: Holds
    endings: tuple[str, ...]
    reads: str

    def takes(self, source: object) -> bool:
        """Whether the source is of this format: by its name or type, or where many share an ending by its beginning.

        A path is known to exist.
        """
        ...

    def read(self, source: Any) -> pl.DataFrame | Table | Found | RawFrames | RawSymbols:
        """Read a source that it takes: a table as it is written, with or without notes; or sequences, texts or frames.

        Raises:
            DataError: If the source cannot be read; the message says where and what is expected.
        """
        ...
