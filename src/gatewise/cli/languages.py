"""``--lang``: the language of what a command shows."""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from functools import wraps
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.languages import LANGUAGES, speaking
from gatewise.languages.spoken import OURS, checked

if TYPE_CHECKING:
    from collections.abc import Callable

HELP = f"Language of screen and pages; by default that of {OURS}, or the locale's. Messages of errors are in English."


def speaks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--lang``, in the help beside its last option; it speaks that language until it ends."""

    @wraps(command)
    def spoken(*args: Any, lang: str | None, **given: Any) -> None:
        with speaking(checked(lang, "--lang")) if lang else nullcontext():
            command(*args, **given)

    own = inspect.signature(command, eval_str=True)
    beside: Any = list(own.parameters.values())[-1].annotation.__metadata__[0]
    told = typer.Option(
        "--lang",
        metavar="|".join(LANGUAGES),
        help=HELP,
        show_default=False,
        rich_help_panel=beside.rich_help_panel,
    )
    added = Parameter("lang", Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, told])
    spoken.__annotations__ = {}
    spoken.__signature__ = own.replace(parameters=[*own.parameters.values(), added])  # type: ignore[attr-defined]
    return spoken
