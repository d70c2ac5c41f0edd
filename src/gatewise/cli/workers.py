"""Worker processes that start while the command line is still reading."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from gatewise.run.checks import default_workers

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gatewise.experiment.workers.local import Local
    from gatewise.run.options import Invocation


def early(call: Invocation) -> AbstractContextManager[Local | None]:
    """Processes that import what they need meanwhile; none where a cluster computes."""
    if call.cluster is not None:
        return nullcontext()
    from gatewise.experiment.workers.local import Local

    return Local(None, call.workers or default_workers())
