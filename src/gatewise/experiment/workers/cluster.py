"""The cores of a Ray cluster: the data sent once, jobs in any order, those of a machine that is lost done again."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import torch
from threadpoolctl import threadpool_limits

from gatewise.errors import InputError, RunError
from gatewise.experiment.environment import differences, environment
from gatewise.run.checks import default_workers
from gatewise.tasks import on
from gatewise.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from gatewise.data.shapes import Data
    from gatewise.run.plan import Setting
    from gatewise.tasks.protocol import Task

    Environment = dict[str, Any]

_A = TypeVar("_A")
_R = TypeVar("_R")

HERE = "local"
"""The address of a cluster that is this machine alone, begun and ended with the comparison."""

RETRIES = 5
"""How often a job is done again when its machine is lost; one that ends process after process is to end the run."""

PATIENCE = 10.0
"""Seconds without a result after which it is looked whether there is any machine left."""

_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""Environment variables of Ray: it tells nobody that it is used, and does not speak of accelerators."""

_SAFE = "What was trained is safe; to go on, type: gatewise resume with the run folder"

_data: dict[str, Data] = {}
"""The user's data, in a process of the cluster, by the name that they have in Ray's store."""


class _Machine(NamedTuple):
    """One of the cluster, as Ray calls it a node."""

    address: str
    cores: int


class Cluster:
    """Processes on the machines of a Ray cluster; see `Workers`. Use as a context manager.

    Args:
        data: The user's data, which need to lie on no other machine than this one.
        count: How many jobs at the same time at most; None for one a core.
        address: What Ray calls it: `HERE`, ``auto`` for the one that this machine is part of, ``HOST:PORT``,
            ``ray://HOST:PORT`` for one that it is not part of.
        met: Told of a machine unlike those that were there at the start, before its first result is passed on.
        tell: Told in words of machines that are lost.

    Raises:
        InputError: There is no such cluster, or one of its machines does not have this gatewise.
    """

    def __init__(
        self,
        data: Data,
        count: int | None,
        address: str,
        met: Callable[[Environment], None] = lambda where: None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._ray: Any = import_module("ray")
        self._met, self._tell, self._most = met, tell, count
        self._ours = not self._ray.is_initialized()  # otherwise the caller's program is connected already
        if self._ours:
            _connect(self._ray, address, count)
        try:
            self._machines = self._present()
            self._kinds = self._look(address)
            self._data = self._ray.put(data)
        except BaseException:
            self._leave()
            raise
        self._call = self._ray.remote(num_cpus=1, max_retries=RETRIES)(_call)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    @property
    def count(self) -> int:
        """How many jobs at the same time: one a core, or as many as were asked for."""
        cores = sum(machine.cores for machine in self._machines.values())
        return cores if self._most is None else min(cores, self._most)

    def environments(self) -> list[Environment]:
        """One of each kind of machine, those that joined later included."""
        return [where | {"workers": self.count, "cluster": f"Ray {self._ray.__version__}"} for where in self._kinds]

    def map(self, work: Callable[[Task, _A], _R], setting: Setting, items: Sequence[_A]) -> Iterator[tuple[int, _R]]:
        """Call ``work(task, item)`` for every item; yields (position, result) as they end."""
        waiting, running = iter(enumerate(items)), dict[Any, int]()
        with _told(self._ray):
            asked = self._ray.put(setting)
            try:
                while True:
                    self._count_again()
                    for k, item in islice(waiting, max(0, self._together() - len(running))):
                        running[self._call.remote(self._data.hex(), self._data, asked, work, item)] = k
                    if not running:
                        return
                    for ended in self._ray.wait(list(running), timeout=PATIENCE)[0]:
                        where, found = self._ray.get(ended)
                        self._notice(where)
                        yield running.pop(ended), found
            finally:
                for job in running:
                    with suppress(self._ray.exceptions.RayError, ConnectionError):
                        self._ray.cancel(job, force=True)

    # ----------------------------------------------------------------------------------------------

    def _together(self) -> int:
        """How many jobs Ray has at once: where cores are the limit as many again, so that no core waits for one."""
        return self.count * (1 if self.count == self._most else 2)

    def _present(self) -> dict[str, _Machine]:
        """Machines that are there now, by Ray's name for them."""
        return {
            node["NodeID"]: _Machine(node["NodeManagerAddress"], int(node["Resources"]["CPU"]))
            for node in self._ray.nodes()
            if node["Alive"] and node["Resources"].get("CPU", 0) >= 1
        }

    def _count_again(self) -> None:
        """Tell of lost machines; those that joined are given jobs from now on."""
        before, self._machines = self._machines, self._present()
        if not self._machines:
            raise RunError(f"the Ray cluster has no machine left, expected at least one. {_SAFE}")
        if lost := len(before.keys() - self._machines.keys()):
            left = counted(len(self._machines), "machine")
            self._tell(f"{counted(lost, 'machine')} of the Ray cluster lost, {left} left: lost fits are computed again")

    def _look(self, address: str) -> list[Environment]:
        """The kinds of machines there are: every one is asked, which also begins a process there."""
        affinity = import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
        ask = self._ray.remote(num_cpus=0)(_here)
        kinds: list[Environment] = []
        for name, machine in self._machines.items():
            where = affinity(node_id=name, soft=False)
            try:
                found = self._ray.get(ask.options(scheduling_strategy=where).remote())
            except self._ray.exceptions.RayError as error:
                if name not in self._present():  # lost just now
                    continue
                raise InputError(
                    f"--cluster {address}: gatewise cannot be used on {machine.address}: {_last(str(error))}."
                    f" Type there: {_install()}"
                ) from error
            _same_gatewise(found)
            if all(differences(known, found) for known in kinds):
                kinds.append(found)
        if not kinds:
            raise InputError(f"--cluster {address}: the Ray cluster has no core, expected one. See docs/cluster.md")
        return kinds

    def _notice(self, where: Environment) -> None:
        """Tell of a machine that joined, where it is unlike the others."""
        if all(differences(known, where) for known in self._kinds):
            _same_gatewise(where)
            self._kinds.append(where)
            self._met(self.environments()[-1])

    def _leave(self) -> None:
        if self._ours:
            self._ray.shutdown()
            _speak(aloud=True)


def _connect(ray: Any, address: str, count: int | None) -> None:
    """Connect to a cluster, or begin one on this machine; Ray is quiet about it.

    Raises:
        InputError: There is none.
    """
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    _speak(aloud=False)
    alone = {"num_cpus": count or default_workers(), "include_dashboard": False} if address == HERE else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **alone)
    except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise InputError(
            f"--cluster {address}: no Ray cluster could be used there: {_last(str(error))}. To begin one, type on its"
            " first machine: ray start --head --disable-usage-stats, and see docs/cluster.md, also where it has a token"
        ) from error


