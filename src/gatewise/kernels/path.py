"""Which path a call takes, native, registered operator, cuDNN or reference, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch._subclasses.fake_tensor import FakeTensor
from torch.autograd import forward_ad

from gatewise.kernels import cudnn, native

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gatewise.kernels.cudnn import Asked

_are_functorch_transforms_active = torch._C._are_functorch_transforms_active
_get_tracing_state = torch._C._get_tracing_state
_len_torch_dispatch_stack = torch._C._len_torch_dispatch_stack
_PLAIN = (torch.Tensor, torch.nn.Parameter)
_VMAP = torch._C._functorch.TransformType.Vmap
_LEGACY_BATCHED = torch._C._functorch.is_legacy_batchedtensor  # of torch.autograd.grad(..., is_grads_batched=True)


class Choice(NamedTuple):
    """A path and why it is taken.

    Attributes:
        path: ``native``, ``registered``, ``cudnn`` or ``reference``.
        reason: Why the call takes this path, in plain words.
    """

    path: str
    reason: str


_NATIVE = Choice("native", "float32 or float64 on the CPU, outside of transforms: the kernels are called directly")
_COMPILED = Choice("registered", "torch.compile or torch.export is at work: it records the kernels as one operator")
_COMPILED_TRANSFORM = Choice("reference", "torch.compile over torch.func transforms records plain operations alone")
_VMAPPED = Choice("registered", "under torch.vmap the kernels run all models, or all rows, in one operator")
_MODE = Choice("registered", "a torch dispatch mode is active: it sees the kernels as one operator")
_CUDNN = Choice("cudnn", "on CUDA, outside of transforms, torch's own function is the same, and cuDNN runs it")
_AUTOCAST = "torch.autocast is active: it chooses a dtype for every operation"
_TRACED = "torch.jit.trace records plain operations alone"


def choose(tensors: Sequence[Tensor | None], asked: Asked | None = None) -> Choice:
    """The path that a call on these tensors takes in the present state of torch: compiler, transforms, modes.

    The native kernels, and cuDNN on CUDA, run whatever they compute correctly. Everything else takes the reference
    path: derivatives, batches and traces of plain PyTorch operations are correct.

    Args:
        tensors: x first, then weights and states, all of one dtype and on one device; None for those that there are
            not.
        asked: The settings of the call that may rule cuDNN out; None for a cell's single step.
    """
    first = tensors[0]
    assert first is not None
    if first.is_cuda:
        reason = _beyond_cudnn(first, tensors, asked)
        return Choice("reference", reason) if reason else _CUDNN
    if native.NATIVE.extension is None:
        return Choice("reference", native.NATIVE.reason)
    if not first.is_cpu or first.dtype not in native.DTYPES:
        return Choice("reference", foreign(first))
    compiling = torch.compiler.is_compiling()
    for tensor in () if compiling else tensors:
        if tensor is not None and _unusual(tensor):
            return Choice("reference", _why_unusual(tensor))
    if undisturbed():
        return _NATIVE
    if forward_ad._current_level >= 0:
        return Choice("reference", "a forward-mode level is active: the kernels have no forward-mode derivative")
    transformed = torch._C._are_functorch_transforms_active()
    if compiling:
        return _COMPILED_TRANSFORM if transformed else _COMPILED
    if transformed and any(level.key() != _VMAP for level in torch._C._functorch.get_interpreter_stack() or ()):
        return Choice("reference", "torch.func transforms other than vmap differentiate plain operations alone")
    if torch._C._get_tracing_state() is not None:
        return Choice("reference", _TRACED)
    return _VMAPPED if transformed else _MODE


def undisturbed() -> bool:
    """Whether no compiler, transform, trace, mode or forward-mode level of torch is active."""
    return not (
        torch.compiler.is_compiling()  # first: a compiler reads no further
        or _len_torch_dispatch_stack()
        or forward_ad._current_level >= 0
        or _are_functorch_transforms_active()
        or _get_tracing_state() is not None
    )


def _beyond_cudnn(x: Tensor, tensors: Sequence[Tensor | None], asked: Asked | None) -> str:
    """Why cuDNN cannot run a call on CUDA in the present state of torch; "" if it can."""
    if native.NATIVE.plain:
        return native.NATIVE.reason
    if torch.compiler.is_compiling():
        return "torch.compile and torch.export record plain operations alone on CUDA"
    for tensor in tensors:  # a FakeTensor stands for a plain tensor and has to get the same answer
        if tensor is not None and type(tensor) is not FakeTensor and _unusual(tensor):
            return _why_unusual(tensor)
    if torch.is_autocast_enabled("cuda"):
        return _AUTOCAST
    if forward_ad._current_level >= 0:
        return "a forward-mode level is active: cuDNN has no forward-mode derivative"
    if torch._C._are_functorch_transforms_active():
        return "torch.func transforms, vmap among them, have plain operations alone on CUDA"
    return cudnn.lacking(x, asked) if torch._C._get_tracing_state() is None else _TRACED


def beyond(gradients: Sequence[Tensor | None]) -> bool:
    """Whether the kernels cannot compute a backward pass because it is itself differentiated or batched.

    Args:
        gradients: Gradients of the outputs, with which the pass begins.
    """
    if torch.is_grad_enabled() or forward_ad._current_level >= 0 or torch._C._are_functorch_transforms_active():
        return True
    if torch.compiler.is_compiling():
        return False
    return any(part is not None and _LEGACY_BATCHED(part) for part in gradients)


def hidden(gradients: Sequence[Tensor | None]) -> bool:
    """Whether the kernels cannot read the memory of one of these: a subclass, sparse, or lazily negated."""
    return any(part is not None and _unusual(part) for part in gradients)


def needs_gradients(tensors: Sequence[Tensor | None]) -> bool:
    """Whether autograd is to record a call on these tensors."""
    if torch.is_grad_enabled():
        for tensor in tensors:
            if tensor is not None and tensor.requires_grad:
                return True
    return False


def concrete() -> bool:
    """Whether Python can read the numbers in tensors, as it cannot while compiling or under transforms."""
    return not torch.compiler.is_compiling() and not torch._C._are_functorch_transforms_active()


def foreign(tensor: Tensor) -> str:
    """Why the kernels cannot compute with a tensor's dtype or device."""
    if not tensor.is_cpu:
        return f"the kernels run on the CPU, and these tensors are on {tensor.device}"
    return (
        f"the kernels compute in float32 and float64, and these tensors are {str(tensor.dtype).removeprefix('torch.')}"
    )


def _unusual(tensor: Tensor) -> bool:
    """Whether the kernels cannot read a tensor's memory: a subclass, sparse, or lazily negated."""
    return type(tensor) not in _PLAIN or tensor.is_neg() or tensor.layout is not torch.strided


def _why_unusual(tensor: Tensor) -> str:
    """Why the kernels cannot read a tensor's memory."""
    if type(tensor) not in _PLAIN:
        return f"the kernels read memory, which a {type(tensor).__name__} does not show"
    return "the kernels read memory, which a sparse or lazily negated tensor does not show"
