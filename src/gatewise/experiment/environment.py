"""Where a comparison ran: versions, processor, instruction set, threads, commit."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from gatewise.errors import InputError
from gatewise.kernels.native import NATIVE
from gatewise.run.checks import default_workers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.run.folder import RunFolder

_PACKAGES = ("gatewise", "torch", "numpy", "scipy", "scikit-learn", "polars", "pydantic", "safetensors")


def environment(workers: int) -> dict[str, object]:
    """What environment.json holds."""
    return {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": default_workers(),
        "instruction_set": torch.backends.cpu.get_cpu_capability(),
        "kernel": kernel(),
        "workers": workers,
        "threads_per_worker": 1,
        "commit": _commit(),
    }


DECISIVE = (
    "processor",
    "instruction_set",
    "kernel",
    *(f"packages.{name}" for name in ("gatewise", "torch", "numpy", "scikit-learn")),
)
"""What can change the bits of a fit."""


def enter(folder: RunFolder, workers: int, *, elsewhere: bool) -> int:
    """Note in environment.json where the run goes on from now; returns in how many environments it was.

    Raises:
        InputError: It was begun in another one, and ``elsewhere`` does not allow it; the message says what differs.
    """
    now = environment(workers)
    before = folder.environment() if folder.environment_path.is_file() else {}
    earlier = list(before.pop("earlier", []))
    other = differences(before, now) if before else []
    if other and not elsewhere:
        listed = "; ".join(f"{name}: got {got}, expected {expected}" for name, got, expected in other)
        raise InputError(
            f"{folder.path} was begun in another environment, whose fits would differ in their last digits: {listed}."
            f" To go on all the same, type: gatewise resume {folder.path} --elsewhere"
        )
    if other:
        earlier = [where for where in [*earlier, before] if differences(where, now)]  # back home: no other one
    folder.write_environment(now | ({"earlier": earlier} if earlier else {}))
    return 1 + len(earlier)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(name, now, before) for each of `DECISIVE` that differs between two environments."""

    def value(where: Mapping[str, Any], name: str) -> str:
        room, _, inner = name.rpartition(".")
        return str((where.get(room, {}) if room else where).get(inner))

    found = ((name, value(now, name), value(before, name)) for name in DECISIVE)
    return [entry for entry in found if entry[1] != entry[2]]


def kernel() -> str:
    """The code path that computes the cells."""
    if NATIVE.extension is not None:
        return f"native: {NATIVE.isa}, one thread"
    return f"reference: plain PyTorch operations, one thread ({NATIVE.reason})"


def _processor() -> str:
    """The processor's model name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    if sys.platform == "linux" and info.is_file():
        for line in info.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    """The commit of the source checkout gatewise runs from; None for an installed package."""
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        return None
    try:
        found = subprocess.run(  # noqa: S603 fixed words
            ["git", "-C", str(root), "rev-parse", "HEAD"],  # noqa: S607 the user's own git
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()
