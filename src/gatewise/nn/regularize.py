"""Regularisation that acts inside of a recurrent layer, on its state and its recurrent weights, step by step."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from gatewise.errors import OptionError
from gatewise.nn.checks import is_number
from gatewise.reference.scan import Factors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Regularize:
    """What a layer does to its state and recurrent weights while it trains. All are shares, 0 for none.

    Args:
        recurrent_dropout: Of the units of h that all products see as 0 (the others as h / (1 - share)): a choice for
            each sequence that holds for all its steps. What passes from step to step beside the products, the LSTM's
            cell state and what the GRU's update gate keeps, is not touched (Gal and Ghahramani 2016, arXiv:1512.05287;
            Semeniuta, Severyn and Barth 2016, arXiv:1603.05118, for what stays untouched).
        weight_dropout: Of the recurrent weights that are 0 (the others divided by 1 - share): a choice for each call
            (Wan and others 2013, "Regularization of neural networks using DropConnect", ICML; Merity, Keskar and Socher
            2018, arXiv:1708.02182).
        zoneout: Of the units of h that stay as they are, chosen anew for each sequence and step; without training
            every unit is mixed with its old value in this share (Krueger and others 2017, arXiv:1606.01305).
        zoneout_cell: The same of the LSTM's cell state. h is made of the cell state as it would have been.

    Raises:
        OptionError: A share that is not from 0 to below 1.
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
        """Whether the layer in eval mode is the plain one: no zoneout, which then mixes states too."""
        return self.zoneout == 0.0 == self.zoneout_cell

    def multiplies(self, *, training: bool) -> bool:
        """Whether any state is multiplied by a factor, so that `factors` has to draw some."""
        return not self.at_rest or (training and self.recurrent_dropout > 0)


def check_regularize(regularize: object, cell: str) -> None:
    """A layer's ``regularize`` is None or a `Regularize`, of states that the cell has.

    Raises:
        OptionError: It is not.
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
    """What the states of one depth and direction are multiplied with, drawn anew.

    Args:
        regularize: What is wanted.
        shape: (T, N, H).
        like: Its dtype and device are taken.
        training: Whether the layer trains.
        generator: Where the numbers come from; None is torch's global one.
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


def dropout(x: Tensor, share: float, *, training: bool, generator: torch.Generator | None) -> Tensor:
    """What a layer hands to the next one, with a ``share`` of it 0 while it trains.

    Args:
        x: Any shape.
        share: From 0 to 1.
        training: Whether the layer trains.
        generator: Where the numbers come from; None is torch's global one.
    """
    if generator is None or not training:
        return F.dropout(x, share, training)
    kept = 1.0 - share
    return x * (_chosen(x.shape, kept, x, generator) / kept if kept else 0.0)


def thinned(weight_hh: Tensor, regularize: Regularize, generator: torch.Generator | None) -> Tensor:
    """Recurrent weights of which a share is 0, drawn anew.

    Args:
        weight_hh: Shape (gates·H, H).
        regularize: Has the share.
        generator: Where the numbers come from; None is torch's global one.
    """
    kept = 1.0 - regularize.weight_dropout
    return weight_hh * (_chosen(weight_hh.shape, kept, weight_hh, generator) / kept)


def _chosen(shape: Sequence[int], share: float, like: Tensor, generator: torch.Generator | None) -> Tensor:
    """1 for a ``share`` of all places (to a 65,536th), 0 for the others.

    On the CPU sixteen bits a place, four places a draw: numbers of full length would take a third of a small layer's
    time, and ``bernoulli_`` as long. vmap takes it.
    """
    if not like.is_cpu:
        return (torch.rand(shape, device=like.device, generator=generator) < share).to(like.dtype)
    *front, last = shape
    drawn = torch.randint(-(2**63), 2**63 - 1, (*front, -(-last // 4)), device=like.device, generator=generator)
    return (drawn.view(torch.int16)[..., :last] < round(share * 2**16) - 2**15).to(like.dtype)
