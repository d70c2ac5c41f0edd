"""What a row of the options table says, and a class whose constructor checks what it is given, row by row."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, dataclass_transform

from gatewise.errors import OptionError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_G = TypeVar("_G")
_K = TypeVar("_K")
_T = TypeVar("_T")

MISSING: Any = object()
"""Stands for a value that a row does not have."""


class RefusedError(Exception):
    """A value is out of its range: how, and what is expected. Whoever knows the row adds the option's name.

    Attributes:
        example: A value to type instead, better than the row's own.
    """

    def __init__(self, message: str, example: str = "") -> None:
        super().__init__(message)
        self.example = example


@dataclass(frozen=True)
class Row:
    """One option.

    Attributes:
        help: What it means, in one sentence or two.
        panel: The heading it stands under.
        default: What it is when it is not given, before the check.
        shown: How the default is described, where its value does not tell.
        value: What stands for its value in ``--help``: ``COLUMN``, ``N``.
        typed: What the command line makes of the text that was typed.
        check: From what was given to what is kept.
        example: A value to type.
        before: For an option that came later: what was done before it was there, as an older plan.json means it.
        command_line: Whether the command line has it too.
        name: As a keyword; the command line writes ``--name``.
    """

    help: str
    panel: str
    default: Any = None
    shown: str = ""
    value: str = ""
    typed: type = str
    check: Callable[[Any], Any] = lambda given: given
    example: str = ""
    before: Any = MISSING
    command_line: bool = True
    name: str = ""

    @property
    def flag(self) -> str:
        """As it is typed."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def usage(self) -> str:
        """As it is typed, with what stands for its value; a switch has none, and one that is on can be turned off."""
        return f"{self.switch} {self.value}".strip()

    @property
    def switch(self) -> str:
        """The flag, beside the one that turns it off where it is on by default."""
        return f"{self.flag}/--no-{self.flag.removeprefix('--')}" if self.default is True else self.flag

    @property
    def described(self) -> str:
        """The default, for the reader; empty where there is nothing to say."""
        return self.shown or ("" if self.default is None else str(self.default))

    def checked(self, given: Any) -> Any:
        """What is kept of a value.

        Raises:
            OptionError: It is out of range; the message names the option and what to type.
        """
        try:
            return self.check(given)
        except RefusedError as error:
            got = f"{self.flag} {given!r} {error}"
            example = error.example or self.example
        raise OptionError(f"{got}{'' if got.endswith('?') else '.'} Type: {self.flag} {example}")


if TYPE_CHECKING:

    class Given(Generic[_G, _K]):
        """An option that is given as one type and kept as another, once it is checked."""

        def __get__(self, one: object, kind: object) -> _K: ...
        def __set__(self, one: object, given: _G) -> None: ...

else:

    class Given:
        """An option that is given as one type and kept as another; whoever reads the annotation sees the latter."""

        def __class_getitem__(cls, both):
            """The type that is kept."""
            return both[1]


def row(
    panel: str,
    help: str,
    *,
    default: Any,
    shown: str = "",
    value: str = "",
    typed: type = str,
    check: Callable[[Any], Any] = lambda given: given,
    example: str = "",
    before: Any = MISSING,
    command_line: bool = True,
) -> Any:
    """A row of the table: a field of a class made with `table`. The arguments are the attributes of `Row`.

    The field's own default is ``before``: it is what pydantic reads into a plan.json that was written without it.
    """
    found = Row(help, panel, default, shown, value, typed, check, example, before, command_line)
    return field(metadata={"row": found}) if before is MISSING else field(default=before, metadata={"row": found})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(row,))
def table(cls: type[_T]) -> type[_T]:
    """A frozen dataclass of rows whose constructor takes what a user gives, as keywords, and checks it.

    A class may bring ``agree(kept)``, a static method that checks options against each other and returns what is kept.
    To type checkers the constructor takes the fields as keywords, with the types they are given as.
    """
    made = dataclass(frozen=True, kw_only=True, init=False)(cls)

    def __init__(self: object, **given: Any) -> None:  # noqa: N807 - it becomes the constructor
        kept = checked(rows(made), given)
        kept = getattr(made, "agree", dict)(kept)
        for name, value in kept.items():
            object.__setattr__(self, name, value)

    made.__init__ = __init__  # type: ignore[method-assign]
    return made


def rows(of: type) -> tuple[Row, ...]:
    """The rows of a class that `table` made, in their order."""
    return tuple(replace(found.metadata["row"], name=found.name) for found in fields(of))


def checked(known: tuple[Row, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of each option, the defaults of those that are not given filled in.

    Raises:
        OptionError: An option is unknown or out of range.
    """
    names = [found.name for found in known]
    for name in given:
        if name not in names:
            raise OptionError(f"there is no option {name!r}; {nearest(name, names)}")
    return {found.name: found.checked(given.get(found.name, found.default)) for found in known}


def part(whole: Any, kind: type[_T]) -> _T:
    """The rows of a base class out of an instance of a class that adds some; they are checked already."""
    made = object.__new__(kind)
    for found in fields(kind):  # type: ignore[arg-type]
        object.__setattr__(made, found.name, getattr(whole, found.name))
    return made
