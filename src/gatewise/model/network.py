"""The model that is compared: tables of categories, one recurrent layer, a linear head on a summary of its outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import safetensors.numpy
import torch
from torch import Tensor, nn

from gatewise.arms import kind
from gatewise.nn.init import Init
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.run.plan import Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.run.plan import Embedded

State = Tensor | tuple[Tensor, Tensor]
"""The state of a layer, of an LSTM (h, c), each of shape (1, N, H)."""

_LAYERS: dict[str, type[LSTM] | type[GRU] | type[RNN]] = {"LSTM": LSTM, "GRU": GRU, "RNN": RNN}

PLAIN = Shape()
"""The last state of one direction, weights as torch draws them."""


def tensors(x: NDArray[Any], lengths: NDArray[Any] | None) -> tuple[Tensor, Tensor | None]:
    """Inputs as a task gives them, as tensors that share their memory."""
    return torch.from_numpy(x), None if lengths is None else torch.from_numpy(lengths)


class Network(nn.Module):
    """Tables of categories where there are any, recurrent layer, dropout on what the head reads, linear head.

    Args:
        cell: A cell's label, such as ``lstm`` or ``gru#2``.
        input_size: Channels of x.
        hidden_size: Width of the layer, in each direction.
        outputs: Width of the head.
        generator: Draws the initial weights; those of the head from U(-1/√K, 1/√K), where it reads K numbers,
            those of tables from N(0, `SMALL`²), but for the row of unknown values, which begins at 0.
        shape: What the network is made of.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        outputs: int,
        generator: torch.Generator,
        shape: Shape = PLAIN,
    ) -> None:
        super().__init__()
        self.shape, self.input_size, chosen = shape, input_size, kind(cell)
        self.layer = _LAYERS[chosen.layer](
            shape.layer_inputs(input_size),
            hidden_size,
            batch_first=True,
            bidirectional=shape.bidirectional,
            convention=chosen.convention,
            init=Init() if shape.init == "literature" else None,
            generator=generator,
        )
        read = shape.head_inputs(hidden_size)
        self.head = nn.Linear(read, outputs)
        bound = 0.0 if shape.zero_head else read**-0.5
        for parameter in self.head.parameters():
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
        self.tables = nn.ModuleList(_table(each, generator) for each in shape.embedded)

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
            dropout: Share of what the head reads that is set to 0 in training, the rest scaled up.
            generator: Draws what is dropped.
        """
        if self.shape.window is not None:
            x = x[:, -self.shape.window :]
        if self.shape.embedded:
            x = self._embedded(x)
        unit = None
        if self.shape.normalisation == "window":
            x, unit = _by_window(x, self.shape.targets)
        h, state = self.layer(x, lengths=lengths)
        read = self.layer.summary(state)
        if self.shape.readout == "pooled":
            read = torch.cat([read, *_pooled(h, lengths)], dim=1)
        out: Tensor = self.head(_dropped(read, dropout, generator))
        return out if unit is None else (out.reshape(len(out), -1, self.shape.targets) * unit).reshape(out.shape)

    def states(self, x: Tensor, lengths: Tensor | None = None, state: State | None = None) -> tuple[Tensor, State]:
        """The layer's outputs at each step, shape (N, T, H), which the head reads where each step is answered.

        Args:
            x: Prepared inputs, shape (N, T, input_size).
            lengths: Steps of each row, shape (N,); None where all rows fill T.
            state: What each row begins with, h of shape (1, N, H), of an LSTM (h, c); None for zeros.

        Returns:
            The outputs, and the state after each row's last step.
        """
        found: tuple[Tensor, State] = self.layer(
            self._embedded(x) if self.shape.embedded else x, state, lengths=lengths
        )
        return found

    def answers(self, read: Tensor, *, dropout: float = 0.0, generator: torch.Generator | None = None) -> Tensor:
        """What the head makes of outputs of the layer, shape (..., outputs), some of which may be dropped."""
        out: Tensor = self.head(_dropped(read, dropout, generator))
        return out

    def _embedded(self, x: Tensor) -> Tensor:
        """Inputs with the rows of tables, behind the other channels, in the place of the channels that number them."""
        coded = [each.channel for each in self.shape.embedded]
        others = [k for k in range(x.shape[2]) if k not in coded]
        rows = [table(x[:, :, k].long()) for table, k in zip(self.tables, coded, strict=True)]
        return torch.cat([x[:, :, others], *rows], dim=2)

    def to_bytes(self) -> bytes:
        """The weights as a safetensors file."""
        return safetensors.numpy.save({name: value.numpy() for name, value in self.state_dict().items()})

    def load_bytes(self, content: bytes) -> None:
        """Take the weights of a safetensors file."""
        arrays = safetensors.numpy.load(content)
        self.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})


def _dropped(read: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """A ``share`` of the numbers set to 0, the others scaled up."""
    if share == 0.0:
        return read
    kept = torch.rand(read.shape, generator=generator) >= share
    return read * kept / (1.0 - share)


SMALL = 0.1
"""Spread of what tables of categories begin with: a value that is seen in few rows stays near the unknown one."""


def _table(embedded: Embedded, generator: torch.Generator) -> nn.Embedding:
    """A row for each value of a category, the first one for those that are unknown."""
    table = nn.Embedding(embedded.values + 1, embedded.width)
    nn.init.normal_(table.weight, 0.0, SMALL, generator=generator)
    with torch.no_grad():
        table.weight[0] = 0.0
    return table


FLATTEST = 0.05
"""Least spread of a target in a window, in units of its spread in training: a flat window is not blown up."""


def _by_window(x: Tensor, targets: int) -> tuple[Tensor, Tensor]:
    """Target channels less their mean in each window and in units of their spread in it; and these units, (N, 1, C).

    As the reversible instance normalisation of Kim et al. 2022 (ICLR), without its trained scales; an anchor takes the
    place of the mean in what is answered.
    """
    own = x[:, :, :targets]
    unit = own.std(dim=1, keepdim=True, correction=0).clamp_min(FLATTEST)
    return torch.cat([(own - own.mean(dim=1, keepdim=True)) / unit, x[:, :, targets:]], dim=2), unit


def _pooled(h: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean and maximum of each row's outputs over its own steps, shape (N, C), for h of shape (N, T, C)."""
    if lengths is None:
        return h.mean(dim=1), h.amax(dim=1)
    beyond = (torch.arange(h.shape[1]) >= lengths[:, None])[..., None]
    mean = h.masked_fill(beyond, 0.0).sum(dim=1) / lengths[:, None].to(h.dtype)
    return mean, h.masked_fill(beyond, -torch.inf).amax(dim=1)
