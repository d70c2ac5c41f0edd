"""A Ray cluster computes what one process does, whatever befalls its machines."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from tiny import series, task_of
from work import fails, seen, threads

import gatewise
from gatewise.errors import InputError, RunError
from gatewise.experiment.environment import environment
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers import cluster
from gatewise.experiment.workers.cluster import Cluster
from gatewise.experiment.workers.inline import Inline

SUPPORT = Path(__file__).parents[1] / "support"


# --------------------------------------------------------------------------------------------------
# Without Ray


class RayError(Exception):
    """As Ray's: what a job raised is its cause."""

    cause: Exception | None = None


class Ref:
    """What Ray gives in place of a value, which is computed when it is asked for."""

    def __init__(self, value: Callable[[], Any]) -> None:
        self.value = value

    def hex(self) -> str:
        return str(id(self))


class Ray:
    """Ray, as far as it is used, in this process: of all jobs that it has the last one ends first."""

    __version__ = "0"
    exceptions = SimpleNamespace(RayError=RayError)

    def __init__(self, **machines: dict[str, Any]) -> None:
        self.machines = machines
        self.told: list[Any] = []
        self.stored, self.most, self.cancelled = 0, 0, 0

    def is_initialized(self) -> bool:
        return False

    def init(self, **given: Any) -> None:
        self.told.append(given)

    def shutdown(self) -> None:
        self.told.append("shutdown")

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {"NodeID": name, "NodeManagerAddress": name, "Alive": True, "Resources": {"CPU": 2.0}}
            for name in self.machines
        ]

    def put(self, value: Any) -> Ref:
        self.stored += 1
        return Ref(lambda: value)

    def remote(self, **options: Any) -> Callable[[Callable[..., Any]], Any]:
        """The two functions that are sent: one asks a machine what it is, one computes a job."""

        def ask(scheduling_strategy: str) -> Any:
            return SimpleNamespace(remote=lambda: Ref(lambda: self.machines[scheduling_strategy]))

        def made(function: Callable[..., Any]) -> Any:
            def call(*given: Any) -> Ref:
                def value() -> Any:
                    _, found = function(*(one.value() if isinstance(one, Ref) else one for one in given))
                    return [*self.machines.values()][-1], found

                return Ref(value)

            return SimpleNamespace(remote=call, options=ask)

        return made

    def wait(self, jobs: list[Ref], timeout: float) -> tuple[list[Ref], list[Ref]]:
        self.most = max(self.most, len(jobs))
        return jobs[-1:], jobs[:-1]

    def get(self, ref: Ref) -> Any:
        try:
            return ref.value()
        except RuntimeError as error:
            failed = RayError("long\n\nRuntimeError: in the end")
            failed.cause = error
            raise failed from error

    def cancel(self, job: Ref, *, force: bool) -> None:
        self.cancelled += 1


HERE = environment(0)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Ray:
    """Ray with two machines of two cores each, alike."""
    found = Ray(first=HERE, second=HERE)
    modules = {
        "ray": found,
        "ray._private.worker": SimpleNamespace(),
        "ray.util.scheduling_strategies": SimpleNamespace(NodeAffinitySchedulingStrategy=lambda node_id, soft: node_id),
    }
    monkeypatch.setattr(cluster, "import_module", modules.__getitem__)
    monkeypatch.setattr(cluster, "_begun", lambda: HERE)  # this process keeps its threads
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return found


def test_it_computes_what_one_process_does(ray: Ray) -> None:
    """In any order; the data are sent once, the setting once a call, and few jobs ahead of the cores."""
    data, items = series(), list(range(12))
    setting = task_of(data).setting
    with Cluster(data, None, "auto") as pool:
        found = [dict(pool.map(seen, setting, items)) for _ in range(2)]
        assert pool.count == 4
    assert found == [dict(Inline(data).map(seen, setting, items))] * 2
    assert (ray.stored, ray.most) == (3, 8)
    assert ray.told[-1] == "shutdown"

    ray.most = 0
    with Cluster(data, 3, "local") as pool:
        assert len(list(pool.map(seen, setting, items))) == 12
        assert pool.count == ray.most == 3
    assert ray.told[-2]["num_cpus"] == 3


def test_what_is_left_when_a_call_is_given_up_is_cancelled(ray: Ray) -> None:
    """As after Ctrl-C."""
    data = series()
    with Cluster(data, None, "auto") as pool:
        results = pool.map(seen, task_of(data).setting, list(range(20)))
        next(results)
        results.close()  # type: ignore[attr-defined]
    assert ray.cancelled == 7


def test_every_kind_of_machine_is_told(ray: Ray) -> None:
    """Those at the start, and one that joins before its first result is passed on; another gatewise is refused."""
    data = series()
    setting, met = task_of(data).setting, list[dict[str, Any]]()
    ray.machines["third"] = HERE | {"processor": "another"}
    with Cluster(data, None, "auto", met.append) as pool:
        assert [where["processor"] for where in pool.environments()] == [HERE["processor"], "another"]
        ray.machines["fourth"] = HERE | {"processor": "a third"}
        results = pool.map(seen, setting, [1, 2])
        next(results)
        assert met == [HERE | {"processor": "a third", "workers": 8, "cluster": "Ray 0"}]
        list(results)
        assert len(met) == 1
        assert len(pool.environments()) == 3

    ray.machines = {"first": HERE | {"packages": HERE["packages"] | {"gatewise": "0.0.1"}}}
    with pytest.raises(InputError, match=r"got 0.0.1, expected .* as here. Type there: pip install 'gatewise\[clus"):
        Cluster(data, None, "auto")
    assert ray.told[-1] == "shutdown"

    ray.machines = {}
    with pytest.raises(InputError, match="the Ray cluster has no core, expected one"):
        Cluster(data, None, "auto")


