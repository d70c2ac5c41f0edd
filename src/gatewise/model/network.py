"""The model that is compared: one recurrent layer and a linear head on its last hidden state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import safetensors.numpy
import torch
from torch import nn

from gatewise.arms import kind
from gatewise.nn.layers import GRU, LSTM, RNN

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

_LAYERS: dict[str, type[LSTM] | type[GRU] | type[RNN]] = {"LSTM": LSTM, "GRU": GRU, "RNN": RNN}


def tensors(x: NDArray[Any], lengths: NDArray[Any] | None) -> tuple[Tensor, Tensor | None]:
    """Inputs as a task gives them, as tensors that share their memory."""
    return torch.from_numpy(x), None if lengths is None else torch.from_numpy(lengths)


class Network(nn.Module):
    """Recurrent layer, dropout on the last hidden state, linear head.

    Args:
        cell: A cell's label, such as ``lstm`` or ``gru#2``.
        input_size: Channels of x.
        hidden_size: Width of the layer.
        outputs: Width of the head.
        generator: Draws the initial weights: U(-1/√H, 1/√H) in layer and head alike, as PyTorch does.
    """

    def __init__(self, cell: str, input_size: int, hidden_size: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        chosen = kind(cell)
        layer = _LAYERS[chosen.layer]
        self.layer = layer(input_size, hidden_size, batch_first=True, convention=chosen.convention, generator=generator)
        self.head = nn.Linear(hidden_size, outputs)
        bound = hidden_size**-0.5
        for parameter in self.head.parameters():
            nn.init.uniform_(parameter, -bound, bound, generator=generator)

    def forward(
        self,
        x: Tensor,
        lengths: Tensor | None = None,
        *,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Outputs of the head, shape (N, outputs), for x of shape (N, T, input_size).

        Args:
            x: Prepared inputs.
            lengths: Steps of each row, shape (N,); None where all rows fill T.
            dropout: Share of the last hidden state set to 0 in training, the rest scaled up.
            generator: Draws what is dropped.
        """
        _, state = self.layer(x, lengths=lengths)
        h_n = (state[0] if isinstance(state, tuple) else state)[-1]
        if dropout > 0.0:
            kept = torch.rand(h_n.shape, generator=generator) >= dropout
            h_n = h_n * kept / (1.0 - dropout)
        out: Tensor = self.head(h_n)
        return out

    def to_bytes(self) -> bytes:
        """The weights as a safetensors file."""
        return safetensors.numpy.save({name: value.numpy() for name, value in self.state_dict().items()})

    def load_bytes(self, content: bytes) -> None:
        """Take the weights of a safetensors file."""
        arrays = safetensors.numpy.load(content)
        self.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
