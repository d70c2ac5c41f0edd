"""Rows with gaps, and rows that begin anew: every layer, deep and both ways, gives what its pieces give alone."""

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.testing import assert_close

from gatewise.kernels import ops
from gatewise.nn.paths import kernel_path

T, N, I, H = 7, 4, 3, 5
MASK = torch.tensor([[0, 1, 1, 0, 0, 1, 1], [1, 0, 1, 1, 1, 0, 0], [0] * 7, [1] * 7], dtype=torch.bool)
RESET = torch.tensor([[0, 0, 0, 1, 0, 0, 1], [0, 0, 1, 0, 0, 0, 1], [0, 1] * 3 + [0], [0] * 4 + [1, 0, 0]]).bool()


def vectors(state: object) -> tuple[torch.Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


def pieces(row: int) -> list[list[int]]:
    """The steps of a row that the mask leaves, cut at its resets; the first may be empty."""
    found: list[list[int]] = [[]]
    for t in range(T):
        if RESET[row, t]:
            found.append([])
        if MASK[row, t]:
            found[-1].append(t)
    return [found[0], *(piece for piece in found[1:] if piece)]


@pytest.mark.parametrize("path", ["native", "reference"])
@pytest.mark.parametrize(
    "options", [{}, {"batch_first": True}, {"num_layers": 2, "bidirectional": True, "batch_first": True}], ids=str
)
def test_pieces_alone(make, normal, state_of, monkeypatch, path: str, options: dict[str, object]) -> None:
    """Outputs, both final states and all gradients are those of the pieces between resets, run one by one."""
    layer, run = make(**options), ops.run
    depths = layer.num_layers * layer._directions
    x, hx = normal(T, N, I).requires_grad_(), state_of(layer, depths, N, H)
    leaves = [x, *layer.parameters()]
    laid = (lambda part: part.transpose(0, 1)) if layer.batch_first else (lambda part: part)
    dirty = laid(x.masked_fill(~MASK.t().unsqueeze(2), float("nan")))

    with monkeypatch.context() as patched:
        patched.setattr("gatewise.kernels.ops.run", lambda _, *rest, **more: run(path, *rest, **more))
        output, state = layer(dirty, hx, mask=MASK, reset=RESET)

    output, loss = laid(output), torch.zeros((), dtype=torch.float64)
    for row in range(N):
        cut, zeros = pieces(row), tuple(torch.zeros(depths, 1, H, dtype=torch.float64) for _ in vectors(hx))
        given = tuple(part[:, row : row + 1] for part in vectors(hx))
        reached = [[part[d, 0] for part in given] for d in range(depths)]  # of each depth and direction
        first, last = next((k for k, piece in enumerate(cut) if piece), None), len(cut) - 1
        for k, piece in enumerate(cut):
            if not piece:
                continue
            # forward the state is that of the row's begin, in reverse that of its end
            begin = tuple(torch.stack([(own if k == (0, last)[d % layer._directions] else none)[d]
                                       for d in range(depths)])
                          for own, none in zip(given, zeros, strict=True))  # fmt: skip
            alone, after = layer(laid(x[piece, row : row + 1]), begin if len(begin) > 1 else begin[0])
            assert_close(output[piece, row], laid(alone)[:, 0])
            loss = loss + alone.pow(3).sum()
            for d in range(depths):
                if k == (last, first)[d % layer._directions]:
                    reached[d] = [part[d, 0] for part in vectors(after)]
        for d in range(depths):
            assert_close([part[d, row] for part in vectors(state)], reached[d])
            loss = loss + sum(part.square().sum() for part in reached[d])
    assert output[~MASK.t()].eq(0).all()
    whole = output.pow(3).sum() + sum(part.square().sum() for part in vectors(state))
    gradients = torch.autograd.grad(whole, leaves)
    assert gradients[0][~MASK.t()].eq(0).all()
    assert_close(gradients, torch.autograd.grad(loss, leaves))


def test_a_mask_is_what_packing_is(make, normal) -> None:
    """Right padding by a mask gives what lengths give, and what a packed sequence gives, and the native path."""
    layer, x, lengths = make(bidirectional=True), normal(T, N, I), torch.tensor([7, 2, 5, 1])
    mask = torch.arange(T) < lengths.unsqueeze(1)

    found, state = layer(x, mask=mask)

    packed, reached = layer(pack_padded_sequence(x, lengths, enforce_sorted=False))
    by_lengths, after = layer(x, lengths=lengths)
    assert torch.equal(found, by_lengths)
    assert torch.equal(found, pad_packed_sequence(packed)[0])
    assert all(torch.equal(a, b) for a, b in zip(vectors(state), vectors(after), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(vectors(state), vectors(reached), strict=True))
    assert kernel_path(layer, x, mask=mask, reset=~mask).path == "native"


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_single_sequence(make, normal, batch_first: bool) -> None:
    """A mask and a reset of shape (T,); lists will do."""
    layer, x = make(batch_first=batch_first), normal(T, I)
    batch = x.unsqueeze(0 if batch_first else 1)

    output, state = layer(x, mask=MASK[0].tolist(), reset=RESET[0])

    wanted, reached = layer(batch, mask=MASK[:1], reset=RESET[:1])
    assert torch.equal(output, wanted.squeeze(0 if batch_first else 1))
    assert all(torch.equal(a, b.squeeze(1)) for a, b in zip(vectors(state), vectors(reached), strict=True))


def test_gates_where_a_row_does_not_run(make, normal) -> None:
    """They are 0, the cell state included, as the outputs are."""
    layer, x = make(batch_first=True), normal(N, T, I)

    _, _, gates = layer(x, mask=MASK, reset=RESET, return_gates=True)

    assert all(part[~MASK].eq(0).all() and part[MASK].ne(0).all() for part in gates)


def test_steps_with_resets(make, normal) -> None:
    """What a stream would give whose state is put back by hand."""
    layer, x, state = make(), normal(T, N, I), None
    wanted = []
    for t in range(T):
        if state is not None:
            parts = tuple(part.masked_fill(RESET[:, t].view(1, N, 1), 0.0) for part in vectors(state))
            state = parts if len(parts) > 1 else parts[0]
        output, state = layer.step(x[t], state)
        wanted.append(output)

    assert_close(layer(x, reset=RESET)[0], torch.stack(wanted))


def test_compiled_and_mapped(make, normal) -> None:
    """Under torch.compile and torch.vmap the kernels run masks and resets too, with the same numbers."""
    layer, x = make(batch_first=True), normal(3, N, T, I)
    masks, resets = (torch.stack([part, part.flip(0), ~part]) for part in (MASK, RESET))

    def call(x: torch.Tensor, mask: torch.Tensor, reset: torch.Tensor) -> torch.Tensor:
        return layer(x, mask=mask, reset=reset)[0]

    wanted = torch.stack([call(*parts) for parts in zip(x, masks, resets, strict=True)])
    compiled = torch.compile(call, fullgraph=True, backend="aot_eager")
    assert torch.equal(compiled(x[1], masks[1], resets[1]), wanted[1])
    assert_close(torch.vmap(call)(x, masks, resets), wanted)
    assert_close(torch.vmap(call, (0, None, 0))(x, MASK, resets)[0], wanted[0])
