"""A pass goes to the kernels as one structure, whose fields lie where they read them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from gatewise.kernels import native
from gatewise.kernels.call import Backward, Extras, Forward, Shape, Weights, difference, places

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.kernels.call import Places


def test_the_compiled_kernels_have_the_same_fields() -> None:
    """Every field has the name, the place and the size that csrc/contract.h gives it."""
    assert native.extension().structures() == places()
    assert difference(native.extension().structures()) == ""


def _renamed(fields: Places) -> None:
    name, *place = fields["Weights"][2]
    assert name == "bias_ih"
    fields["Weights"][2] = ("bias", *place)  # type: ignore[assignment]


def _swapped(fields: Places) -> None:
    ours = fields["Backward"]
    (one, *there), (other, *behind) = ours[-3:-1]
    ours[-3:-1] = [(other, *there), (one, *behind)]  # type: ignore[list-item]


def _one_more(fields: Places) -> None:
    _, end, _ = fields["Forward"].pop()
    fields["Forward"] += [("more", end, 8), ("", end + 8, 0)]


def _none(fields: Places) -> None:
    del fields["Shape"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_renamed, "in Weights got bias of 8 bytes at byte 16, expected bias_ih of 8 bytes at byte 16"),
        (_swapped, "expected dh_0 of 8 bytes at byte"),
        (_one_more, "in Forward got more of 8 bytes"),
        (_none, "in Shape got nothing, expected cell of 4 bytes at byte 0"),
    ],
)
def test_kernels_with_other_fields_are_refused(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Places], None], told: str
) -> None:
    """Kernels that would read a number where another was written are not loaded, and the message names the field."""
    fields = places()
    change(fields)
    monkeypatch.setattr(native, "import_module", lambda _: SimpleNamespace(structures=lambda: fields))

    with pytest.raises(ImportError, match="are of different versions") as raised:
        native.load({})

    assert told in str(raised.value)
    assert "Type pip install --force-reinstall gatewise, or in a checkout make setup" in str(raised.value)


def test_kernels_without_a_list_of_fields_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels from before there was such a list take a call in another way."""
    monkeypatch.setattr(native, "import_module", lambda _: SimpleNamespace())

    with pytest.raises(ImportError, match="got no list of fields"):
        native.load({})


def test_a_field_is_set_by_its_own_name_alone() -> None:
    """A name that no field has is an error, and no two fields of a pass share one."""
    fields = Backward()
    fields.weight_ih, fields.dweight_ih = 16, 32

    assert (fields.forward.weights.weight_ih, fields.dweight_ih) == (16, 32)
    with pytest.raises(AttributeError, match="weigth_ih"):
        fields.weigth_ih = 16
    names = [name for kind in (Shape, Weights, Extras, Forward, Backward) for name, *_ in kind._fields_]
    assert len(names) == len(set(names))


def test_a_new_pass_has_nothing() -> None:
    """What is not set is 0, no tensor: so the layers leave out what a call does not have."""
    assert not any(bytes(Backward()))
