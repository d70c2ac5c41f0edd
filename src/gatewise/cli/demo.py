"""``gatewise demo``: two comparisons on bundled data, and what each of them teaches."""

from __future__ import annotations

import shlex
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from gatewise.arms import title
from gatewise.cli.compare import compared, show, stoppable
from gatewise.errors import InputError, OptionError
from gatewise.run.checks import SHORTEST
from gatewise.run.options import Invocation, check_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.run.verdict import Verdict

TOGETHER = "100s"

FOLDER = Path("demo")
"""Where the data are written to, for a look at them and for commands of one's own."""

CLOSING = 1.0
"""Seconds for what is outside of both budgets: Python's start, the data, the screens."""


class Part(NamedTuple):
    """One comparison of the demo.

    Attributes:
        file: Name of the data.
        options: Of ``gatewise compare``, without their dashes.
        question: What is asked of the data, in one line.
        taught: From what was found to what it teaches, in one sentence.
    """

    file: str
    options: dict[str, Any]
    question: str
    taught: Callable[[Verdict], str]

    def typed(self, budget: str, seed: int) -> str:
        """What to type for it."""
        asked = self.options | {"budget": budget} | ({"seed": seed} if seed else {})
        words = [word for name, value in asked.items() for word in (f"--{name}", str(value))]
        return shlex.join(["gatewise", "compare", str(FOLDER / self.file), *words])


def demo(
    budget: Annotated[str, typer.Option(metavar="TIME", help="Time for both comparisons together.")] = TOGETHER,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed.")] = 0,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Parallel processes.", show_default="one per core")
    ] = None,
) -> None:
    """Run two comparisons on bundled data, and say what each of them teaches.

    Example: gatewise demo
    """
    since = monotonic()
    seconds = _enough(budget)
    FOLDER.mkdir(exist_ok=True)
    with stoppable():
        for number, part in enumerate(PARTS):
            left = seconds - CLOSING - (monotonic() - since)
            mine = f"{max(SHORTEST, left / (len(PARTS) - number)):.0f}s"
            _write(FOLDER / part.file, _bundled(part.file))
            typer.echo(f"{number + 1} of {len(PARTS)}: {part.question}\n$ {part.typed(mine, seed)}\n")
            call = Invocation(**part.options, budget=mine, seed=seed, workers=workers)
            found = compared(FOLDER / part.file, call, monotonic())
            show(found)
            typer.echo(f"\n{part.taught(found.document)}\n")
    typer.echo(f"The data are in {FOLDER}/: try other options, or type gatewise compare with a file of yours.")


def _enough(budget: str) -> float:
    """The seconds of a budget, of which each comparison has enough."""
    seconds: float = check_option("budget", budget)
    least = len(PARTS) * SHORTEST + CLOSING
    if seconds < least:
        raise OptionError(
            f"--budget {budget}: got {seconds:g} seconds for {len(PARTS)} comparisons, expected at least {least:g}."
            f" Type: --budget {TOGETHER}"
        )
    return seconds


def _write(path: Path, content: bytes) -> None:
    """Write data unless they are there; a file of the user's is left alone."""
    from gatewise.run.write import write_bytes

    if not path.exists():
        write_bytes(path, content)
    elif not path.is_file() or path.read_bytes() != content:
        raise InputError(f"{path} is there already and is not the demo's. Move it away, or run in another folder")


def _bundled(name: str) -> bytes:
    """A file of data: in the installed package, or beside the sources."""
    package = Path(__file__).parents[1]
    places = [folder / "examples" / name for folder in (package, *package.parents[1:2])]
    return next(place for place in places if place.is_file()).read_bytes()


def _of_chaos(found: Verdict) -> str:
    if found.recommendation == "baseline":
        return (
            "It teaches: training takes time. So short a run did not show that a network is\n"
            "better than the simple rules; a larger --budget does."
        )
    if found.verdict == "equal":
        return (
            "It teaches: a network can be far better than every simple rule, and it need not\n"
            "matter which one. Both cells are shown to be equally good: take the cheaper one."
        )
    if found.verdict in ("lstm", "gru"):
        return (
            "It teaches: a network can be far better than every simple rule. Which one may\n"
            f"matter: here the {title(found.verdict)} is shown to be the better one."
        )
    return (
        "It teaches: a network can be far better than every simple rule. So short a run\n"
        "did not show whether it matters which one; a larger --budget does."
    )


def _of_the_weather(found: Verdict) -> str:
    if found.recommendation == "baseline":
        return "It teaches: where a simple rule is as good, you need no network."
    if found.verdict in ("lstm", "gru"):
        return (
            "It teaches: only a comparison tells which cell is better on your data. Here the\n"
            f"{title(found.verdict)} is shown to be."
        )
    if found.verdict in ("equal", "not-worse"):
        return "It teaches: often it does not matter which cell you take, and that can be shown."
    if found.undecided is not None and found.undecided.reason.code == "few-pairs":
        return (
            "It teaches: training takes time. So short a run shows nothing of the two cells;\na larger --budget does."
        )
    return (
        "It teaches: data often do not tell the two cells apart. You still get a choice,\n"
        "how sure it is, and what it may cost you."
    )


PARTS = (
    Part(
        "tent-map.csv",
        {"target": "y", "params": 2000},
        "what comes next in chaos? (a tent map: 6,000 values of a law that bends)",
        _of_chaos,
    ),
    Part(
        "seattle-weather.csv",
        {"target": "temp_max", "horizon": 7},
        "how warm are the next seven days in Seattle? (four years of days)",
        _of_the_weather,
    ),
)
"""What is compared; examples/README.md says how the first was chosen."""
