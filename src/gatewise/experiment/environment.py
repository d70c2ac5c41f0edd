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
    from collections.abc import Mapping, Sequence

    from gatewise.run.folder import RunFolder

_PACKAGES = ("gatewise", "torch", "numpy", "scipy", "scikit-learn", "polars", "pydantic", "safetensors")


def environment(workers: int) -> dict[str, Any]:
    """What environment.json holds of one machine."""
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
"""What can change the bits of a fit; where none differs, environments are of one kind."""


def enter(folder: RunFolder, now: Sequence[Mapping[str, Any]], *, elsewhere: bool) -> None:
    """Note in environment.json where the run goes on from now.

    Args:
        folder: The run folder.
        now: The environments it computes in, one of each kind.
        elsewhere: Whether one of them may be another than those it was in before.

    Raises:
        InputError: One is, and may not be; the message says what differs.
    """
    before = known(folder)
    other = [where for where in now if before and _unlike(before, where)]
    if other and not elsewhere:
        unlike = differences(before[0], other[0])
        listed = "; ".join(f"{name}: got {got}, expected {expected}" for name, got, expected in unlike)
        raise InputError(
            f"{folder.path} was begun in another environment, whose fits would differ in their last digits: {listed}."
            f" To go on all the same, type: gatewise resume {folder.path} --elsewhere"
        )
    _write(folder, now, [where for where in before if _unlike(now, where)])


def met(folder: RunFolder, where: Mapping[str, Any]) -> None:
    """Note in environment.json a further one that the run computes in from now, once it has begun."""
    if folder.environment_path.is_file() and _unlike(known(folder), where):
        found = folder.environment()
        folder.write_environment(found | {"beside": [*found.get("beside", []), dict(where)]})


def known(folder: RunFolder) -> list[dict[str, Any]]:
    """The environments the run has been in, one of each kind, the present one first."""
    if not folder.environment_path.is_file():
        return []
    found = folder.environment()
    more = [*found.pop("beside", []), *found.pop("earlier", [])]
    return [found, *more]


def kinds(environments: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Each environment by what tells it from the others: its processor, the version of a package."""
    telling = [name for name in DECISIVE if len({_value(where, name) for where in environments}) > 1]
    return tuple(
        ", ".join(f"{name.removeprefix('packages.')} {_value(where, name)}" for name in telling)
        for where in environments
    )


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(name, now, before) for each of `DECISIVE` that differs between two environments."""
    found = ((name, _value(now, name), _value(before, name)) for name in DECISIVE)
    return [entry for entry in found if entry[1] != entry[2]]


def _value(where: Mapping[str, Any], name: str) -> str:
    room, _, inner = name.rpartition(".")
    return str((where.get(room, {}) if room else where).get(inner))


def _unlike(those: Sequence[Mapping[str, Any]], where: Mapping[str, Any]) -> bool:
    """Whether it differs from all of those."""
    return all(differences(each, where) for each in those)


def _write(folder: RunFolder, now: Sequence[Mapping[str, Any]], earlier: Sequence[Mapping[str, Any]]) -> None:
    first, *beside = map(dict, now)
    more = {"beside": beside, "earlier": list(map(dict, earlier))}
    folder.write_environment(first | {name: found for name, found in more.items() if found})


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
