"""What a caller brings as numbers becomes one plain array: NumPy's, Python's and torch's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.errors import DataError
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray


def is_tensor(value: object) -> bool:
    """Whether it is of torch, which is not imported for that."""
    return type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "detach")


def _without_graph(tensor: Any) -> NDArray[Any]:
    """Its numbers; NumPy has no bfloat16."""
    own = tensor.detach().cpu()
    found: NDArray[Any] = (own.float() if str(own.dtype) == "torch.bfloat16" else own).numpy()
    return found


def array_of(value: object, name: str) -> NDArray[Any]:
    """A plain array; one of Python strings becomes text, other objects are refused; a tensor leaves its graph."""
    if is_tensor(value):
        value = _without_graph(value)
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{named(name)} is not one array: {quoted(error, 80)}; pad the sequences to one length and give their "
            "lengths too"
        ) from error
    if array.dtype == object:
        if array.size and all(isinstance(entry, str) for entry in array.flat):
            return array.astype(str)
        raise DataError(
            f"{named(name)} holds Python objects; expected a plain array, padded to one length, and lengths beside it"
        )
    return array
