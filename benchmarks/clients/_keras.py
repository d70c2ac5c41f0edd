"""Keras 3's own layers and gatewise's with the same weights, trained side by side; run by clients.py, once a backend.

    KERAS_BACKEND=jax python benchmarks/clients/_keras.py

Both train on the mean squared error of the last hidden state, by gradient descent in float64. The rate is a power of
two, which a float32 holds exactly. There is no head: Dense layers of Keras 3.15 on torch are off by 3e-8.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STEPS, RATE = 20, 1 / 64
ROWS, COUNT, INPUTS, WIDTH = 64, 23, 5, 7
BACKENDS = ("torch", "jax")
KINDS = {
    "LSTM": ("LSTM", {}, "keras"),
    "GRU": ("GRU", {}, "keras"),
    "GRU, reset before": ("GRU", {"reset_after": False}, "keras-reset-before"),
}
"""Keras' class, its options, and the convention of gatewise's layer of that name."""

TOLERANCE = 1e-8


def check() -> list[str]:
    """Train all kinds on both backends; print a line for each backend, return what is wrong."""
    wrong = []
    for backend in BACKENDS:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).resolve())],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "KERAS_BACKEND": backend, "JAX_ENABLE_X64": "1"},
        )
        if done.returncode:
            wrong.append(f"Keras on {backend}: {done.stderr.strip().splitlines()[-1]}")
            continue
        apart: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
        print(f"Keras 3 on {backend}: {', '.join(apart)}: losses of {STEPS} steps differ by {max(apart.values()):.1g}")
        wrong += [f"Keras' {kind} on {backend}: {off:.2g} apart" for kind, off in apart.items() if not off < TOLERANCE]
    return wrong


def main() -> None:
    """The largest relative difference of losses of each kind, as JSON."""
    import keras

    keras.config.set_floatx("float64")
    print("\n" + json.dumps({kind: _apart(kind) for kind in KINDS}))


def _apart(kind: str) -> float:
    import keras
    import numpy as np

    name, options, convention = KINDS[kind]
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    x, target = rng.standard_normal((ROWS, COUNT, INPUTS)), rng.standard_normal((ROWS, WIDTH))
    layer = getattr(keras.layers, name)(WIDTH, bias_initializer="random_normal", **options)
    model = keras.Sequential([keras.layers.Input((COUNT, INPUTS)), layer])
    model.compile(optimizer=keras.optimizers.SGD(RATE), loss="mse")
    ours = _ours(name, convention, model.get_weights(), x, target)
    theirs = []
    for _ in range(STEPS):
        last = keras.ops.convert_to_numpy(model(x))  # what train_on_batch returns is a float32
        theirs.append(float(((last - target) ** 2).mean()))
        model.train_on_batch(x, target)
    assert theirs[-1] < theirs[0] * (1 - 1e-3), "Keras' model has learned nothing"
    return max(abs(a - b) / b for a, b in zip(ours, theirs, strict=True))


def _ours(
    name: str, convention: str, weights: Sequence[NDArray[Any]], x: NDArray[Any], target: NDArray[Any]
) -> list[float]:
    """Losses before each step of gatewise's layer, which begins with Keras' weights."""
    import numpy as np
    import torch

    import gatewise

    layer = getattr(gatewise, name)(INPUTS, WIDTH, batch_first=True, convention=convention, dtype=torch.float64)
    matrices, biases = [w.T for w in weights[:2]], list(np.atleast_2d(weights[2]))
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), [*matrices, *biases], strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))
    optimizer, losses = torch.optim.SGD(layer.parameters(), RATE), []
    for _ in range(STEPS):
        loss = torch.nn.functional.mse_loss(layer(torch.from_numpy(x))[0][:, -1], torch.from_numpy(target))
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


if __name__ == "__main__":
    main()
