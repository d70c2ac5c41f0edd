"""One thread, and every instruction set that runs here."""

from collections.abc import Iterator

import pytest

from gatewise.kernels import native

SETS = native.extension().instruction_sets()


def choose(isa: str) -> str:
    """Compute with an instruction set from here on."""
    native.extension().choose(isa)
    native.layout.cache_clear()
    return isa


@pytest.fixture(params=SETS)
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Compute with one instruction set; a case each."""
    yield choose(request.param)
    choose(native.NATIVE.isa)


@pytest.fixture
def sets() -> Iterator[Iterator[str]]:
    """Compute with one instruction set after the other, in one case: what they are compared with is computed once."""
    yield map(choose, SETS)
    choose(native.NATIVE.isa)


@pytest.fixture(autouse=True)
def alone(one_thread: None) -> None:
    """Every test here."""
