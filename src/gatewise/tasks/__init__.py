"""What can be asked of sequences: one file a task, listed in `TASKS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.errors import InputError
from gatewise.tasks.classify import Classify
from gatewise.tasks.forecast import Forecast
from gatewise.tasks.regress import Regress

if TYPE_CHECKING:
    from gatewise.data.shapes import Data
    from gatewise.run.options import Options
    from gatewise.run.plan import Setting
    from gatewise.tasks.protocol import Task

TASKS: tuple[type[Task], ...] = (Forecast, Classify, Regress)
"""All tasks; the first that takes the data is the one that is meant."""


def meant(data: Data, asked: Options) -> type[Task]:
    """The task that the data and the options mean."""
    return next(task for task in TASKS if task.takes(data, asked))


def named(name: str) -> type[Task]:
    """The task of a plan or a model.

    Raises:
        InputError: A newer gatewise made it.
    """
    for task in TASKS:
        if task.name == name:
            return task
    raise InputError(f"this gatewise knows no task {name!r}. Type: pip install --upgrade gatewise")


def on(data: Data, setting: Setting) -> Task:
    """The task of a setting on its data."""
    return named(setting.task)(data, setting)
