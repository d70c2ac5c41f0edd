"""Regularisation inside a recurrent layer: dropout of the state and of the recurrent weights, and zoneout."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_packed_sequence

from gatewise.errors import OptionError
from gatewise.nn.checks import is_number
from gatewise.reference.scan import Factors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor
    from torch.nn.utils.rnn import PackedSequence


@dataclass(frozen=True, kw_only=True)
class Regularize:
    """Regularisation of a layer's state and recurrent weights in training. Each option is a share, and 0 turns it off.

    Args:
        recurrent_dropout: Share of the units of h that the products with the recurrent weights see as 0; they see the
            others as h / (1 - share). The units are chosen once for each sequence and are the same at all its steps.
            The state that passes from step to step without a product is not changed: the LSTM's cell state, and the
            part of h that the GRU's update gate keeps (Gal and Ghahramani 2016, arXiv:1512.05287; on leaving that part
            unchanged Semeniuta, Severyn and Barth 2016, arXiv:1603.05118).
        weight_dropout: Share of the recurrent weights that are set to 0; the others are divided by 1 - share. They are
            chosen anew for each call (Wan and others 2013, "Regularization of neural networks using DropConnect", ICML;
            Merity, Keskar and Socher 2018, arXiv:1708.02182).
        zoneout: Share of the units of h that keep their old value, chosen anew for each sequence and step. In eval mode
            the new h is share · old + (1 - share) · new instead (Krueger and others 2017, arXiv:1606.01305).
        zoneout_cell: The same for the cell state of an LSTM. h is computed from the cell state before this mixing.

    Raises:
        OptionError: A share is not a number from 0 to below 1.
    """

    recurrent_dropout: float = 0.0
    weight_dropout: float = 0.0
    zoneout: float = 0.0
    zoneout_cell: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            share = getattr(self, field.name)
            if not is_number(share) or not 0 <= share < 1:
                raise OptionError(
                    f"got {field.name}={share!r}, expected a share from 0 to below 1. Type for example {field.name}=0.2"
                )

    @property
    def at_rest(self) -> bool:
        """Whether the layer in eval mode computes the plain cell; with zoneout it does not, for that acts then too."""
        return self.zoneout == 0.0 == self.zoneout_cell

    def multiplies(self, *, training: bool) -> bool:
        """Whether `factors` would return any factor, in training or in eval mode."""
        return not self.at_rest or (training and self.recurrent_dropout > 0)


def check_regularize(regularize: object, cell: str) -> None:
    """Check that ``regularize`` is None or a `Regularize` for states that the cell has.

    Raises:
        OptionError: It is anything else, or has zoneout of a cell state that the cell has not.
    """
    if regularize is None:
        return
    if not isinstance(regularize, Regularize):
        raise OptionError(
            f"got regularize={regularize!r}, expected a gatewise.Regularize, or None for none. "
            "Type for example regularize=gatewise.Regularize(recurrent_dropout=0.2)"
        )
    if regularize.zoneout_cell and cell != "lstm":
        raise OptionError(
            f"got zoneout_cell={regularize.zoneout_cell} for the {cell.upper()}, which has no cell state. "
            "Type zoneout for h, or make an LSTM"
        )


def factors(
    regularize: Regularize,
    shape: tuple[int, int, int],
    like: Tensor,
    *,
    training: bool,
    generator: torch.Generator | None,
) -> Factors:
    """Draw the factors by which the states of one depth and direction are multiplied.

    Args:
        regularize: The layer's regularisation.
        shape: (T, N, H).
        like: A tensor that has the dtype and device of the result.
        training: Whether the layer is in training mode.
        generator: The random numbers; None for torch's global generator.

    Returns:
        Factors of recurrent dropout, shape (N, H), and shares of zoneout, shape (T, N, H); None for those that are off.
    """
    dropped = None
    if training and regularize.recurrent_dropout:
        kept = 1.0 - regularize.recurrent_dropout
        dropped = _chosen(shape[1:], kept, like, generator) / kept
    still = [
        None if share == 0.0
        else _chosen(shape, share, like, generator) if training
        else like.new_full((1, 1, shape[2]), share).expand(shape)
        for share in (regularize.zoneout, regularize.zoneout_cell)
    ]  # fmt: skip
    return Factors(dropped, *still)


def dropout(
    x: Tensor,
    share: float,
    *,
    training: bool,
    generator: torch.Generator | None,
    batch_first: bool = False,
    packed: PackedSequence | None = None,
) -> Tensor:
    """Set a ``share`` of the outputs of one layer to 0 before the next one reads them, in training mode.

    Without ``generator`` the numbers are those that torch's layers draw from the global one: theirs are drawn by time
    step, then by row, of a packed sequence for the steps alone that a row has.

    Args:
        x: The outputs, shape (T, N, H), or (N, T, H) with ``batch_first``.
        share: From 0 to 1; what is left is divided by 1 - share.
        training: Whether the layer is in training mode; if not, x is returned as it is.
        generator: The random numbers; None for torch's global generator.
        batch_first: Whether the batch is the first dimension of x.
        packed: The caller's input if it was packed.

    Returns:
        Shape of x.
    """
    kept = 1.0 - share
    if not training or kept in (0.0, 1.0) or (generator is None and packed is None and not batch_first):
        return F.dropout(x, share, training)
    if generator is not None:
        return x * (_chosen(x.shape, kept, x, generator) / kept)
    first, second, width = x.shape
    if packed is None:
        return x * x.new_empty(second, first, width).bernoulli_(kept).div_(kept).transpose(0, 1)
    noise = x.new_empty(len(packed.data), width).bernoulli_(kept).div_(kept)
    return x * pad_packed_sequence(packed._replace(data=noise), total_length=first)[0]


def thinned(weight_hh: Tensor, regularize: Regularize, generator: torch.Generator | None) -> Tensor:
    """Recurrent weights of which the share ``weight_dropout`` is set to 0, chosen anew; the others are scaled up.

    Args:
        weight_hh: Shape (gates·H, H).
        regularize: The layer's regularisation, with ``weight_dropout`` above 0.
        generator: The random numbers; None for torch's global generator.

    Returns:
        Shape of ``weight_hh``.
    """
    kept = 1.0 - regularize.weight_dropout
    return weight_hh * (_chosen(weight_hh.shape, kept, weight_hh, generator) / kept)


def _chosen(shape: Sequence[int], share: float, like: Tensor, generator: torch.Generator | None) -> Tensor:
    """A tensor of the given shape with 1 in a random ``share`` of all places, to a 65,536th, and 0 in the others.

    On the CPU it draws 64-bit numbers and takes each as four numbers of 16 bits. A draw for every place, also by
    ``bernoulli_``, would take a third of a small layer's time. torch.vmap can run these operations.
    """
    if not like.is_cpu:
        return (torch.rand(shape, device=like.device, generator=generator) < share).to(like.dtype)
    *front, last = shape
    drawn = torch.randint(-(2**63), 2**63 - 1, (*front, -(-last // 4)), device=like.device, generator=generator)
    return (drawn.view(torch.int16)[..., :last] < round(share * 2**16) - 2**15).to(like.dtype)
