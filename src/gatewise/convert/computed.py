"""Weights that torch computes before a call of a module, and that are old until then: weight norm, pruning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

if TYPE_CHECKING:
    from torch import nn


@torch.no_grad()
def compute_weights(module: nn.Module) -> None:
    """Compute the weights of a module as its next call would, by the hooks of torch that do so.

    Parametrizations need no such help: they compute a weight whenever it is read.

    Args:
        module: A module; its weights are changed in place. Other hooks of it are not run.
    """
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, SpectralNorm):  # a call in training would also change the vectors it iterates on
            setattr(module, hook.name, hook.compute_weight(module, do_power_iteration=False))
        elif isinstance(hook, (WeightNorm, BasePruningMethod)):
            hook(module, ())
