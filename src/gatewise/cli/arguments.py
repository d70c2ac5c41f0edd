"""Arguments that several commands take, and options of the table as typer reads them."""

from __future__ import annotations

from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gatewise.run.row import Row

RUN = typer.Argument(metavar="RUN", help="A run folder, such as runs/sales-20260101-120000.")
JSON = typer.Option("--json", help="Print verdict.json, and nothing else, on standard output.", rich_help_panel="Work")

VERBOSE = typer.Option("--verbose", help="Show all that was found, not the first screen.", rich_help_panel="Work")


def with_options(
    argument: tuple[str, Any], rows: Iterable[Row]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one argument, a path, then options of the table, then ``--json`` and ``--verbose``.

    Args:
        argument: Its name, and what typer is told of it.
        rows: The options.
    """
    name, described = argument
    parameters = [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, annotation=Annotated[Path, described]),
        *(_option(found) for found in rows if found.command_line),
        *(
            Parameter(flag, Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, told])
            for flag, told in (("json", JSON), ("verbose", VERBOSE))
        ),
    ]

    def decorate(command: Any) -> Any:
        command.__signature__ = Signature(parameters)
        command.__annotations__ = {}
        return command

    return decorate


def _option(found: Row) -> Parameter:
    """An option of the table."""
    kind: Any = found.typed if found.default is not None else found.typed | None
    told = typer.Option(
        found.switch,
        metavar=found.value or None,
        help=found.help,
        show_default=found.shown or found.default is not None,
        rich_help_panel=found.panel,
    )
    return Parameter(found.name, Parameter.KEYWORD_ONLY, default=found.default, annotation=Annotated[kind, told])


def check_new(out: Path) -> None:
    """Refuse a path that nothing can be written to without loss; it may be the user's data.

    Raises:
        InputError: The message says what to type.
    """
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out} cannot be written: there is no folder {out.parent}. Type another path after --out")
    if out.exists():
        raise InputError(f"{out} is there already and is not overwritten. Type another path after --out, or remove it")
