"""Variants of the published cells: peepholes, coupled gates, layer norm, hard sigmoid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gatewise.errors import OptionError
from gatewise.nn.checks import check_flag, is_number

if TYPE_CHECKING:
    from gatewise.reference.conventions import Convention


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Changes to the gates of a published cell.

    Args:
        peepholes: LSTM: gates also see the cell state, each unit its own with a weight: the input and the forget gate
            add p · c before the step, the output gate p · c after it. Parameters ``peepholes_l0``, ... of shape (3, H),
            rows input, forget, output (Gers and Schmidhuber 2000, "Recurrent nets that time and count", IJCNN).
        coupled: LSTM: the forget gate is f = 1 - i. The parameters then have no forget block, and ``peepholes`` no row
            for it (Greff and others 2017, arXiv:1503.04069, variant CIFG).
        layer_norm: LSTM and GRU: the product of the inputs and that of the state are each normalised, to mean 0 and
            variance 1 over a row, and multiplied by gains before the biases are added. A row is normalised over the
            LSTM's four blocks together; of the GRU over the two gates together, and over the candidate by itself. The
            LSTM's cell state is normalised too before its tanh. Parameters ``gains_l0``, ... of shape (2, gates·H),
            rows inputs and state; of an LSTM also ``cell_norm_l0``, ... of shape (2, H), rows gain and shift (Ba, Kiros
            and Hinton 2016, arXiv:1607.06450).
        hard_sigmoid: LSTM and GRU: slope of a hard sigmoid, 0.5 + slope · sum clipped to 0 and 1, as the gates'
            activation: 1/6 as in torch.nn.Hardsigmoid and Keras 3, 0.2 as in Keras 2 and ONNX. None for the logistic
            function (Courbariaux, Bengio and David 2015, arXiv:1511.00363).

    Raises:
        OptionError: A flag is not True or False, or the slope is not a number above 0. The layer itself refuses
            variants that its cell does not have.
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
    """Check a layer's ``variant`` and apply it to the layer's convention.

    Args:
        rules: The preset of the layer's ``convention``.
        variant: The ``variant`` argument of the layer.

    Returns:
        The convention without a forget block if gates are coupled, and with the slope of the hard sigmoid.

    Raises:
        OptionError: ``variant`` is neither None nor a `Variant`, or the cell does not have it.
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
