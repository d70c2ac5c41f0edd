"""What the calls of a comparison need and is slow to import: a process that has this module is ready for them."""

from __future__ import annotations

from importlib import import_module

from gatewise.experiment.workers.imports import quick_imports

NEEDED = "torch", "gatewise.experiment.budget", "gatewise.experiment.handover", "gatewise.tasks", "sklearn.linear_model"

with quick_imports():
    for name in NEEDED:
        import_module(name)
