"""The extension: found, chosen, quick to load, on PyTorch's own threads; and plainly told where it is not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from passes import Case, draw, results

from gatewise.errors import OptionError
from gatewise.kernels import native
from gatewise.kernels.native import CODES, load
from gatewise.reference.scan import GATES

SETS = native.extension().instruction_sets()


def python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


FRESH = """
import json, resource, sys, time, torch, gatewise.errors
start = time.process_time()
import gatewise._native
loading = time.process_time() - start

import gatewise, gatewise.kernels.native as n
layer, x = gatewise.LSTM(8, 256), torch.ones(100, 64, 8)
layer(torch.ones(2, 1, 8))
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = faults()
y, _ = layer(x)
faults = faults() - before

layer, x = gatewise.LSTM(3, 5, generator=torch.Generator().manual_seed(1)), torch.ones(7, 2, 3)
total, isa = layer(x)[0].sum().item(), gatewise.kernel_path(layer, x).isa

maps, held = [], []
if sys.platform == "linux":
    maps = open("/proc/self/maps").read().splitlines()
    memory = lambda: int(open("/proc/self/statm").read().split()[1]) * 4096
    before = memory()
    blocks = [n.extension().kept(False, (2**24,)).zero_() for _ in range(8)]
    held.append(memory() - before)
    blocks.clear()
    held.append(memory() - before)
openmp = n.extension().openmp()
print(json.dumps(dict(loading=loading, faults=faults, total=total, isa=isa, maps=maps, held=held, openmp=openmp)))
"""
"""Everything that is asked of a fresh interpreter: one is enough, as torch takes long to load."""


@pytest.fixture(scope="module")
def fresh() -> dict[str, Any]:
    """What a fresh interpreter says."""
    found: dict[str, Any] = json.loads(python(FRESH, GATEWISE_ISA=""))
    return found


def test_the_extension_is_here() -> None:
    """These tests are of kernels: built, and in use."""
    assert native.NATIVE.extension is not None
    assert native.NATIVE.isa in SETS
    assert SETS[-1] == "portable"


def test_an_instruction_set_by_name(fresh: dict[str, Any]) -> None:
    """GATEWISE_ISA chooses, the best where it says nothing, and the results are those of the others."""
    code = (
        "import torch, gatewise; layer = gatewise.LSTM(3, 5, generator=torch.Generator().manual_seed(1)); "
        "x = torch.ones(7, 2, 3); y = layer(x)[0]; print(gatewise.kernel_path(layer, x).isa, y.sum().item())"
    )
    last, other = python(code, GATEWISE_ISA=SETS[-1]).split()

    assert (fresh["isa"], last) == (SETS[0], SETS[-1])
    assert fresh["total"] == pytest.approx(float(other), rel=1e-5)
    try:
        assert [load({"GATEWISE_ISA": isa}).isa for isa in SETS] == SETS
    finally:
        native.extension().choose(native.NATIVE.isa)


def test_an_instruction_set_that_is_none() -> None:
    """A wrong name is told, with those that run here."""
    with pytest.raises(OptionError, match=r"GATEWISE_ISA=avx1024, expected .* runs here; .*portable.*Leave it unset"):
        load({"GATEWISE_ISA": "avx1024"})


def test_turned_off() -> None:
    """GATEWISE_KERNEL=reference computes in plain operations and says so."""
    code = "import torch, gatewise; print(gatewise.kernel_path(gatewise.GRU(3, 5), torch.ones(7, 2, 3)))"

    told = python(code, GATEWISE_KERNEL="reference")

    assert "path='reference', isa=None, threads=None" in told
    assert "GATEWISE_KERNEL=reference turns the native kernels off" in told
    with pytest.raises(OptionError, match="GATEWISE_KERNEL=fast, expected native or reference"):
        load({"GATEWISE_KERNEL": "fast"})


THP = Path("/sys/kernel/mm/transparent_hugepage/enabled")


@pytest.mark.skipif(not THP.is_file() or "[never]" in THP.read_text(), reason="this system gives no large pages")
def test_large_outputs_come_in_large_pages(fresh: dict[str, Any]) -> None:
    """What a call keeps is given at far fewer page faults than it has pages, which took as long as a tenth of it."""
    pages = 100 * 64 * 256 * 6 * 4 // 4096  # y, cell states, four gates

    assert fresh["faults"] < pages / 8


WATCHED = "libasan" in os.environ.get("LD_PRELOAD", "")
"""Whether AddressSanitizer watches, for which every block is an allocation of its own."""


@pytest.mark.skipif(WATCHED, reason="watched blocks go back")
def test_kept_memory_goes_from_step_to_step() -> None:
    """What one step keeps for backward lies where that of the step before lay: nothing to be had from the system."""
    extension = native.extension()

    first = extension.kept(False, (50, 256, 64))
    place, size = first.data_ptr(), first.untyped_storage().nbytes()
    second = extension.kept(False, (50, 256, 64))
    assert second.data_ptr() != place
    del first

    assert extension.kept(False, (50, 256, 64)).data_ptr() == place
    assert extension.kept(True, (50, 256, 32)).data_ptr() == place
    assert extension.kept(False, (50, 256, 31)).data_ptr() != place, "a block twice as large as what is wanted"
    assert size == 50 * 256 * 64 * 4
    assert place % 64 == 0


@pytest.mark.skipif(WATCHED or sys.platform != "linux", reason="reads /proc; watched blocks go back")
def test_kept_memory_is_bounded(fresh: dict[str, Any]) -> None:
    """A process holds no more than 256 MB that nothing lies in."""
    full, left = fresh["held"]

    assert full >= 8 * 2**26
    assert 2**26 <= left <= 4 * 2**26 + 2**24


def test_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an extension the reason is told, with what to type."""
    monkeypatch.setitem(sys.modules, "gatewise._native", None)

    found = load({})

    assert found.extension is None
    assert "cannot be loaded" in found.reason
    assert "Type pip install" in found.reason


