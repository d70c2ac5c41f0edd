"""torch's tools on models with layers: counting operations, tracing, files without code, quantisation."""

import io
import warnings

import pytest
import torch
from torch import nn, randn
from torch.utils.flop_counter import FlopCounterMode

from gatewise.errors import CallError
from gatewise.nn.cells import GRUCell, LSTMCell, RNNCell
from gatewise.nn.init import Init
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.regularize import Regularize
from gatewise.nn.variant import Variant


class Model(nn.Module):
    """Two layers in a model that takes them apart as programs do."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = LSTM(3, 5, batch_first=True), GRU(5, 4, batch_first=True)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        y, (h, _) = self.first(x, lengths=lengths)
        z, last = self.second(y.relu(), lengths=lengths)
        return z.sum(1) + last[-1] + h[-1, :, :4]


@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}])
@pytest.mark.parametrize(("ours", "theirs"), [(LSTM, nn.LSTM), (GRU, nn.GRU), (RNN, nn.RNN)])
def test_operations_are_counted(ours: type[nn.Module], theirs: type[nn.Module], options: dict[str, object]) -> None:
    """FlopCounterMode counts the products of torch's own layers, forward and backward."""
    found = []
    for kind in (ours, theirs):
        layer, x = kind(3, 5, dtype=torch.float64, **options), randn(6, 7, 3, dtype=torch.float64, requires_grad=True)
        with FlopCounterMode(display=False) as counter:
            output, _ = layer(x)
            forward = counter.get_total_flops()
            output.sum().backward()
        found.append((forward, counter.get_total_flops()))

    assert found[0] == found[1]


def test_traced_by_fx() -> None:
    """A layer stays one module of the graph, as torch's layers do."""
    model, x, lengths = Model(), randn(4, 7, 3), torch.tensor([7, 2, 5, 1])

    traced = torch.fx.symbolic_trace(model)

    assert [node.target for node in traced.graph.nodes if node.op == "call_module"] == ["first", "second"]
    assert torch.equal(traced(x, lengths), model(x, lengths))
    with pytest.raises(CallError, match="Trace the model"):
        torch.fx.symbolic_trace(GRU(3, 5))


def test_read_without_code() -> None:
    """Whole layers and cells are read by torch.load as it is, which runs no code."""
    more = {"init": Init(), "regularize": Regularize(zoneout=0.1)}
    for module in (LSTM(3, 5, variant=Variant(peepholes=True), **more), GRU(3, 5, 2, **more), RNN(3, 5),
                   LSTMCell(3, 5), GRUCell(3, 5), RNNCell(3, 5)):  # fmt: skip
        file = io.BytesIO()
        torch.save(module, file)
        file.seek(0)
        read = torch.load(file, weights_only=True)
        assert repr(read) == repr(module)
        assert torch.equal(read.eval()(torch.ones(4, 3))[0], module.eval()(torch.ones(4, 3))[0])


def test_quantisation_names_the_way() -> None:
    """quantize_dynamic, which knows torch's own classes alone, leaves a layer in floating point with a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with pytest.warns(UserWarning, match=r"model\.layer = gatewise\.to_torch\(model\.layer\)"):
            model = torch.ao.quantization.quantize_dynamic(Model())

    assert isinstance(model.first, LSTM)
