"""The extension module: whether it is there, which instruction set it uses, and how it lays out what it keeps."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import torch

from gatewise.errors import OptionError, nearest
from gatewise.kernels.call import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

    from gatewise.kernels.call import Places

CODES = {("lstm", None): 0, ("gru", "before"): 1, ("gru", "after"): 2, ("rnn", None): 3}
"""The kernels' number of every cell, by name and by whether the reset is before or after the product."""

CELLS = {0: "lstm", 1: "gru", 2: "gru", 3: "rnn"}
"""The name of every cell by the kernels' number."""

DTYPES = (torch.float32, torch.float64)
"""The dtypes that the kernels compute in."""

STRETCH = 64
"""The number of steps from one kept state to the next is a multiple of this, see csrc/contract.h."""

WHOLE = 2**40
"""A stretch longer than any sequence; a multiple of `STRETCH`."""


class PackedStep(Protocol):
    """One cell's step on weights that are packed once, and again when their checksum has changed."""

    def step(self, *arguments: int) -> None:
        """Write the next state: weight_ih, weight_hh, bias_ih, bias_hh, N, x, h, c, h_next, c_next, output."""


class Extension(Protocol):
    """What ``csrc/bindings.cpp`` offers. Tensors come as ``data_ptr()``, 0 for null; csrc/contract.h has shapes."""

    def instruction_sets(self) -> list[str]:
        """The instruction sets that run on this processor, fastest first."""

    def choose(self, name: str) -> str:
        """Use an instruction set, "" for the fastest, and return its name; ValueError if it does not run here."""

    def openmp(self) -> str:
        """File name of the OpenMP runtime that is shared with torch; "" for none."""

    def layout(
        self, double: bool, cell: int, hidden: int, normed: bool
    ) -> tuple[int, int, int, int, list[int], list[int]]:
        """Blocks, padded, width, products, x_block, h_block: see `Layout` in csrc/contract.h."""

    def kept(self, double: bool, shape: Sequence[int]) -> Tensor:
        """A tensor of unspecified contents; when it is freed, its memory is kept for the next one of about its size."""

    def structures(self) -> Places:
        """Where the fields of csrc/contract.h lie."""

    def forward(self, fields: int, double: bool, threads: int) -> None:
        """Run a layer over a sequence: the address of a `call.Forward`, filled; ValueError for a length."""

    def backward(self, fields: int, double: bool, threads: int) -> None:
        """Gradients of `forward`: the address of a `call.Backward`, filled."""

    def workspace(self, examples: int, double: bool, training: bool) -> int:
        """How many numbers of scratch a `call.Examples` needs for `answer`, or for `train`."""

    def answer(self, answers: int, double: bool) -> None:
        """A network's outputs: the address of a `call.Answers`, filled."""

    def train(self, training: int, double: bool) -> float:
        """One optimiser step: the address of a `call.Training`, filled; the mean loss before it."""

    Stepper: Callable[[bool, int, bool, int, int], PackedStep]
    """Makes a step that has packed no weights yet: is_double, cell, update_is_state, I, H."""

    def fused_multiply_adds(self, double: bool, threads: int, rounds: int) -> tuple[float, float]:
        """Seconds and floating-point operations of a loop of fused multiply-adds in registers: the machine's peak."""


class Native(NamedTuple):
    """The extension as it was found at import.

    Attributes:
        extension: The module, or None.
        isa: The instruction set in use; "" without an extension.
        reason: Why no extension is in use; "" if one is.
        plain: Whether the user asks for plain operations alone, without cuDNN as well.
    """

    extension: Extension | None
    isa: str
    reason: str
    plain: bool = False


def load(environment: Mapping[str, str]) -> Native:
    """Load the extension as ``GATEWISE_KERNEL`` and ``GATEWISE_ISA`` ask.

    Args:
        environment: Environment variables.

    Raises:
        OptionError: One of the two has an unknown value, or names an instruction set that does not run here.
        ImportError: The extension was compiled from sources that disagree with this package about a call's fields.
    """
    kernel, isa = environment.get("GATEWISE_KERNEL", ""), environment.get("GATEWISE_ISA", "")
    if kernel not in ("", "native", "reference"):
        raise OptionError(
            f"got GATEWISE_KERNEL={kernel}, expected native or reference. Type GATEWISE_KERNEL=reference for plain "
            "PyTorch operations, or leave it unset"
        )
    if kernel == "reference":
        return Native(None, "", "GATEWISE_KERNEL=reference turns the native kernels off, and cuDNN", plain=True)
    try:
        extension = cast("Extension", import_module("gatewise._native"))
    except ImportError as error:
        return Native(
            None, "", f"the native kernels cannot be loaded ({error}). Type pip install --force-reinstall gatewise"
        )
    _check_fields(extension)
    try:
        return Native(extension, extension.choose(isa), "")
    except ValueError:
        raise OptionError(
            f"got GATEWISE_ISA={isa}, expected an instruction set that runs here; "
            f"{nearest(isa, extension.instruction_sets())}. Leave it unset for the best"
        ) from None


def _check_fields(extension: Extension) -> None:
    """Refuse an extension that would read a call's fields where this package does not write them."""
    apart = difference(extension.structures()) if hasattr(extension, "structures") else "got no list of fields"
    if apart:
        raise ImportError(
            f"the compiled kernels and this package are of different versions: {apart}. Type pip install "
            "--force-reinstall gatewise, or in a checkout make setup"
        )


NATIVE = load(os.environ)
"""The extension of this process, looked for once, at import."""


def extension() -> Extension:
    """The extension module, for a call that needs it.

    Raises:
        RuntimeError: There is none, so an operator that needs it cannot run.
    """
    if NATIVE.extension is None:
        raise RuntimeError(f"this call was recorded for the native kernels, and {NATIVE.reason}")
    return NATIVE.extension


class Layout(NamedTuple):
    """How the kernels lay out what they keep for backward, for one step of one row of the batch.

    Attributes:
        padded: Numbers from the beginning of one gate's block to the next; the first H of a block have a meaning.
        width: Numbers of all gates together.
        products: Numbers that layer norm keeps in addition; 0 without it.
    """

    padded: int
    width: int
    products: int


def stretch(checkpoint: int | None) -> int:
    """A layer's ``checkpoint`` rounded up to a multiple of `STRETCH`; 0 for None."""
    return 0 if checkpoint is None else min(-(-checkpoint // STRETCH) * STRETCH, WHOLE)


@cache
def layout(double: bool, cell: int, hidden: int, normed: bool = False) -> Layout:
    """The layout of a cell's kept gates; blocks lie in the order of `gatewise.reference.scan.GATES`."""
    _, padded, width, products, *_ = extension().layout(double, cell, hidden, normed)
    return Layout(padded, width, products)
