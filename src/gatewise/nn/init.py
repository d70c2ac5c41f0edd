"""Initial weights: as torch draws them, or as the literature on recurrent cells recommends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

from gatewise.errors import OptionError
from gatewise.nn.checks import check_flag, is_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    from gatewise.reference.conventions import Convention


@dataclass(frozen=True, kw_only=True)
class Init:
    """Initial weights, biases and state of a layer. Biases are 0 unless an option here sets them.

    Args:
        weight_hh: Recurrent weights. ``orthogonal``: each gate's block (H, H) is a random orthogonal matrix (Saxe,
            McClelland and Ganguli 2014, arXiv:1312.6120). ``uniform``: U(-1/√H, 1/√H), as in torch.
        weight_ih: Weights of the inputs. ``glorot``: each gate's block (H, I) is drawn from U(-b, b) with
            b = √(6 / (I + H)) (Glorot and Bengio 2010, equation 16). ``uniform``: U(-1/√H, 1/√H), as in torch.
        forget_bias: Bias of an LSTM's forget gate. In a convention with two biases per gate it is their sum (Gers,
            Schmidhuber and Cummins 2000; Jozefowicz, Zaremba and Sutskever 2015).
        chrono: How many steps the units are to remember, (t_min, t_max); t_max alone stands for (2, t_max). Each unit
            draws a time from U(t_min, t_max), and its gates' biases are set so that it loses 1/time of its state a step
            as long as the gates' inputs are 0. LSTM: the forget gate's bias is log(time - 1), the input gate's is
            -log(time - 1). GRU: the update gate's bias is log(time - 1) if z weighs the old state, -log(time - 1) if z
            weighs the candidate (Tallec and Ollivier 2018, arXiv:1804.11188).
        learn_state: Whether the initial state is learned: parameters ``h_0``, and ``c_0`` of an LSTM, with one row for
            each depth and direction, which begin at 0. All rows of a batch share them. They are used where the caller
            gives no state.

    Raises:
        OptionError: A value is not allowed, or two values contradict each other. The layer itself refuses options that
            its cell has no use for.

    >>> Init(chrono=100).times
    (2, 100)
    """

    weight_hh: Literal["orthogonal", "uniform"] = "orthogonal"
    weight_ih: Literal["glorot", "uniform"] = "glorot"
    forget_bias: float = 1.0
    chrono: float | tuple[float, float] | None = None
    learn_state: bool = False

    def __post_init__(self) -> None:
        for name, drawn in (("weight_hh", "orthogonal"), ("weight_ih", "glorot")):
            if (got := getattr(self, name)) not in (drawn, "uniform"):
                raise OptionError(
                    f"got {name}={got!r}, expected {drawn!r} or 'uniform'. Type for example {name}={drawn!r}"
                )
        if not is_number(self.forget_bias):
            raise OptionError(
                f"got forget_bias={self.forget_bias!r}, expected a number. Type for example forget_bias=1.0"
            )
        check_flag("learn_state", self.learn_state)
        if self.chrono is not None:
            self._check_chrono()

    def _check_chrono(self) -> None:
        if self.forget_bias != 1.0:
            raise OptionError(
                f"got chrono={self.chrono!r} and forget_bias={self.forget_bias}, expected one of them: both set the "
                "forget gate's bias. Leave forget_bias out"
            )
        times = self.times or ()
        if len(times) != 2 or not all(map(is_number, times)) or not 1 < times[0] <= times[1]:
            raise OptionError(
                f"got chrono={self.chrono!r}, expected the steps to remember, (t_min, t_max) with 1 < t_min <= t_max, "
                "or t_max alone, from 2 on. Type for example chrono=100"
            )

    @property
    def times(self) -> tuple[float, float] | None:
        """(t_min, t_max) as ``chrono`` says, or None without it."""
        return self.chrono if self.chrono is None or isinstance(self.chrono, tuple) else (2, self.chrono)


_NEEDS = {
    "forget_bias": ({"lstm"}, "an LSTM, which has a forget gate"),
    "chrono": ({"lstm", "gru"}, "a cell with gates"),
}
"""The options that set biases: which cells have such a bias, and the same in words for a message."""


def check_init(init: object, rules: Convention, *, bias: bool) -> None:
    """Check that ``init`` is None or an `Init` that sets only what the layer has.

    Args:
        init: The caller's argument.
        rules: The layer's convention.
        bias: Whether the layer has biases.

    Raises:
        OptionError: ``init`` is anything else, or it sets a bias that the layer does not have.
    """
    if init is None:
        return
    if not isinstance(init, Init):
        raise OptionError(
            f"got init={init!r}, expected a gatewise.Init, or None for torch's draw. "
            "Type for example init=gatewise.Init(forget_bias=1.0)"
        )
    for name, (cells, expected) in _NEEDS.items():
        value = getattr(init, name)
        if value == getattr(Init, name):  # the default is no wish of the caller
            continue
        if rules.cell not in cells:
            got = f"{name}={value!r} for the {rules.cell.upper()}"
            raise OptionError(f"got {got}, expected {expected}. Leave {name} out")
        if not bias:
            raise OptionError(f"got {name}={value!r} with bias=False, expected biases to set. Leave one of the two out")


def uniform_(parameters: Iterable[Tensor], hidden_size: int, generator: torch.Generator | None = None) -> None:
    """Fill every parameter with U(-1/√H, 1/√H), in place and in their order, as torch.nn does.

    Args:
        parameters: Weights and biases of a layer.
        hidden_size: H.
        generator: The random numbers; None for torch's global generator.
    """
    bound = hidden_size**-0.5 if hidden_size else 0.0
    for parameter in parameters:
        torch.nn.init.uniform_(parameter, -bound, bound, generator=generator)


@torch.no_grad()
def draw_(
    parameters: Mapping[str, Tensor], init: Init, rules: Convention, generator: torch.Generator | None = None
) -> None:
    """Fill packed parameters as an `Init` says, in place and in their order.

    Args:
        parameters: Parameters by name. The beginning of a name tells what it is: ``weight_ih``, shape (gates·H, I);
            ``weight_hh``, shape (gates·H, H); ``bias_ih`` and ``bias_hh``, shape (gates·H,); ``peepholes``, set to 0.
        init: What to fill them with, checked by `check_init`.
        rules: The layer's convention.
        generator: The random numbers; None for torch's global generator.
    """
    for name, packed in parameters.items():
        if name.startswith("peepholes"):
            packed.zero_()
            continue
        blocks = dict(zip(rules.gates, packed.chunk(len(rules.gates)), strict=True))
        if name.startswith("weight"):
            how = init.weight_ih if name.startswith("weight_ih") else init.weight_hh
            for block in blocks.values():
                _weight_(block, how, generator)
        else:
            packed.zero_()
            if name.startswith("bias_ih"):  # a second bias stays 0, so that the sum of both is the drawn one
                _bias_(blocks, init, rules, generator)


def is_norm(name: str) -> bool:
    """Whether a parameter of this name belongs to layer norm, whose parameters are not random."""
    return name.removeprefix("parametrizations.").startswith(("gains", "cell_norm"))


@torch.no_grad()
def norm_(parameters: Mapping[str, Tensor]) -> None:
    """Fill the parameters of layer norm in place: gains with 1, shifts with 0 (Ba, Kiros and Hinton 2016).

    Args:
        parameters: Parameters by name: ``gains``, of shape (2, gates·H); or ``cell_norm``, of shape (2, H), whose rows
            are gain and shift.
    """
    for name, parameter in parameters.items():
        parameter.fill_(1.0)
        if "cell_norm" in name:
            parameter[1] = 0.0


def _weight_(block: Tensor, how: str, generator: torch.Generator | None) -> None:
    """Fill the weights of one gate, shape (H, I) or (H, H)."""
    if how == "uniform":
        uniform_([block], len(block), generator)
    elif how == "glorot":
        torch.nn.init.xavier_uniform_(block, generator=generator)
    else:  # torch draws no orthogonal matrix in half precision
        drawn = torch.empty_like(block, dtype=torch.promote_types(block.dtype, torch.float32))
        block.copy_(torch.nn.init.orthogonal_(drawn, generator=generator))


def _bias_(blocks: Mapping[str, Tensor], init: Init, rules: Convention, generator: torch.Generator | None) -> None:
    """Fill the biases of the gates that decide how long the state lasts; all biases are 0 before.

    A coupled LSTM has no forget block: f = 1 - i = σ(-a) for i = σ(a), so the input gate gets the negative bias.
    """
    if init.times is None:
        if "forget" in blocks:
            blocks["forget"].fill_(init.forget_bias)
        elif rules.cell == "lstm":
            blocks["input"].fill_(-init.forget_bias)
        return
    t_min, t_max = init.times
    gate = blocks["update"] if rules.cell == "gru" else blocks.get("forget", blocks["input"])
    gate.uniform_(t_min - 1, t_max - 1, generator=generator).log_()
    if "forget" in blocks:
        blocks["input"].copy_(-gate)
    elif rules.cell == "lstm" or rules.update == "candidate":
        gate.neg_()
