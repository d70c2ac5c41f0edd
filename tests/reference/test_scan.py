"""A step over time: states carried on, rows of unequal length, reverse."""

import pytest
import torch
from torch.testing import assert_close

from gatewise.reference.conventions import preset
from gatewise.reference.scan import scan, trace
from gatewise.reference.steps import Steps

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

    output, final = scan(dirty, state, weights, rules, steps=Steps(torch.tensor(LENGTHS)), reverse=reverse)

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

    with_lengths = scan(x, state, weights, rules, steps=Steps(torch.full((x.shape[1],), len(x))))

    assert_close(with_lengths, scan(x, state, weights, rules), rtol=0, atol=0)


MASK = torch.tensor([[1, 1, 0, 0, 1, 1], [0, 0, 1, 0, 1, 0], [0] * 6, [1, 1, 1, 1, 0, 1]], dtype=torch.bool)
RESET = torch.tensor([[1, 0, 0, 1, 0, 1], [0, 1, 0, 1, 0, 1], [0, 1] * 3, [0, 0, 1, 1, 0, 0]], dtype=torch.bool)


def pieces(row: int, *, mask: bool, reset: bool, length: int) -> list[list[int]]:
    """The steps that a row runs, a list for each piece between resets; the first is empty if one lies before it."""
    found: list[list[int]] = [[]]
    for t in range(length):
        if reset and RESET[row, t]:
            found.append([])
        if not mask or MASK[row, t]:
            found[-1].append(t)
    return [found[0], *(piece for piece in found[1:] if piece)]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("mask", "reset", "lengths"),
    [
        (True, False, None),
        (False, True, None),
        (False, False, [6, 5, 4, 4]),
        (True, True, None),
        (True, True, [6, 5, 4, 4]),
    ],
)
def test_gaps_and_resets_are_pieces_alone(case, reverse: bool, mask: bool, reset: bool, lengths: list[int]) -> None:
    """Outputs, states and all gradients are those of every row's pieces between resets, run one by one."""
    x, state, weights, rules = case
    own = Steps(None if lengths is None else torch.tensor(lengths), MASK if mask else None, RESET if reset else None)
    leaves = [x, *state, *(packed for packed in weights if packed is not None)]
    run = torch.stack([torch.arange(6) < length for length in lengths or [6] * 4]) & (MASK if mask else True)
    dirty = x.masked_fill(~run.t().unsqueeze(2), float("nan"))

    output, final = scan(dirty, state, weights, rules, steps=own, reverse=reverse)

    loss = torch.zeros((), dtype=torch.float64)
    wanted = torch.zeros_like(output)
    for row in range(4):
        given = tuple(part[row : row + 1] for part in state)
        cut = pieces(row, mask=mask, reset=reset, length=6 if lengths is None else lengths[row])
        cut = [piece for piece in cut if piece][::-1] if reverse else cut
        reached = given
        for k, piece in enumerate(cut):
            begin = given if k == 0 else tuple(torch.zeros_like(part) for part in given)
            if piece:
                alone, reached = scan(x[piece, row : row + 1], begin, weights, rules, reverse=reverse)
                wanted[piece, row] = alone[:, 0]
                loss = loss + alone.square().sum()
        assert_close(tuple(part[row] for part in final), tuple(part[0] for part in reached), rtol=0, atol=1e-14)
        loss = loss + sum(part.pow(3).sum() for part in reached)
    assert_close(output, wanted.detach(), rtol=0, atol=1e-14)
    whole = output.square().sum() + sum(part.pow(3).sum() for part in final)
    assert_close(torch.autograd.grad(whole, leaves), torch.autograd.grad(loss, leaves))


@pytest.mark.parametrize("reverse", [False, True])
def test_trace_of_gaps_and_resets(case, reverse: bool) -> None:
    """What happens inside is 0 where a row does not run, and begins anew with it."""
    x, state, weights, rules = case

    output, final, kept = trace(x, state, weights, rules, steps=Steps(None, MASK, RESET), reverse=reverse)

    assert_close((output, final), scan(x, state, weights, rules, steps=Steps(None, MASK, RESET), reverse=reverse))
    assert all(part[~MASK.t()].eq(0).all() for part in kept)
    assert all(part[MASK.t()].ne(0).all() for part in kept)


def test_marks_that_mark_nothing_change_nothing(case) -> None:
    """A mask of True and a reset of False give the bits of none."""
    x, state, weights, rules = case
    everywhere = torch.ones(x.shape[1], len(x), dtype=torch.bool)

    marked = scan(x, state, weights, rules, steps=Steps(None, everywhere, ~everywhere))

    assert_close(marked, scan(x, state, weights, rules), rtol=0, atol=0)