def _speak(*, aloud: bool) -> None:
    """Whether Ray prints what befalls machines: to standard output, where ``--json`` writes, and no option says no."""
    worker: Any = import_module("ray._private.worker")
    worker._worker_logs_enabled = aloud


def _same_gatewise(where: Environment) -> None:
    """What is sent is understood by the same gatewise alone.

    Raises:
        InputError: Another one is there.
    """
    got, expected = where["packages"]["gatewise"], version("gatewise")
    if got != expected:
        raise InputError(
            f"gatewise of a machine of the cluster: got {got}, expected {expected}, as here. Type there: {_install()}"
        )


def _install() -> str:
    """What brings this gatewise to a machine."""
    return f"pip install 'gatewise[cluster]=={version('gatewise')}'"


def _last(message: str) -> str:
    """What an error of Ray says in the end: before stands where it went through."""
    return message.strip().splitlines()[-1].strip().rstrip(".") if message.strip() else "no reason was told"


@contextmanager
def _told(ray: Any) -> Iterator[None]:
    """What a job raised, as it raised it; what happened to the cluster, in this project's words."""
    try:
        yield
    except (ray.exceptions.RayError, ConnectionError) as error:
        cause = getattr(error, "cause", None)
        if isinstance(cause, Exception) and not isinstance(cause, ray.exceptions.RayError):
            raise cause from error
        raise RunError(f"the Ray cluster failed: {_last(str(error))}. {_SAFE}") from error


# --------------------------------------------------------------------------------------------------
# On a machine of the cluster


def _call(
    name: str, data: Data, setting: Setting, work: Callable[[Task, Any], _R], item: Any
) -> tuple[Environment, _R]:
    """Compute one job; returns also where."""
    where = _begun()
    if name not in _data:
        _data.clear()
        _data[name] = data
    return where, work(on(_data[name], setting), item)


def _here() -> Environment:
    """The environment of this machine."""
    return _begun()


@cache
def _begun() -> Environment:
    """Let this process compute with one thread, whatever its machine was told; returns where it is."""
    torch.set_num_threads(1)
    threadpool_limits(1)
    return environment(0)
