"""What the name of a file says, by a pattern such as ``{label}_{group}_{index}.wav``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.errors import DataError, OptionError
from gatewise.text import counted, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL = "label"
"""The field that names the class."""

_FIELD = re.compile(r"\{([^{}]*)\}")

_EXAMPLE = "for example --name-pattern '{label}_{group}_{index}.wav'"


@dataclass(frozen=True)
class NamePattern:
    """A pattern, taken apart.

    Attributes:
        text: As the user typed it.
        fields: Names in braces, in their order.
        folders: Folders above the file that the pattern speaks of too.
    """

    text: str
    fields: tuple[str, ...]
    folders: int
    _regex: re.Pattern[str]

    @classmethod
    def of(cls, text: str) -> NamePattern:
        """Take a pattern apart; each field is as short as it can be, the last one as long, and none goes over ``/``.

        Raises:
            OptionError: It has no {label}, a field twice, or two fields that nothing parts.
        """
        fields = tuple(found.strip() for found in _FIELD.findall(text))
        if LABEL not in fields:
            raise OptionError(
                f"--name-pattern {quoted(text)}: got no {{label}}, expected where the class stands; {_EXAMPLE}"
            )
        wrong = next((field for field in fields if not field.isidentifier() or fields.count(field) > 1), None)
        if wrong is not None or "}{" in text:
            got = "two fields that nothing parts" if wrong is None else f"{{{wrong}}}"
            raise OptionError(
                f"--name-pattern {quoted(text)}: got {got}, expected a word in each pair of braces, each another one, "
                f"and something between them; {_EXAMPLE}"
            )
        before, *parts = _FIELD.split(text)
        pairs = zip(parts[::2], parts[1::2], strict=True)
        each = [f"(?P<{name.strip()}>[^/]+?){re.escape(behind)}" for name, behind in pairs]
        # What parts two fields is where it comes first: no other place has to be tried, which may take hours.
        regex = re.escape(before) + "".join(f"(?>{part})" for part in each[:-1]) + each[-1]
        return cls(text, fields, text.count("/"), re.compile(regex))

    def read(self, paths: Sequence[str]) -> dict[str, list[str]]:
        """What each field says of each file.

        Args:
            paths: Files below the folder of all, with ``/`` between folders.

        Raises:
            DataError: A file's name does not match; the message has the first.
        """
        said: dict[str, list[str]] = {field: [] for field in self.fields}
        for path in paths:
            name = "/".join(path.split("/")[-1 - self.folders :])
            found = self._regex.fullmatch(name) or self._regex.fullmatch(name.rpartition(".")[0])
            if found is None:
                raise DataError(
                    f"--name-pattern {quoted(self.text)} does not fit {quoted(name, 80)}, the first such name among "
                    f"{counted(len(paths), 'file')}; expected every file to be named so: change the pattern, or take "
                    "that file out"
                )
            for field, value in found.groupdict().items():
                said[field].append(value)
        return said
