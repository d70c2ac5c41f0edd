"""A step over time: states carried on, rows of unequal length, reverse."""

import pytest
import torch
from torch.testing import assert_close

from gatewise.reference.conventions import preset
from gatewise.reference.scan import scan

CELLS = [("lstm", "textbook"), ("gru", "textbook"), ("gru", "torch"), ("rnn", "textbook")]
LENGTHS = [6, 1, 4, 0]


@pytest.fixture(params=CELLS, ids="-".join)
def case(request, problem):
    """Input, state, weights and rules of a cell."""
    return *problem(*request.param), preset(*request.param)


def test_whole_is_two_halves(case) -> None:
    """A state carried over a cut gives the same bits as no cut."""
    x, state, weights, rules = case

    output, final = scan(x, state, weights, rules)
    first, between = scan(x[:2], state, weights, rules)
    second, after = scan(x[2:], between, weights, rules)

    assert_close((torch.cat([first, second]), after), (output, final), rtol=0, atol=1e-15)


def test_reverse_is_the_reversed_sequence(case) -> None:
    """Running backwards is running over the flipped input, outputs flipped back."""
    x, state, weights, rules = case

    output, final = scan(x, state, weights, rules, reverse=True)
    flipped, wanted = scan(x.flip(0), state, weights, rules)

    assert_close((output, final), (flipped.flip(0), wanted), rtol=0, atol=1e-15)


def test_rows_do_not_meet(case) -> None:
    """A permuted batch gives permuted outputs and states."""
    x, state, weights, rules = case
    order = torch.tensor([2, 0, 3, 1])

    output, final = scan(x[:, order], tuple(part[order] for part in state), weights, rules)
    wanted, states = scan(x, state, weights, rules)

    assert_close((output, final), (wanted[:, order], tuple(part[order] for part in states)), rtol=0, atol=1e-14)


@pytest.mark.parametrize("reverse", [False, True])
def test_padded_rows_are_the_rows_alone(case, reverse: bool) -> None:
    """Outputs, states and all gradients of a padded batch are those of its rows one by one, padding of NaN and all."""
    x, state, weights, rules = case
    padding = torch.arange(len(x)).unsqueeze(1) >= torch.tensor(LENGTHS)
    dirty = x.masked_fill(padding.unsqueeze(2), float("nan"))
    leaves = [x, *state, *(packed for packed in weights if packed is not None)]

    output, final = scan(dirty, state, weights, rules, lengths=torch.tensor(LENGTHS), reverse=reverse)

    loss = torch.zeros((), dtype=torch.float64)
    for row, length in enumerate(LENGTHS):
        own = tuple(part[row : row + 1] for part in state)
        alone, reached = (x[:0, row : row + 1], own)
        if length:
            alone, reached = scan(x[:length, row : row + 1], own, weights, rules, reverse=reverse)
            assert_close(output[:length, row], alone[:, 0], rtol=0, atol=1e-14)
        assert torch.equal(output[length:, row], torch.zeros_like(output[length:, row]))
        assert_close(tuple(part[row] for part in final), tuple(part[0] for part in reached), rtol=0, atol=1e-14)
        loss = loss + (alone.square().sum() if length else 0) + sum(part.pow(3).sum() for part in reached)
    padded = output.square().sum() + sum(part.pow(3).sum() for part in final)
    assert_close(torch.autograd.grad(padded, leaves), torch.autograd.grad(loss, leaves))


def test_full_lengths_change_nothing(case) -> None:
    """Lengths of T give the bits of no lengths."""
    x, state, weights, rules = case

    with_lengths = scan(x, state, weights, rules, lengths=torch.full((x.shape[1],), len(x)))

    assert_close(with_lengths, scan(x, state, weights, rules), rtol=0, atol=0)
