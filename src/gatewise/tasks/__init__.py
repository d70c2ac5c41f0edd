"""What can be asked of sequences: one file a task, listed in `TASKS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.errors import InputError, OptionError
from gatewise.tasks.classify import Classify
from gatewise.tasks.classify_steps import ClassifySteps
from gatewise.tasks.forecast import Forecast
from gatewise.tasks.next_frame import NextFrame
from gatewise.tasks.next_symbol import NextSymbol
from gatewise.tasks.regress import Regress
from gatewise.tasks.regress_steps import RegressSteps

if TYPE_CHECKING:
    from gatewise.data.shapes import Data
    from gatewise.run.options import Options
    from gatewise.run.plan import Setting
    from gatewise.tasks.protocol import Task, WholeTask

WHOLE: tuple[type[WholeTask], ...] = (Forecast, Classify, Regress, ClassifySteps, RegressSteps)
"""Tasks whose examples are read whole."""

STREAMED: tuple[type[Task], ...] = (NextSymbol, NextFrame)
"""Tasks that answer every step of a stream."""

TASKS: tuple[type[Task], ...] = (*WHOLE, *STREAMED)
"""All tasks; of those that take the data the first is meant, unless another is asked for."""


def meant(data: Data, asked: Options) -> type[Task]:
    """The task that is asked for, or else the first that takes the data.

    Raises:
        OptionError: There is no such task, or it does not take these data.
    """
    taking = {task.name: task for task in TASKS if task.takes(data)}
    if asked.task is None:
        return next(iter(taking.values()))
    if asked.task not in taking:
        raise OptionError(
            f"--task {asked.task} does not fit these data, expected one of: {', '.join(taking)}. Type: --task"
            f" {next(iter(taking))}, or leave it out"
        )
    return taking[asked.task]


def named(name: str) -> type[Task]:
    """The task of a plan or a model.

    Raises:
        InputError: A newer gatewise made it.
    """
    for task in TASKS:
        if task.name == name:
            return task
    raise InputError(f"this gatewise knows no task {name!r}. Type: pip install --upgrade gatewise")


def whole_task(name: str) -> type[WholeTask]:
    """The same where its examples have to be read whole, for what streams do not have.

    Raises:
        InputError: It answers every step of a stream, or a newer gatewise made it.
    """
    for task in WHOLE:
        if task.name == name:
            return task
    raise InputError(
        f"got {named(name).name}, which answers every step of a stream; expected one of: "
        f"{', '.join(task.name for task in WHOLE)}"
    )


def on(data: Data, setting: Setting) -> Task:
    """The task of a setting on its data."""
    return named(setting.task)(data, setting)
