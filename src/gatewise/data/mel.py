"""Sound as log-mel energies: how much of it lies in each of some bands that are even to the ear, step by step."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BANDS = 40
"""Bands that a sound is taken apart into."""

HOP = 10
"""Milliseconds from step to step, or a multiple of them where sounds are long."""

OVERLAP = 2.5
"""A window is so many steps long: 25 ms at 10 ms a step."""

MOST_STEPS = 300
"""Steps of the longest sound: recurrent nets learn little from sequences that are much longer."""

QUIETEST, RANGE = 1e-10, 1e-8
"""Energies below the former, and below the latter's share of the sound's loudest, count as that: what is recorded
there is the noise of the numbers."""


@dataclass(frozen=True)
class Hearing:
    """How sounds are read.

    Attributes:
        rate: Samples a second that all of them are brought to.
        hop: Milliseconds from step to step.
    """

    rate: int
    hop: int

    @property
    def step(self) -> int:
        """Samples from step to step."""
        return max(1, round(self.rate * self.hop / 1000.0))

    @property
    def window(self) -> int:
        """Samples that a step is made of."""
        return max(2, round(self.rate * self.hop * OVERLAP / 1000.0))

    def steps(self, samples: int) -> int:
        """Steps that a sound of so many samples has: the last window is filled up with silence."""
        return 1 + -(-max(samples - self.window, 0) // self.step)


def fitting_hop(seconds: float) -> int:
    """Milliseconds from step to step by which the longest sound has at most `MOST_STEPS` steps."""
    return HOP * max(1, math.ceil(seconds * 1000.0 / HOP / MOST_STEPS))


def features() -> tuple[str, ...]:
    """Names of the channels, the lowest first."""
    return tuple(f"mel {band}" for band in range(1, BANDS + 1))


def log_mel(samples: NDArray[np.float32], hearing: Hearing) -> NDArray[np.float64]:
    """Logarithm of the energy in each band, shape (steps, bands).

    A step is the spectrum of one window, weighted by Hann's, its energies summed up in each triangle of
    `filter_bank`. As Davis and Mermelstein, Comparison of parametric representations for monosyllabic word recognition,
    IEEE Transactions on Acoustics, Speech, and Signal Processing 28 (1980), without the cosines that they end with.

    Args:
        samples: Shape (n,), from -1 to 1, at the rate of ``hearing``.
        hearing: How sounds are read.
    """
    window, step, steps = hearing.window, hearing.step, hearing.steps(len(samples))
    padded = np.zeros((steps - 1) * step + window, dtype=np.float32)
    padded[: min(len(samples), len(padded))] = samples[: len(padded)]
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::step]
    bank = filter_bank(hearing.rate, window)
    weights = _hann(window)
    fourier: Any = importlib.import_module("scipy.fft")  # slow to start, and needed for sounds alone
    spectra = fourier.rfft(frames * weights, n=2 * (bank.shape[1] - 1), axis=1)
    energies = (spectra.real**2 + spectra.imag**2) @ bank.T / float(weights.sum()) ** 2
    found: NDArray[np.float64] = np.log(np.maximum(energies, max(QUIETEST, RANGE * float(energies.max()))))
    return found.astype(np.float64)


@lru_cache(maxsize=4)
def filter_bank(rate: int, window: int) -> NDArray[np.float32]:
    """Weights of the frequencies in each band, shape (bands, frequencies); frequencies go from 0 to half the rate.

    Band k is a triangle from f(k) over f(k + 1), where it is 1, to f(k + 2); f are even on the mel scale,
    m = 2595 log10(1 + f / 700), from 0 to half the rate. The scale is that of O'Shaughnessy, Speech Communication
    (1987), page 150. Windows are filled up with zeros until the narrowest triangle has a frequency inside.

    Args:
        rate: Samples a second.
        window: Samples of a window.
    """
    top = 2595.0 * np.log10(1.0 + rate / 2.0 / 700.0)
    corners = 700.0 * (10.0 ** (np.linspace(0.0, top, BANDS + 2) / 2595.0) - 1.0)
    points = 1 << (window - 1).bit_length()
    while rate / points > corners[1]:
        points *= 2
    frequencies = np.linspace(0.0, rate / 2.0, points // 2 + 1)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    up, down = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    return np.maximum(np.minimum(up, down), 0.0).astype(np.float32)


def _hann(window: int) -> NDArray[np.float32]:
    """Hann's window: a cosine's hill, 0 at its first sample."""
    return (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(window) / window)).astype(np.float32)


def resampled(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """A sound at another rate, by a filter that keeps what lies below half of the lower one."""
    if rate == wanted or not len(samples):
        return samples
    shared = int(np.gcd(rate, wanted))
    signal: Any = importlib.import_module("scipy.signal")  # slow to start, and needed for mixed rates alone
    found: NDArray[np.float32] = signal.resample_poly(samples, wanted // shared, rate // shared)
    return found.astype(np.float32)
