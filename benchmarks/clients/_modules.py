"""PyTorch's own cases for its recurrent modules, the table ModuleInfo that comes with torch, on gatewise's classes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

import gatewise

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASSES = {
    nn.LSTM: gatewise.LSTM, nn.GRU: gatewise.GRU, nn.RNN: gatewise.RNN,
    nn.LSTMCell: gatewise.LSTMCell, nn.GRUCell: gatewise.GRUCell, nn.RNNCell: gatewise.RNNCell,
}  # fmt: skip


def check() -> list[str]:
    """Compare outputs and all gradients, and the kinds of errors; print a line, return what is wrong."""
    from torch.testing._internal.common_modules import module_db

    compared, refused, wrong = 0, set(), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for info in module_db:
            if info.module_cls not in CLASSES:
                continue
            for one in _inputs(info):
                try:
                    refusal = _differs(info.module_cls, one)
                except (RuntimeError, TypeError, ValueError, AssertionError) as error:
                    wrong.append(f"{info.name} {one.desc} {one.constructor_input.args}: {error}")
                    continue
                compared += not refusal
                refused |= {refusal} - {""}
            wrong += _errors(info)
    print(f"PyTorch's ModuleInfo: {compared} calls the same, refused: {', '.join(sorted(refused)) or 'none'}")
    return wrong


def _inputs(info: Any) -> Iterator[Any]:
    for training in (True, False):
        torch.manual_seed(0)
        yield from info.module_inputs_func(info, "cpu", torch.float64, requires_grad=True, training=training)


def _differs(kind: type[nn.Module], one: Any) -> str:
    """Raise an AssertionError where ours differs from torch's; a word where ours refuses the call as documented."""
    made, given = one.constructor_input, one.forward_input
    theirs = kind(*made.args, **made.kwargs).double()
    try:
        ours = CLASSES[kind](*made.args, **made.kwargs, convention="torch").double()
    except gatewise.OptionError as error:
        if "relu" in str(error):
            return "relu"
        raise
    ours.load_state_dict(theirs.state_dict())
    found = []
    for module in (theirs, ours):
        outputs = _flat(module(*given.args, **given.kwargs))
        leaves = [part for part in _flat(given.args) if part.requires_grad] + list(module.parameters())
        loss = sum((part * torch.arange(part.numel(), dtype=part.dtype).view_as(part).cos()).sum() for part in outputs)
        found.append([*outputs, *torch.autograd.grad(loss, leaves, allow_unused=True)])
    torch.testing.assert_close(found[1], found[0], rtol=1e-9, atol=1e-11)
    return ""


def _errors(info: Any) -> list[str]:
    """Errors of another kind than torch's; their words are our own."""
    if info.module_error_inputs_func is None:
        return []
    wrong = []
    for case in info.module_error_inputs_func(info, "cpu", torch.float64, requires_grad=False, training=False):
        one, expected = case.module_error_input, case.error_type
        made, given = one.constructor_input, one.forward_input
        try:
            module = CLASSES[info.module_cls](*made.args, **made.kwargs, convention="torch")
            if given is not None:
                module.double()(*given.args, **given.kwargs)
            wrong.append(f"{info.name}: no error for {made.args} {made.kwargs}, expected {case.error_regex}")
        except expected:
            continue
        except (RuntimeError, TypeError, ValueError) as error:
            if "relu" not in str(error) and "bias='tanh'" not in str(error):  # a bias that torch's cells let pass
                wrong.append(f"{info.name}: {type(error).__name__} for {made.args} {made.kwargs}, expected {expected}")
    return wrong


def _flat(parts: Any) -> list[torch.Tensor]:
    if isinstance(parts, torch.Tensor):
        return [parts]
    return [tensor for part in parts if part is not None for tensor in _flat(part)]
