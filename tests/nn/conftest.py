"""Every layer, and random inputs."""

from collections.abc import Callable

import pytest
import torch

from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.recurrent import Recurrent

CELLS = {
    "lstm": (LSTM, "textbook"),
    "gru": (GRU, "textbook"),
    "gru-after": (GRU, "torch"),
    "rnn": (RNN, "textbook"),
}
I, H = 3, 5


@pytest.fixture(params=CELLS)
def make(request: pytest.FixtureRequest) -> Callable[..., Recurrent]:
    """Make a layer of every cell in float64, I = 3 and H = 5, with seeded weights."""
    layer, convention = CELLS[request.param]

    def made(**options: object) -> Recurrent:
        generator = torch.Generator().manual_seed(3)
        return layer(I, H, dtype=torch.float64, convention=convention, generator=generator, **options)

    return made


@pytest.fixture
def normal() -> Callable[..., torch.Tensor]:
    """Draw tensors of float64 from one seeded stream."""
    generator = torch.Generator().manual_seed(11)
    return lambda *shape: torch.randn(*shape, dtype=torch.float64, generator=generator)


@pytest.fixture
def state_of(normal) -> Callable[..., object]:
    """Draw an initial state of a layer."""

    def drawn(layer: Recurrent, *shape: int) -> object:
        return (normal(*shape), normal(*shape)) if isinstance(layer, LSTM) else normal(*shape)

    return drawn
