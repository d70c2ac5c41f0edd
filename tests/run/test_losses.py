"""Losses of thousands of fits."""

from __future__ import annotations

import os
import pickle
import sys
import tracemalloc
from errno import ENOSPC
from typing import TYPE_CHECKING

import numpy as np

from gatewise.run.losses import Losses, Shelf

if TYPE_CHECKING:
    import pytest


def test_losses_on_a_shelf_are_the_same() -> None:
    """To the last bit, in the order they were put there, and in another process too."""
    rng = np.random.default_rng(0)
    given = [tuple(rng.random(count).tolist()) for count in (3, 0, 100, 1)]
    shelf = Shelf()
    found = [shelf.put(Losses(each)) for each in given]
    assert [tuple(each) for each in found] == given
    assert found[2] == given[2]
    assert (len(found[2]), sum(found[2]), found[2][99]) == (100, sum(given[2]), given[2][99])
    assert tuple(found[2][1:3]) == given[2][1:3]
    assert np.array(found[2]).tolist() == list(given[2])
    again = pickle.loads(pickle.dumps(found[2]))
    assert type(again) is Losses
    assert again == given[2]
    assert hash(again) == hash(found[2])


def test_a_shelf_holds_no_losses_in_memory() -> None:
    """However many blocks there are, losses of a fit take less than those of fifty did."""
    shelf, numbers = Shelf(), Losses(np.random.default_rng(0).random(2000).tolist())
    shelf.put(numbers)
    tracemalloc.start()
    kept = [shelf.put(numbers) for _ in range(200)]
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept[-1] == numbers
    assert held < 200 * 50 * 8 < 200 * sys.getsizeof(numbers._numbers())


def test_without_room_on_the_disk_losses_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk loses nothing, nor does one that becomes full half-way, and what was put there before stays."""
    shelf, write = Shelf(), os.pwrite
    before = shelf.put([1.0, 2.0])

    def full(*_: object) -> int:
        raise OSError(ENOSPC, "no room")

    monkeypatch.setattr(os, "pwrite", full)
    refused = shelf.put([3.0])
    monkeypatch.setattr(os, "pwrite", lambda file, data, place: write(file, bytes(data)[:8], place))
    halfway = shelf.put([4.0, 5.0])
    monkeypatch.undo()
    after = shelf.put([6.0])
    assert [tuple(each) for each in (before, refused, halfway, after)] == [(1.0, 2.0), (3.0,), (4.0, 5.0), (6.0,)]
