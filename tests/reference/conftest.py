"""Random problems for the reference cells: asymmetric weights, H != I != N != T."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gatewise.reference.conventions import preset
from gatewise.reference.scan import Weights

T, N, I, H = 6, 4, 3, 5
Problem = Callable[..., tuple[Tensor, tuple[Tensor, ...], Weights]]


@pytest.fixture
def problem() -> Problem:
    """Draw x, an initial state and weights in float64, all with gradients."""
    generator = torch.Generator().manual_seed(7)

    def normal(*shape: int, scale: float = 1.0) -> Tensor:
        return (scale * torch.randn(*shape, dtype=torch.float64, generator=generator)).requires_grad_()

    def draw(
        cell: str, convention: str = "textbook", *, bias: bool = True, size: tuple[int, int, int, int] = (T, N, I, H)
    ) -> tuple[Tensor, tuple[Tensor, ...], Weights]:
        rules = preset(cell, convention)
        steps, rows, inputs, hidden = size
        packed = len(rules.gates) * hidden
        biases = [normal(packed) for _ in range(rules.biases if bias else 0)]
        weights = Weights(normal(packed, inputs, scale=0.7), normal(packed, hidden, scale=0.7), *biases)
        state = tuple(normal(rows, hidden) for _ in range(2 if cell == "lstm" else 1))
        return normal(steps, rows, inputs), state, weights

    return draw