def test_an_operator_without_its_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorded program that meets no kernels says why it cannot run."""
    monkeypatch.setattr(native, "NATIVE", native.Native(None, "", "they were left at home"))

    with pytest.raises(RuntimeError, match="recorded for the native kernels, and they were left at home"):
        native.extension()


def test_quick_to_load(fresh: dict[str, Any]) -> None:
    """Loading the extension costs at most 30 ms of a core's time on top of torch, in one of four tries."""
    code = (
        "import time, torch, gatewise.errors; start = time.process_time(); import gatewise._native; "
        "print(time.process_time() - start)"
    )

    assert fresh["loading"] <= 0.03 or any(float(python(code)) <= 0.03 for _ in range(3))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_one_openmp_runtime(fresh: dict[str, Any]) -> None:
    """The kernels run on the threads of torch's own OpenMP runtime; a second one would fight it."""
    libraries = {Path(line.split()[-1]).resolve() for line in fresh["maps"] if "omp" in line.split()[-1]}

    ours = [path for path in libraries if "gomp" in path.name or "iomp" in path.name]
    assert ours == [Path(fresh["openmp"]).resolve()]


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("hidden", [1, 5, 8, 33])
@pytest.mark.parametrize("normed", [False, True])
def test_layout(isa: str, double: bool, hidden: int, normed: bool) -> None:
    """Gates lie block after block in the order of the reference: what `arrays.unpacked` takes for granted."""
    for (cell, _), code in CODES.items():
        blocks, padded, width, products, x_block, _ = native.extension().layout(double, code, hidden, normed)

        assert blocks == len(GATES[cell])
        assert x_block[:blocks] == [k * padded for k in range(blocks)]
        assert width >= blocks * padded >= blocks * hidden
        assert products >= 2 * blocks * padded if normed else products == 0


def test_a_stretch_is_what_the_kernels_take(isa: str) -> None:
    """`native.STRETCH` is csrc's; any other number of steps would begin within what few rows project ahead."""
    for stretch in (native.STRETCH, 3 * native.STRETCH):
        results("native", draw(Case("lstm", (5, 2, 3, 4), stretch=stretch)), gates=False)
    for stretch in (-64, 10, native.STRETCH + 1):
        with pytest.raises(ValueError, match=f"a stretch of {stretch} steps, expected a multiple of {native.STRETCH}"):
            results("native", draw(Case("lstm", (5, 2, 3, 4), stretch=stretch)), gates=False)


def test_peak() -> None:
    """The machine's peak is measured: a rate that a processor can have."""
    seconds, operations = native.extension().fused_multiply_adds(False, torch.get_num_threads(), 100_000)

    assert 1e8 < operations / seconds < 1e13
