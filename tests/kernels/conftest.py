"""One thread, and every instruction set that runs here."""

from collections.abc import Iterator

import pytest

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
def alone(one_thread: None) -> None:
    """Every test here."""
