"""Any shape, any memory layout: the kernels equal the reference."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from passes import BLOCKS, Case, Problem, draw, results

from gatewise.kernels.arrays import Inputs
from gatewise.reference.scan import Factors

sizes = st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(1, 20), st.integers(1, 20))
cases = st.builds(
    Case,
    cell=st.sampled_from(list(BLOCKS)),
    size=sizes,
    biases=st.integers(0, 2),
    update_is_state=st.booleans(),
    reverse=st.booleans(),
    batch_first=st.booleans(),
    lengths=st.booleans(),
    mask=st.booleans(),
    reset=st.booleans(),
    state=st.booleans(),
    hard=st.booleans(),
    peepholes=st.booleans(),
    dropped=st.booleans(),
    still=st.booleans(),
    normed=st.just(False),  # what a division by next to nothing makes of the last digits is no fault of theirs
    stretch=st.sampled_from([0, 64]),
)


def displaced(tensor: torch.Tensor, layout: str) -> torch.Tensor:
    """The same numbers elsewhere in memory."""
    given = tensor.detach()
    if layout == "unaligned":  # one element behind an aligned address
        room = given.new_full((given.numel() + 1,), float("nan"))
        given = room[1:].view(given.shape).copy_(given)
    elif layout == "apart":  # a part of a larger array, NaN around it
        room = given.new_full([size + 2 for size in given.shape], float("nan"))
        given = room[tuple(slice(1, 1 + size) for size in given.shape)].copy_(given)
    elif layout == "transposed":
        given = given.transpose(0, -1).contiguous().transpose(0, -1)
    elif layout == "repeated":  # a stride of 0
        given = given[:1].expand(given.shape)
    return given.requires_grad_()


@given(
    case=cases,
    layouts=st.lists(
        st.sampled_from(["whole", "unaligned", "apart", "transposed", "repeated"]), min_size=10, max_size=10
    ),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_shape_and_layout(case: Case, layouts: list[str], dtype: torch.dtype) -> None:
    """Outputs, gates and gradients, from no rows at all on, whatever memory the tensors lie in."""
    call, inputs, steps, factors = draw(case, dtype)
    moved = Inputs(
        *(None if part is None else displaced(part, layout) for part, layout in zip(inputs, layouts, strict=True))
    )
    exact = Inputs(*(None if part is None else part.detach().double().requires_grad_() for part in moved))

    in_double = Factors._make(None if part is None else part.double() for part in factors)
    gates = case.stretch == 0
    ours = results("native", Problem(call, moved, steps, factors), gates=gates)
    wanted = results("reference", Problem(call, exact, steps, in_double), gates=gates)

    for name, value in wanted.items():
        assert ours[name].shape == value.shape, name
        assert ours[name].dtype == dtype
        if value.numel():
            share = 5e-14 if dtype == torch.float64 else 5e-6 if name.startswith("d") else 2e-6
            assert (ours[name].double() - value).abs().max() <= share * value.abs().max() + 1e-30, name
