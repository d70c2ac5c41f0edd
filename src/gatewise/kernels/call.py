"""Calls as the kernels are given them: structures with the fields of csrc/contract.h and training.h, filled by name.

A structure is new for every call, since two threads may run one layer at once. What is not set is 0: no tensor.
"""

from __future__ import annotations

from ctypes import Structure, c_bool, c_double, c_int, c_int64, c_void_p, sizeof
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Places = dict[str, list[tuple[str, int, int]]]
"""Where the fields of structures lie: by structure, each field's name, first byte and number of bytes, in order.

The last entry of a structure has no name: it begins where the structure ends.
"""


class Shape(Structure):
    """Sizes, and what else tells one call from another beside its tensors."""

    __slots__ = ()  # a field by any other name is an AttributeError, not a field more
    _fields_ = (
        ("cell", c_int),
        ("models", c_int64),
        ("steps", c_int64),
        ("rows", c_int64),
        ("inputs", c_int64),
        ("hidden", c_int64),
        ("reverse", c_bool),
        ("update_is_state", c_bool),
        ("normed", c_bool),
    )


class Strides(Structure):
    """How many numbers lie between one model, step or row and the next."""

    __slots__ = ()
    _fields_ = (("model", c_int64), ("time", c_int64), ("row", c_int64))


class Weights(Structure):
    """Addresses of what every cell has."""

    __slots__ = ()
    _fields_ = (
        ("weight_ih", c_void_p),
        ("weight_hh", c_void_p),
        ("bias_ih", c_void_p),
        ("bias_hh", c_void_p),
    )


class Extras(Structure):
    """What sets a cell apart from the published one."""

    __slots__ = ()
    _fields_ = (
        ("hard_slope", c_double),
        ("peepholes", c_void_p),
        ("gains", c_void_p),
        ("cell_norm", c_void_p),
        ("dropped", c_void_p),
        ("still_h", c_void_p),
        ("still_h_strides", Strides),
        ("still_c", c_void_p),
        ("still_c_strides", Strides),
    )


class Forward(Structure):
    """A pass forward; the fields of the structures within it are its own, too, such as ``weight_ih``."""

    __slots__ = ()
    _anonymous_ = ("shape", "weights", "extras")
    _fields_ = (
        ("shape", Shape),
        ("weights", Weights),
        ("extras", Extras),
        ("x", c_void_p),
        ("x_strides", Strides),
        ("h_0", c_void_p),
        ("c_0", c_void_p),
        ("lengths", c_void_p),
        ("mask", c_void_p),
        ("reset", c_void_p),
        ("y", c_void_p),
        ("y_strides", Strides),
        ("h_n", c_void_p),
        ("c_n", c_void_p),
        ("gates", c_void_p),
        ("cells", c_void_p),
        ("products", c_void_p),
        ("states", c_void_p),
        ("stretch", c_int64),
    )


class Backward(Structure):
    """A pass backward; the fields of the pass forward are its own, too."""

    __slots__ = ()
    _anonymous_ = ("forward",)
    _fields_ = (
        ("forward", Forward),
        ("dy", c_void_p),
        ("dy_strides", Strides),
        ("dh_n", c_void_p),
        ("dc_n", c_void_p),
        ("dgates", c_void_p),
        ("dcells", c_void_p),
        ("dx", c_void_p),
        ("dx_strides", Strides),
        ("dweight_ih", c_void_p),
        ("dweight_hh", c_void_p),
        ("dbias_ih", c_void_p),
        ("dbias_hh", c_void_p),
        ("dpeepholes", c_void_p),
        ("dgains", c_void_p),
        ("dcell_norm", c_void_p),
        ("dh_0", c_void_p),
        ("dc_0", c_void_p),
    )


class Tensors(Structure):
    """The first number of each tensor of one direction among all parameters; -1 for none."""

    __slots__ = ()
    _fields_ = (("weight_ih", c_int64), ("weight_hh", c_int64), ("bias_ih", c_int64), ("bias_hh", c_int64))


