"""Initial weights: as torch draws them, or by the choices that the literature makes for recurrent cells."""

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
        weight_hh: ``orthogonal``: each gate's block (H, H) is a random rotation or reflection, by itself (Saxe,
            McClelland and Ganguli 2014, arXiv:1312.6120); or ``uniform``: U(-1/√H, 1/√H), as in torch.
        weight_ih: ``glorot``: each gate's block (H, I) is U(-b, b), b = √(6 / (I + H)) (Glorot and Bengio 2010,
            equation 16); or ``uniform``: U(-1/√H, 1/√H), as in torch.
        forget_bias: LSTM: the forget gate's bias. Where a convention has two biases, this is their sum (Gers,
            Schmidhuber and Cummins 2000; Jozefowicz, Zaremba and Sutskever 2015).
        chrono: Steps that units are to remember, (t_min, t_max), or t_max alone for (2, t_max): each unit draws a time
            from U(t_min, t_max) and forgets by 1/time a step as long as the gates see 0. LSTM: the forget gate's
            bias is log(time - 1), the input gate's its negative; GRU: the update gate's is log(time - 1) where z weighs
            the old state, its negative where z weighs the candidate (Tallec and Ollivier 2018, arXiv:1804.11188).
        learn_state: The state that a sequence starts from where the caller gives none is a parameter: ``h_0``, and
            ``c_0`` of an LSTM, one row for each depth and direction, 0 at first, shared by the batch.

    Raises:
        OptionError: A value out of its range, or two that contradict each other. The layer refuses what its cell has
            no use for.

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
            if (came := getattr(self, name)) not in (drawn, "uniform"):
                raise OptionError(
                    f"got {name}={came!r}, expected {drawn!r} or 'uniform'. Type for example {name}={drawn!r}"
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
        """(t_min, t_max) of ``chrono``, or None."""
        return self.chrono if self.chrono is None or isinstance(self.chrono, tuple) else (2, self.chrono)


_NEEDS = {
    "forget_bias": ({"lstm"}, "an LSTM, which has a forget gate"),
    "chrono": ({"lstm", "gru"}, "a cell with gates"),
}
"""Options that set biases: the cells they apply to, and those cells in words for a message."""


def check_init(init: object, rules: Convention, *, bias: bool) -> None:
    """A layer's ``init`` is None or an `Init`, and changes nothing that the layer does not have.

    Args:
        init: What the caller gave.
        rules: The layer's convention.
        bias: Whether the layer has biases.

    Raises:
        OptionError: Any of these is not so.
    """
    if init is None:
        return
    if not isinstance(init, Init):
        raise OptionError(
            f"got init={init!r}, expected a gatewise.Init, or None for torch's draw. "
            "Type for example init=gatewise.Init(forget_bias=1.0)"
        )
    for name, (cells, wanted) in _NEEDS.items():
        value = getattr(init, name)
        if value == getattr(Init, name):
            continue
        if rules.cell not in cells:
            raise OptionError(f"got {name}={value!r} for the {rules.cell.upper()}, expected {wanted}. Leave {name} out")
        if not bias:
            raise OptionError(f"got {name}={value!r} with bias=False, expected biases to set. Leave one of the two out")


def uniform_(parameters: Iterable[Tensor], hidden_size: int, generator: torch.Generator | None = None) -> None:
    """Fill every parameter with U(-1/√H, 1/√H), in place and in their order, as torch.nn does.

    Args:
        parameters: Weights and biases of a layer.
        hidden_size: H.
        generator: Where the numbers come from; None is torch's global one.
    """
    bound = hidden_size**-0.5
    for parameter in parameters:
        torch.nn.init.uniform_(parameter, -bound, bound, generator=generator)


@torch.no_grad()
def draw_(
    parameters: Mapping[str, Tensor], init: Init, rules: Convention, generator: torch.Generator | None = None
) -> None:
    """Fill packed parameters as an `Init` says, in place and in their order.

    Args:
        parameters: By name, which begins with ``weight_ih``, of shape (gates·H, I); ``weight_hh``, (gates·H, H);
            ``bias_ih`` and ``bias_hh``, (gates·H,); or ``peepholes``, which begin at 0.
        init: Has passed `check_init`.
        rules: The layer's convention.
        generator: Where the numbers come from; None is torch's global one.
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
    """Whether a parameter of this name is one of layer norm's, which are not drawn."""
    return name.removeprefix("parametrizations.").startswith(("gains", "cell_norm"))


@torch.no_grad()
def norm_(parameters: Mapping[str, Tensor]) -> None:
    """Fill layer norm's parameters, in place: gains 1, the shift 0 (Ba, Kiros and Hinton 2016).

    Args:
        parameters: By name: ``gains``, all of them; or ``cell_norm``, of shape (2, H), gain and shift.
    """
    for name, parameter in parameters.items():
        parameter.fill_(1.0)
        if "cell_norm" in name:
            parameter[1] = 0.0


def _weight_(block: Tensor, how: str, generator: torch.Generator | None) -> None:
    """One gate's weights, shape (H, I) or (H, H)."""
    if how == "uniform":
        uniform_([block], len(block), generator)
    elif how == "glorot":
        torch.nn.init.xavier_uniform_(block, generator=generator)
    else:  # half precision has no orthogonal factors
        drawn = torch.empty_like(block, dtype=torch.promote_types(block.dtype, torch.float32))
        block.copy_(torch.nn.init.orthogonal_(drawn, generator=generator))


def _bias_(blocks: Mapping[str, Tensor], init: Init, rules: Convention, generator: torch.Generator | None) -> None:
    """The biases, by gate, of those gates that decide how long the state lasts."""
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
