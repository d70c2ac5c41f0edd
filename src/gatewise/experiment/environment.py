"""Where a comparison ran: versions, processor, instruction set, threads, commit."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import torch

from gatewise.kernels.native import NATIVE
from gatewise.run.checks import default_workers

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
