"""The options table for readers: `compare`'s docstring and signature, and docs/options.md."""

from __future__ import annotations

from functools import wraps
from inspect import Parameter, signature
from textwrap import fill
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from gatewise.errors import OptionError
from gatewise.run.options import OPTIONS
from gatewise.run.row import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.run.row import Row

_P = ParamSpec("_P")
_R = TypeVar("_R")

PLACE = "{options}"
"""Stands in a docstring where the options go, indented as its neighbours are."""


def takes(options: Callable[_P, object]) -> Callable[[Callable[..., _R]], Callable[Concatenate[object, _P], _R]]:
    """Give a function of the data and ``**given`` a table's options as keywords: signature, docstring and types.

    Args:
        options: A class made with `gatewise.run.row.table`.
    """
    known = rows(options)  # type: ignore[arg-type]

    def decorate(function: Any) -> Any:
        @wraps(function)
        def checked(data: Any, *more: object, **given: Any) -> Any:
            if more:
                raise OptionError(_unnamed(function.__name__, more[0]))
            return function(data, **given)

        named: Any = checked
        own = [p for p in signature(function).parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
        added = [Parameter(found.name, Parameter.KEYWORD_ONLY, default=found.default) for found in known]
        named.__signature__ = signature(function).replace(parameters=[*own, *added])
        named.__doc__ = (function.__doc__ or "").replace(PLACE, "\n        ".join(map(_argument, known)))
        return named

    return decorate


def _unnamed(function: str, value: object) -> str:
    """What is said where an option was given without its name."""
    given = repr(value) if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
    likely = f"target={given}" if isinstance(value, str) else "horizon=7"
    return (
        f"{function}(data, {given}): got a second value without a name, expected the data alone and every option by its"
        f" name. Type: {function}(data, {likely})"
    )


def _argument(found: Row) -> str:
    """An option in a docstring."""
    default = f" Default: {found.described}." if found.described else ""
    return fill(f"{found.name}: {found.help}{default}", 108, subsequent_indent=" " * 12)


INTRODUCTION = """# The options of `compare`

`make options` writes this page from the table in `src/gatewise/run/options.py`; do not edit it here. Words are in the
[glossary](glossary.md). On the command line an option is typed `--name VALUE`, in Python it is a keyword:

```
gatewise compare sales.csv --target units --horizon 7
gatewise.compare("sales.csv", target="units", horizon=7)
```
"""


def page() -> str:
    """docs/options.md."""
    panels = dict.fromkeys(found.panel for found in OPTIONS)
    return "\n".join([INTRODUCTION, *(_panel(panel) for panel in panels)])


def _panel(panel: str) -> str:
    """A heading and a table of its options."""
    lines = [f"## {panel}", "| option | meaning | default | example |", "|---|---|---|---|"]
    return "\n".join([*lines, *(_line(found) for found in OPTIONS if found.panel == panel), ""])


def _line(found: Row) -> str:
    """An option in the page."""
    typed = f"`{found.usage}`" if found.command_line else f"`{found.name}=`, in Python only"
    example = f"`{found.flag} {found.example}`" if found.example else ""
    cells = (typed, found.help, found.described, example)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
