"""Train a client's model for some steps, and print its losses and processor time as JSON; run by clients.py.

    python -m gatewise.patched benchmarks/clients/_train.py skorch --double

Whether layers are torch's or gatewise's is decided by how it is started.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch

import gatewise

sys.path.insert(0, str(Path(__file__).resolve().parent))
from gatewise.kernels import ops, single
from gatewise.nn import projection

if TYPE_CHECKING:
    from collections.abc import Callable


def doubled() -> None:
    """Let every float32 of a client be a float64, so that losses can be compared to many digits."""
    wide = torch.float64
    torch.set_default_dtype(wide)
    torch.float32 = torch.float = wide
    torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign]
    torch.FloatTensor = torch.DoubleTensor
    for name in ("from_numpy", "as_tensor", "tensor", "stack", "cat"):
        setattr(torch, name, _widened(getattr(torch, name)))


def _widened(make):  # type: ignore[no-untyped-def]
    """A function whose results are of float64 where they were of float32."""

    def made(*args, **kwargs):  # type: ignore[no-untyped-def]
        result = make(*args, **kwargs)
        return result.double() if result.dtype is _NARROW else result

    return made


_NARROW = torch.float32


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--double", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    assert gatewise.LSTM is not None  # loaded before dtypes are changed
    if options.double:
        doubled()
    from _trainings import TRAININGS

    losses: list[float] = []
    calls = [0]
    backward = torch.Tensor.backward

    def noting(loss: torch.Tensor, *args: object, **kwargs: object) -> None:
        losses.append(float(loss.detach().sum()))
        backward(loss, *args, **kwargs)

    def counted(run: Callable[..., object]) -> Callable[..., object]:
        def counting(*args: object, **kwargs: object) -> object:
            calls[0] += 1
            return run(*args, **kwargs)

        return counting

    torch.Tensor.backward = noting  # type: ignore[method-assign]
    ops.run = counted(ops.run)
    single.run = counted(single.run)
    projection.lstm = counted(projection.lstm)  # what a layer with a small projection calls instead
    train = TRAININGS[options.name]()
    torch.manual_seed(0)
    begun = time.process_time()
    train()
    seconds = time.process_time() - begun
    print("\n" + json.dumps({"losses": losses, "seconds": seconds, "calls": calls[0]}))


if __name__ == "__main__":
    main()
