"""Outputs may be changed in place before backward, as torch's layers allow: relu_, dropout in place, residual sums."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn, randn
from torch.nn import functional as F
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode

from gatewise.nn.recurrent import Recurrent

CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu_": nn.ReLU(inplace=True),
    "residual": lambda y: y.add_(y.detach().cos()),
    "masked": lambda y: y.masked_fill_(y > 0, 0.0),
    "a view": lambda y: y.transpose(0, 1).mul_(y.detach().transpose(0, 1).sin()),
}


class Seen(TorchDispatchMode):
    """A mode that changes nothing; under it the kernels are an operator."""

    def __torch_dispatch__(self, call, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        return call(*args, **(kwargs or {}))


@pytest.mark.parametrize("registered", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_changed_before_backward(make: Callable[..., Recurrent], change: str, registered: bool) -> None:
    """Gradients are those of the same change on a copy of the output."""
    layer, x, found = make(num_layers=2, checkpoint=64), randn(7, 4, 3, dtype=torch.float64, requires_grad=True), []
    for copied in (False, True):
        with Seen() if registered else torch.enable_grad():
            output, state = layer(x, lengths=[7, 5, 0, 2])
            result = CHANGES[change](output.clone() if copied else output)
            loss = result.square().sum() + (state[0] if isinstance(state, tuple) else state).sum()
            found.append(torch.autograd.grad(loss, [x, *layer.parameters()]))

    assert_close(found[0], found[1], rtol=1e-12, atol=1e-12)


def test_twice_and_in_second_derivatives(make: Callable[..., Recurrent]) -> None:
    """A graph that is kept gives the same again, and can be differentiated."""
    layer, x = make(), randn(7, 4, 3, dtype=torch.float64, requires_grad=True)
    losses = [F.relu(layer(x)[0], inplace=True).square().sum(), F.relu(layer(x)[0]).square().sum()]
    first, again, wanted = (torch.autograd.grad(losses[k], x, create_graph=True)[0] for k in (0, 0, 1))
    second, of_second = (torch.autograd.grad(part.square().sum(), x)[0] for part in (again, wanted))

    assert_close([first, again, second], [wanted, wanted, of_second])


def test_a_changed_input_is_still_an_error(make: Callable[..., Recurrent]) -> None:
    """What backward cannot compute again is refused, as everywhere in torch; and a graph that is gone stays gone."""
    layer, x = make(), randn(7, 4, 3, dtype=torch.float64, requires_grad=True)
    inside = x * 1
    output, _ = layer(inside)
    inside.mul_(2)
    output.relu_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        output.sum().backward()

    loss = layer(x)[0].relu_().sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        loss.backward()
