"""What is costly to make is made by one of the processes that run tests, and read by all."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that ``make`` has filled; nobody may change it."""
    alone = factory.getbasetemp()
    root = alone.parent if alone.name.startswith("popen-") else alone
    place, done, begun = (root / f"{name}{ending}" for ending in ("", ".done", ".begun"))
    try:
        begun.mkdir()
    except FileExistsError:
        while not done.exists():
            time.sleep(0.1)
        if not place.is_dir():
            pytest.fail(f"{name} could not be made, see the other process")
        return place
    try:
        unfinished = factory.mktemp(name)
        make(unfinished)
        unfinished.rename(place)
    finally:
        done.touch()
    return place
