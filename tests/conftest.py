"""What tests share: the kinds of data that a comparison works on, and one thread."""

from collections.abc import Iterator

import pytest
import torch
from tiny import sequences, series

from gatewise.data.series import Series
from gatewise.data.shapes import SequenceSet


@pytest.fixture(params=["forecast", "own split", "folds"])
def data(request: pytest.FixtureRequest) -> Series | SequenceSet:
    """One of the kinds of data."""
    if request.param == "forecast":
        return series()
    return sequences(test_start=40 if request.param == "own split" else None)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Compute on one thread: PyTorch's small operations wait for each other on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
