"""What a microscope shows: one example, and the inside of every network on it. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.explain.inside import Gates


@dataclass(frozen=True)
class Shown:
    """A network on the example.

    Attributes:
        label: The arm's label: ``lstm``, ``gru#2``.
        gates: Its inside.
        reach: Size of the derivative of its answer after the state k steps back, as `gatewise.explain.reach` has it.
        channels: Names of what its layer reads, one for each column of ``gates.x``.
        about: Which network it is, what it starts from, in what units; a sentence each.
    """

    label: str
    gates: Gates
    reach: dict[str, NDArray[Any]]
    channels: tuple[str, ...]
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """One step of a lesson: what to read, and where to look.

    Attributes:
        title: The headline.
        text: Paragraphs.
        label: The network that is shown.
        step: The step, from 1.
        unit: The unit, from 1.
        introduced: Letters that are known by now; the others are faint.
        focus: The letter that is looked at; empty for none.
    """

    title: str
    text: tuple[str, ...]
    label: str
    step: int
    unit: int
    introduced: str
    focus: str = ""


@dataclass(frozen=True)
class Scene:
    """One example, seen by one or several networks.

    Attributes:
        title: What the example is.
        subject: What was asked.
        at: What each step of the networks' inputs is called: a time, or a symbol; empty where they have numbers alone.
        networks: The networks, in the order of the comparison.
        symbols: Whether the steps are symbols of a text.
        first: Label of the network that is shown first.
        lessons: What is taught by it; empty for none.
    """

    title: str
    subject: str
    at: tuple[str, ...]
    networks: tuple[Shown, ...]
    symbols: bool = False
    first: str = ""
    lessons: tuple[Lesson, ...] = ()