class Table(Structure):
    """A table of a category's values: which channel numbers its rows, and where these lie among the parameters."""

    __slots__ = ()
    _fields_ = (("channel", c_int64), ("rows", c_int64), ("width", c_int64), ("weight", c_int64))


MOST_TABLES = 16
"""As many tables as a network has at most."""


class Network(Structure):
    """Tables of categories, a recurrent layer and a linear head, whose parameters lie in one array."""

    __slots__ = ()
    _fields_ = (
        ("cell", c_int),
        ("channels", c_int64),
        ("inputs", c_int64),
        ("hidden", c_int64),
        ("outputs", c_int64),
        ("directions", c_int64),
        ("update_is_state", c_bool),
        ("each", c_bool),
        ("pooled", c_bool),
        ("scaled", c_int64),
        ("flattest", c_double),
        ("coded", c_int64),
        ("tables", Table * MOST_TABLES),
        ("layer", Tensors * 2),
        ("head_weight", c_int64),
        ("head_bias", c_int64),
        ("parameters", c_int64),
    )


class Examples(Structure):
    """What a network reads."""

    __slots__ = ()
    _fields_ = (
        ("network", Network),
        ("x", c_void_p),
        ("rows", c_int64),
        ("steps", c_int64),
        ("starts", c_void_p),
        ("lengths", c_void_p),
        ("h_0", c_void_p),
        ("c_0", c_void_p),
        ("h_n", c_void_p),
        ("c_n", c_void_p),
        ("workspace", c_void_p),
    )


class Answers(Structure):
    """What a network answers; the fields of the examples are its own, too."""

    __slots__ = ()
    _anonymous_ = ("examples",)
    _fields_ = (
        ("examples", Examples),
        ("parameters", c_void_p),
        ("outputs", c_void_p),
        ("loss", c_int),
        ("targets", c_void_p),
        ("places", c_void_p),
        ("told", c_void_p),
    )


class Training(Structure):
    """One optimiser step; the fields of the examples are its own, too."""

    __slots__ = ()
    _anonymous_ = ("examples",)
    _fields_ = (
        ("examples", Examples),
        ("loss", c_int),
        ("targets", c_void_p),
        ("places", c_void_p),
        ("levels", c_void_p),
        ("quantiles", c_int64),
        ("dropout", c_double),
        ("drawn", c_void_p),
        ("clip", c_double),
        ("rate", c_double),
        ("first_decay", c_double),
        ("second_decay", c_double),
        ("epsilon", c_double),
        ("count", c_int64),
        ("fresh", c_double),
        ("parameters", c_void_p),
        ("gradient", c_void_p),
        ("first", c_void_p),
        ("second", c_void_p),
        ("average", c_void_p),
        ("spent", c_void_p),
    )


_KINDS = (Shape, Strides, Weights, Extras, Forward, Backward, Tensors, Table, Network, Examples, Answers, Training)


def places() -> Places:
    """Where the fields lie here."""
    return {kind.__name__: _fields(kind) for kind in _KINDS}


def _fields(kind: type[Structure]) -> list[tuple[str, int, int]]:
    found = [(name, getattr(kind, name)) for name, *_ in kind._fields_]
    return [*((name, place.offset, place.size) for name, place in found), ("", sizeof(kind), 0)]


def difference(compiled: Mapping[str, list[tuple[str, int, int]]]) -> str:
    """The first field that the compiled kernels have elsewhere than this file, in words; "" for none.

    Args:
        compiled: Where the fields lie in the extension.
    """
    for kind, expected in places().items():
        got = compiled.get(kind, [])
        for k in range(max(len(got), len(expected))):
            ours, theirs = ("nothing" if k >= len(side) else _told(side[k]) for side in (expected, got))
            if ours != theirs:
                return f"in {kind} got {theirs}, expected {ours}"
    return ""


def _told(field: tuple[str, int, int]) -> str:
    name, first, size = field
    return f"{name} of {size} bytes at byte {first}" if name else f"the end at byte {first}"
