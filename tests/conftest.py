"""The kinds of data that a comparison works on."""

import pytest
from tiny import sequences, series

from gatewise.data.schema import SequenceSet, Series


@pytest.fixture(params=["forecast", "own split", "folds"])
def data(request: pytest.FixtureRequest) -> Series | SequenceSet:
    """One of the kinds of data."""
    if request.param == "forecast":
        return series()
    return sequences(test_start=40 if request.param == "own split" else None)
