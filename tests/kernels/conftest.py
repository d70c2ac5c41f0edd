"""One thread, and every instruction set that runs here."""

from collections.abc import Iterator

import pytest
import torch

from gatewise.kernels import native

SETS = native.extension().instruction_sets()


@pytest.fixture(params=SETS)
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Compute with one instruction set after the other."""
    native.extension().choose(request.param)
    native.layout.cache_clear()
    yield request.param
    native.extension().choose(native.NATIVE.isa)
    native.layout.cache_clear()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Compute on one thread: PyTorch's small operations wait for each other on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
