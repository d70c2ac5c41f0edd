"""A line in a notebook while PyTorch is loaded: the first name that needs it takes seconds to find."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gatewise.experiment.watch.notebook import in_notebook, line
from gatewise.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW = "torch"
"""What takes the time."""


@contextmanager
def loading() -> Iterator[None]:
    """Says in a notebook that it takes a while, and takes that back; elsewhere, and once it is loaded, nothing."""
    if SLOW in sys.modules or not in_notebook():
        yield
        return
    shown = line(say("loading PyTorch"))
    try:
        yield
    finally:
        shown("")
