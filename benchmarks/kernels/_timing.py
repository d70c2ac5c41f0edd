"""How time is taken: contestants in turns in one process, medians, and the peak the machine has at that moment."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping

    from gatewise.kernels.native import Extension

SAMPLE = 0.02
"""Seconds a sample lasts at least: quick calls are repeated until they fill it."""

LONG = 0.1
"""Seconds from which on a call needs no warming up: what the contestant before left behind does not show."""

PEAK_RUN = 0.02
"""Seconds a run of multiply-adds lasts at least."""

PEAK_RUNS = 5
"""Runs of multiply-adds each time the peak is measured."""


def race(
    contestants: Mapping[str, Callable[[], object]], *, seconds: float, rounds: int, rest: float, order: random.Random
) -> dict[str, float]:
    """Median seconds of one call of each contestant.

    A round takes one sample of every contestant, in an order drawn anew, so that a slow moment of the machine and the
    state of its caches meet all alike.

    Args:
        contestants: What to call, by name.
        seconds: Rounds go on for this long times the number of contestants.
        rounds: And until there are this many.
        rest: Seconds before each sample: threads of another library that spin for work fall asleep.
        order: Draws the order within a round.
    """
    calls = {name: _calls(call) for name, call in contestants.items()}
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    with _no_collections():
        began, taken = perf_counter(), 0
        while taken < rounds or perf_counter() - began < seconds * len(names):
            order.shuffle(names)
            for name in names:
                samples[name].append(_sample(contestants[name], *calls[name], rest=rest))
            taken += 1
    return {name: median(values) for name, values in samples.items()}


def _calls(call: Callable[[], object]) -> tuple[int, int]:
    """How many calls make a sample, and how many warm it up; the first calls of a contestant are made here."""
    call()
    count = 1
    while (took := _seconds(call, count)) < SAMPLE:
        count *= 2
    return count, count if took < LONG else 0


def _sample(call: Callable[[], object], count: int, warm: int, *, rest: float) -> float:
    """Seconds of one call, over ``count`` of them, after as many that bring back its caches and place its threads."""
    if rest > 0:
        sleep(rest)
    _seconds(call, warm)
    return _seconds(call, count) / count


def _seconds(call: Callable[[], object], count: int) -> float:
    began = perf_counter()
    for _ in repeat(None, count):
        call()
    return perf_counter() - began


@contextmanager
def _no_collections() -> Iterator[None]:
    """Python's garbage is collected before the race, not in it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Peak:
    """Most GFLOP/s of multiply-adds that never leave the registers, over all times it was measured in this run."""

    def __init__(self, native: Extension, threads: int) -> None:
        self._native, self._threads = native, threads
        self._rounds = 1024
        self.best = 0.0

    def measure(self) -> float:
        """Measure anew; the best so far."""
        while self._run()[0] < PEAK_RUN:
            self._rounds *= 2
        rates = [flops / seconds / 1e9 for seconds, flops in (self._run() for _ in range(PEAK_RUNS))]
        self.best = max([*rates, self.best])
        return self.best

    def contestant(self) -> tuple[Callable[[], object], float]:
        """A run of multiply-adds that can be in a race, and how many floating point operations it is."""
        if self.best == 0.0:
            self.measure()
        return self._run, self._run()[1]

    def _run(self) -> tuple[float, float]:
        return self._native.fused_multiply_adds(False, self._threads, self._rounds)


class Neighbours:
    """How much of the machine others used meanwhile, by Linux's /proc/stat; time stolen by a host is theirs."""

    def __init__(self) -> None:
        self._began, self._others = perf_counter(), self._seconds()

    def cores(self) -> float | None:
        """Cores that were busy with others since this was made, on average; None where it cannot be told."""
        now = self._seconds()
        if now is None or self._others is None:
            return None
        return max(0.0, (now - self._others) / (perf_counter() - self._began))

    @staticmethod
    def _seconds() -> float | None:
        """Processor seconds of all but this process and its children since the machine started."""
        try:
            fields = Path("/proc/stat").read_text("utf-8").split("\n", 1)[0].split()[1:9]
        except OSError:
            return None
        user, nice, system, _idle, _wait, interrupts, soft, stolen = map(int, fields)
        busy = user + nice + system + interrupts + soft + stolen
        return busy / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])


class Progress:
    """One line on standard error that says what is being measured and how long it still takes; for a terminal only."""

    def __init__(self, total: float) -> None:
        self._total, self._done, self._began = total, 0.0, perf_counter()
        self._shown = sys.stderr.isatty()

    def show(self, text: str) -> None:
        """What is being measured now."""
        if self._shown:
            left = (perf_counter() - self._began) / self._done * (self._total - self._done) if self._done else None
            wait = "" if left is None else f", about {int(left) // 60}:{int(left) % 60:02} left"
            sys.stderr.write(f"\r\033[K[{self._done / self._total:4.0%}] {text}{wait}")
            sys.stderr.flush()

    def advance(self, weight: float) -> None:
        """A part of the total is done."""
        self._done += weight

    def clear(self) -> None:
        """Make room for a table."""
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