def test_what_goes_wrong_is_told(ray: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of a job as it was raised; a lost machine in a line; no machine, and no cluster, as an error."""
    data, lines = series(), list[str]()
    setting = task_of(data).setting
    with Cluster(data, None, "auto", tell=lines.append) as pool:
        with pytest.raises(RuntimeError, match="job 3"):
            list(pool.map(fails, setting, [3]))
        results = pool.map(seen, setting, list(range(20)))
        first = next(results)
        del ray.machines["second"]
        assert len(dict([first, *results])) == 20
        assert lines == ["1 machine of the Ray cluster lost, 1 machine left: lost fits are computed again"]
        results = pool.map(seen, setting, [1, 2, 3])
        next(results)
        kept, ray.machines = ray.machines, {}
        with pytest.raises(RunError, match=r"no machine left, expected at least one. .* gatewise resume"):
            next(results)
        ray.machines = kept

        def lost(ref: Ref) -> Any:
            raise RayError("long\n\nthe head has died.")

        monkeypatch.setattr(ray, "get", lost)
        with pytest.raises(RunError, match=r"the Ray cluster failed: the head has died. What was trained is safe"):
            list(pool.map(seen, setting, [1]))

    def refused(**given: Any) -> None:
        raise ConnectionError("nobody answers")

    monkeypatch.setattr(ray, "init", refused)
    with pytest.raises(InputError, match=r"--cluster 10.0.0.5:6379: no Ray cluster .* nobody answers. .*ray start"):
        Cluster(data, None, "10.0.0.5:6379")


# --------------------------------------------------------------------------------------------------
# With Ray


@pytest.fixture(scope="module")
def three() -> Iterator[Any]:
    """A real cluster of three machines with a core each, all of them on this one."""
    pytest.importorskip("ray", reason="Ray is not installed; make cluster installs it and runs this")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(SUPPORT))
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster as Machines

        machines = Machines(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        machines.add_node(num_cpus=1)
        yield machines
        machines.shutdown()


@pytest.mark.long
@pytest.mark.filterwarnings("default")  # those of Ray are not ours
def test_a_real_cluster_with_one_thread_a_job(three: Any) -> None:
    """A fault reaches the caller, and the pool goes on; machines with other kernels are two kinds."""
    data = series()
    setting = task_of(data).setting
    other = three.add_node(num_cpus=1, env_vars={"GATEWISE_ISA": "portable"})
    with Cluster(data, None, three.address) as pool:
        assert len({where["kernel"] for where in pool.environments()}) == 2
    three.remove_node(other)
    with Cluster(data, None, three.address) as pool:
        assert dict(pool.map(threads, setting, [0, 1])) == {0: 1, 1: 1}
        with pytest.raises(RuntimeError, match="job 3"):
            list(pool.map(fails, setting, [3]))
        processes = {found[3] for _, found in pool.map(seen, setting, list(range(40)))}
    assert os.getpid() not in processes


class Kills(Quiet):
    """Kills a machine while pairs are trained, and keeps what was told."""

    def __init__(self, machines: Any) -> None:
        self._machines, self._machine = machines, machines.add_node(num_cpus=1)
        self._ended, self._pairs, self.notes = 0, False, list[str]()

    def stage(self, text: str, count: int) -> None:
        self._pairs = text.startswith("pairs")

    def advance(self) -> None:
        self._ended += self._pairs
        if self._pairs and self._ended == 2:
            self._machines.remove_node(self._machine, allow_graceful=False)
            self._noticed()

    def _noticed(self) -> None:
        """Wait until Ray knows: fits are so short that all could end before it does."""
        import ray

        until = time.monotonic() + 60
        while sum(node["Alive"] for node in ray.nodes()) > 2:
            assert time.monotonic() < until
            time.sleep(0.1)

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.mark.long
@pytest.mark.filterwarnings("default")
def test_a_machine_is_killed_midway(
    three: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its fits are computed again: the verdict is the same but for costs, the models byte for byte."""
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (1500, 1500))  # a fit lasts long enough to be lost
    kills = Kills(three)
    frame = pl.DataFrame({"y": series().values[:, 0]})
    asked: dict[str, Any] = {"target": "y", "window": 16, "params": 6000, "fits": 12}
    capfd.readouterr()
    found = gatewise.compare(frame, **asked, cluster=three.address, out=tmp_path / "cluster", progress=kills)
    assert capfd.readouterr().out == ""
    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    alone = gatewise.compare(frame, **asked, workers=1, out=tmp_path / "alone")

    assert "1 machine of the Ray cluster lost, 2 machines left: lost fits are computed again" in kills.notes
    assert found.document.model_dump(exclude={"costs"}) == alone.document.model_dump(exclude={"costs"})
    files = [path.relative_to(tmp_path / "alone") for path in (tmp_path / "alone" / "models").rglob("*.*")]
    assert files
    for path in files:
        assert (tmp_path / "cluster" / path).read_bytes() == (tmp_path / "alone" / path).read_bytes()
    assert found.folder.environment()["cluster"].startswith("Ray ")
    assert "ray" in sys.modules
