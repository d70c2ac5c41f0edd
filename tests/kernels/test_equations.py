"""The kernels compute the reference's equations: every output, every gate and every gradient."""

from collections.abc import Iterator

import pytest
import torch
from passes import BLOCKS, Case, disturbed, draw, in_float64, label, results
from torch import Tensor

SIZES = [
    (1, 1, 1, 1),
    (2, 3, 2, 1),
    (6, 4, 3, 5),
    (9, 5, 1, 8),
    (3, 33, 8, 16),
    (20, 2, 17, 33),
    (4, 70, 24, 40),
    (5, 1, 64, 64),
    (130, 7, 5, 12),
]  # T, N, I, H

# Every value of every option with every other at least once.
OPTIONS = [
    {"biases": 1},
    {"biases": 2, "update_is_state": True, "reverse": True, "lengths": True, "batch_first": True},
    {"biases": 0, "reverse": True, "batch_first": True, "state": False},
    {"biases": 0, "update_is_state": True, "lengths": True},
    {"biases": 1, "lengths": True, "batch_first": True, "state": False},
    {"biases": 2, "reverse": True, "lengths": True, "state": False},
    {"biases": 1, "mask": True, "batch_first": True},
    {"biases": 1, "reset": True, "reverse": True, "update_is_state": True},
    {"biases": 1, "lengths": True, "mask": True, "reset": True},
    {"biases": 1, "hard": True, "peepholes": True, "dropped": True, "still": True},
    {"biases": 1, "reset": True, "mask": True, "reverse": True, "peepholes": True, "still": True, "batch_first": True},
    {"biases": 1, "dropped": True, "update_is_state": True, "reverse": True},
]
NORMED = [
    {"biases": 1, "normed": True},
    {"biases": 2, "normed": True, "update_is_state": True, "reverse": True, "lengths": True, "batch_first": True},
    {"biases": 0, "normed": True, "hard": True, "peepholes": True, "dropped": True, "still": True, "reset": True},
]
LARGE = [size for size in SIZES if min(size[2:]) > 2]


def spread(cells: list[str], sizes: list[tuple[int, ...]], options: list[dict[str, object]], each: int) -> list[Case]:
    """Each option with ``each`` of the sizes, every cell with others: none is left without the other anywhere."""
    return [
        Case(cell, sizes[(k + each * c + n) % len(sizes)], **chosen)
        for c, cell in enumerate(cells)
        for k, chosen in enumerate(options)
        for n in range(each)
    ]


CASES = spread(list(BLOCKS), SIZES, OPTIONS, each=2)
NORMED_CASES = spread(["lstm", "gru-before", "gru-after"], LARGE, NORMED, each=2)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_float64(sets: Iterator[str], case: Case) -> None:
    """Equal to the reference to 2e-14 of each tensor's largest number."""
    problem = draw(case)
    wanted = results("reference", problem)

    for isa in sets:
        ours = results("native", problem)

        assert ours.keys() == wanted.keys()
        for name, value in wanted.items():
            assert ours[name].shape == value.shape, (name, isa)
            assert (ours[name] - value).abs().max() <= 2e-14 * value.abs().max().clamp(min=1e-30), (name, isa)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_float32(sets: Iterator[str], case: Case) -> None:
    """Against the reference in float64: outputs to 2e-6, gradients to 5e-6 of each tensor's largest number."""
    problem = draw(case, torch.float32)
    wanted = results("reference", in_float64(problem))

    for isa in sets:
        ours = results("native", problem)

        for name, value in wanted.items():
            bound = (5e-6 if name.startswith("d") else 2e-6) * value.abs().max().clamp(min=1e-30)
            assert (ours[name].double() - value).abs().max() <= bound, (name, isa)


@pytest.mark.parametrize("case", NORMED_CASES, ids=label)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_layer_norm(sets: Iterator[str], case: Case, dtype: torch.dtype) -> None:
    """To sixteen times what rounding the inputs once changes: a division by a small deviation magnifies both alike.

    Of a single input normalisation leaves next to no gradient, and of that no digits; such sizes are left out.
    """
    wanted, rounding = exact(case, dtype)

    for isa in sets:
        ours = results("native", draw(case, dtype))

        assert ours.keys() == wanted.keys()
        for name, value in wanted.items():
            assert (ours[name].double() - value).abs().max() <= 16 * rounding[name], (name, isa)


def exact(case: Case, dtype: torch.dtype) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The reference's results in float64, and how far numbers of `dtype` can know each, by its largest element."""
    problem, unit = draw(case, dtype), torch.finfo(dtype).eps / 2
    wanted = results("reference", in_float64(problem))
    far = 2.0**12 * unit if dtype == torch.float64 else unit  # above float64's own rounding
    moved = [results("reference", disturbed(problem, far, seed=seed)) for seed in range(3)]
    return wanted, {
        name: max((other[name] - value).abs().max() for other in moved) * unit / far + unit * value.abs().max()
        for name, value in wanted.items()
    }


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_small_numbers_are_relatively_exact(isa: str, cell: str, dtype: torch.dtype) -> None:
    """With weights and states of a thousandth the outputs are as exact as with large ones: tanh is so around 0."""
    problem = draw(Case(cell, (5, 4, 3, 6)), dtype, scale=1e-3)
    problem = problem._replace(inputs=problem.inputs._replace(h_0=None, c_0=None))

    ours, wanted = results("native", problem), results("reference", in_float64(problem))

    exact = 5e-7 if dtype == torch.float32 else 2e-15
    assert 0 < wanted["y"].abs().max() < 0.01
    for name, value in wanted.items():
        assert (ours[name].double() - value).abs().max() <= exact * value.abs().max(), name
