"""Cells that differ from the published ones in how their gates are made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gatewise.errors import OptionError
from gatewise.nn.checks import check_flag, is_number

if TYPE_CHECKING:
    from gatewise.reference.conventions import Convention


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What is different about a layer's gates.

    Args:
        peepholes: LSTM: input and forget gate also see the cell state before the step, the output gate the one after
            it, each unit its own by a weight: parameters ``peepholes_l0``, ... of shape (3, H), rows input, forget,
            output (Gers and Schmidhuber 2000, "Recurrent nets that time and count", IJCNN).
        coupled: LSTM: what enters is what is forgotten, f = 1 - i; there is no forget block in the parameters, and
            none in ``peepholes`` (Greff and others 2017, arXiv:1503.04069, variant CIFG).
        layer_norm: LSTM and GRU: the products of the inputs and of the state are normalised, each by itself, before
            the biases are added, the LSTM's four blocks together, of the GRU the two gates together and the candidate
            by itself; so is the LSTM's cell state on its way into h. Parameters ``gains_l0``, ... of shape
            (2, gates·H), rows inputs and state; and ``cell_norm_l0``, ... of shape (2, H), gain and shift (Ba, Kiros
            and Hinton 2016, arXiv:1607.06450).
        hard_sigmoid: Gates are 0.5 + slope · sum, held within 0 and 1, of this slope: 1/6 as in torch.nn.Hardsigmoid
            and Keras 3, 0.2 as in Keras 2 and ONNX. None for the logistic function.

    Raises:
        OptionError: A slope that is not above 0. The layer refuses what its cell has no use for.
    """

    peepholes: bool = False
    coupled: bool = False
    layer_norm: bool = False
    hard_sigmoid: float | None = None

    def __post_init__(self) -> None:
        check_flag("peepholes", self.peepholes)
        check_flag("coupled", self.coupled)
        check_flag("layer_norm", self.layer_norm)
        slope: object = self.hard_sigmoid
        if slope is not None and (not is_number(slope) or slope <= 0):
            raise OptionError(
                f"got hard_sigmoid={slope!r}, expected the slope of the hard sigmoid, above 0, or None for the "
                "logistic function. Type for example hard_sigmoid=1 / 6"
            )


def varied(rules: Convention, variant: object) -> Convention:
    """A convention as a variant has it.

    Args:
        rules: The preset.
        variant: The ``variant`` argument of the layer.

    Raises:
        OptionError: It is neither None nor a `Variant`, or the cell has no use for it.
    """
    if variant is None:
        return rules
    if not isinstance(variant, Variant):
        raise OptionError(
            f"got variant={variant!r}, expected a gatewise.Variant, or None for the cell as published. "
            "Type for example variant=gatewise.Variant(peepholes=True)"
        )
    for name in ("peepholes", "coupled"):
        if getattr(variant, name) and rules.cell != "lstm":
            raise OptionError(f"got {name}=True for the {rules.cell.upper()}, expected an LSTM. Leave {name} out")
    if variant.layer_norm and rules.cell == "rnn":
        raise OptionError("got layer_norm=True for the RNN, expected an LSTM or a GRU. Leave layer_norm out")
    if variant.layer_norm and variant.coupled:
        raise OptionError(
            "got layer_norm=True and coupled=True, expected one of them: what is normalised together is the published "
            "cell's four blocks. Leave one out"
        )
    if variant.hard_sigmoid is not None and rules.cell == "rnn":
        raise OptionError(f"got hard_sigmoid={variant.hard_sigmoid} for the RNN, which has no gates. Leave it out")
    gates = tuple(gate for gate in rules.gates if gate != "forget" or not variant.coupled)
    return replace(rules, gates=gates, hard_slope=float(variant.hard_sigmoid or 0.0))
