"""What trains networks: the numbers of ``torch.optim.Adam``, without the compiler that ``torch.optim`` imports.

That import takes longer than many a small fit, in every process that trains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

FIRST, SECOND = 0.9, 0.999
"""Weights of the past in the running averages of gradients, and of their squares, a step."""

EPSILON = 1e-8
"""Added to the root that a step is divided by."""


class Adam:
    """Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1), to the bit as torch computes it on a CPU.

    Args:
        parameters: What is trained; every one has a gradient when a step is made.
        rate: The learning rate, which may be set anew between steps.
    """

    def __init__(self, parameters: Iterable[Tensor], rate: float) -> None:
        self.parameters, self.rate = list(parameters), rate
        self._made = 0
        self._means, self._squares = ([torch.zeros_like(p) for p in self.parameters] for _ in range(2))

    def forget(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """One step along the gradients."""
        self._made += 1
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        torch._foreach_lerp_(self._means, gradients, 1 - FIRST)
        torch._foreach_mul_(self._squares, SECOND)
        torch._foreach_addcmul_(self._squares, gradients, gradients, value=1 - SECOND)
        roots = torch._foreach_sqrt(self._squares)
        torch._foreach_div_(roots, (1 - SECOND**self._made) ** 0.5)
        torch._foreach_add_(roots, EPSILON)
        torch._foreach_addcdiv_(self.parameters, self._means, roots, value=-self.rate / (1 - FIRST**self._made))
