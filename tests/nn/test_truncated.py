"""Truncated backpropagation: values of the whole run, gradients of each chunk alone."""

import weakref
from itertools import product

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

import gatewise
from gatewise.errors import InputError, OptionError
from gatewise.nn.init import Init
from gatewise.nn.layers import GRU, LSTM
from gatewise.nn.truncated import truncated


def parts(state):
    return state if isinstance(state, tuple) else (state,)


def detached(state):
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


@pytest.mark.parametrize("options", [{}, {"num_layers": 2}, {"batch_first": True}], ids=str)
@pytest.mark.parametrize("lengths", [None, [8, 0, 2, 5]], ids=str)
def test_values_of_the_whole_run(make, normal, state_of, options: dict[str, object], lengths: list[int] | None) -> None:
    """Outputs of all chunks and the last state have the bits of one call, however the chunks are cut."""
    layer = make(**options)
    axis = 1 if layer.batch_first else 0
    x, hx = normal(8, 4, 3), state_of(layer, layer.num_layers, 4, 5)
    x = x.transpose(0, 1) if layer.batch_first else x

    for given, steps in product((None, hx), (1, 3, 4, 8, 11)):
        chunks = list(truncated(layer, x, given, steps=steps, lengths=lengths))

        wanted, reached = layer(x, given, lengths=lengths)
        assert [output.shape[axis] for output, _ in chunks] == [min(steps, 8 - k) for k in range(0, 8, steps)]
        assert torch.equal(torch.cat([output for output, _ in chunks], axis), wanted)
        assert all(torch.equal(a, b) for a, b in zip(parts(chunks[-1][1]), parts(reached), strict=True))


@pytest.mark.parametrize("steps", [1, 3, 4])
def test_gaps_and_resets(make, normal, steps: int) -> None:
    """They have the bits of one call too: a reset in a gap at the end of a chunk works in a later one."""
    layer, x, generator = make(), normal(8, 4, 3), torch.Generator().manual_seed(3)
    mask, reset = (torch.rand(4, 8, generator=generator) < share for share in (0.5, 0.4))
    assert (reset & ~mask).any()

    chunks = list(truncated(layer, x, steps=steps, mask=mask, reset=reset, lengths=[8, 3, 8, 5]))

    wanted, reached = layer(x, mask=mask, reset=reset, lengths=[8, 3, 8, 5])
    assert torch.equal(torch.cat([output for output, _ in chunks]), wanted)
    assert all(torch.equal(a, b) for a, b in zip(parts(chunks[-1][1]), parts(reached), strict=True))
    alone = [output for output, _ in truncated(layer, x[:, 0], steps=steps, mask=mask[0], reset=reset[0])]
    assert torch.equal(torch.cat(alone), layer(x, mask=mask, reset=reset)[0][:, 0])


def test_a_row_that_is_over_keeps_its_state(make, normal) -> None:
    """The state after every chunk is that of a call over the steps so far."""
    layer, x, lengths = make(), normal(8, 4, 3), torch.tensor([8, 0, 2, 5])

    for chunk, (_, state) in enumerate(truncated(layer, x, steps=3, lengths=lengths)):
        end = min(3 * chunk + 3, 8)
        _, wanted = layer(x[:end], lengths=lengths.clamp(max=end))
        assert all(torch.equal(a, b) for a, b in zip(parts(state), parts(wanted), strict=True))


def test_single_sequences(make, normal) -> None:
    """Without a batch, time comes first in either layout."""
    for layer in (make(), make(batch_first=True)):
        x = normal(8, 3)

        outputs = [output for output, _ in truncated(layer, x, steps=3)]

        assert [len(output) for output in outputs] == [3, 3, 2]
        assert torch.equal(torch.cat(outputs), layer(x)[0])


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("lengths", [None, [8, 1, 3, 5]], ids=str)
def test_gradients_of_each_chunk_alone(make, normal, batch_first: bool, lengths: list[int] | None) -> None:
    """Backward after every chunk, and a step: as a run on that chunk from the state before, which is a constant."""
    layer, x = make(num_layers=2, batch_first=batch_first), normal(8, 4, 3)
    x = (x.transpose(0, 1) if batch_first else x).requires_grad_()
    probe, axis, state = normal(*layer(x)[0].shape), 1 if batch_first else 0, None

    def loss(output, after, start):
        part = probe.narrow(axis, start, output.shape[axis])
        return (part * output).sum() + sum(part.pow(3).sum() for part in parts(after))

    for start, (output, after) in zip((0, 3, 6), truncated(layer, x, steps=3, lengths=lengths), strict=True):
        size = output.shape[axis]
        chunk = x.detach().narrow(axis, start, size).requires_grad_()
        left = None if lengths is None else (torch.tensor(lengths) - start).clamp(0, size)
        wanted, reached = layer(chunk, state, lengths=left)
        leaves = list(layer.parameters())
        expected = torch.autograd.grad(loss(wanted, reached, start), [chunk, *leaves])
        layer.zero_grad()
        x.grad = None

        loss(output, after, start).backward()

        assert torch.equal(output, wanted)
        found = [leaf.grad for leaf in leaves]
        assert_close([x.grad.narrow(axis, start, size), *found], list(expected), rtol=1e-12, atol=1e-14)
        assert x.grad.narrow(axis, start, size).zero_().shape == chunk.shape
        assert x.grad.eq(0).all()  # nothing has reached another chunk
        assert all(gradient.ne(0).any() for gradient in found)
        state = detached(after)
        with torch.no_grad():  # the next chunk takes the new weights
            for leaf in leaves:
                leaf -= 0.1 * leaf.grad


def test_one_chunk_is_full_backpropagation(make, normal) -> None:
    """Steps enough for all of x cut nothing; fewer do."""
    layer, x = make(), normal(8, 4, 3)
    full = torch.autograd.grad(layer(x)[0].pow(3).sum(), list(layer.parameters()))

    def gradients(steps: int) -> list[torch.Tensor]:
        layer.zero_grad()
        for output, _ in truncated(layer, x, steps=steps):
            output.pow(3).sum().backward()
        return [parameter.grad.clone() for parameter in layer.parameters()]

    assert_close(gradients(8), list(full))
    assert not any(torch.allclose(a, b) for a, b in zip(gradients(4), full, strict=True))


def test_the_initial_state_is_trained_by_the_first_chunk(make, normal, state_of) -> None:
    """What the caller gives, and what the layer has learned."""
    layer, x = make(init=Init(learn_state=True)), normal(8, 4, 3)
    hx = state_of(layer, 1, 4, 5)
    for part in parts(hx):
        part.requires_grad_()

    given = [torch.autograd.grad(o.sum(), parts(hx), allow_unused=True) for o, _ in truncated(layer, x, hx, steps=4)]
    learned = [torch.autograd.grad(o.sum(), layer.h_0, allow_unused=True) for o, _ in truncated(layer, x, steps=4)]

    assert all(part.ne(0).all() for part in (*given[0], *learned[0]))
    assert all(part is None for part in (*given[1], *learned[1]))


def test_the_memory_of_one_chunk() -> None:
    """Nothing holds a chunk's output when the next one is computed."""
    layer, held, seen = GRU(3, 5), [], []
    layer.register_forward_pre_hook(lambda *_: seen.append([reference() is not None for reference in held]))

    for output, state in truncated(layer, torch.zeros(6, 4, 3), steps=2):
        held.append(weakref.ref(output.grad_fn))
        del output, state

    assert seen == [[], [False], [False, False]]


@pytest.mark.parametrize(
    ("layer", "x", "options", "message"),
    [
        (
            GRU(3, 5, bidirectional=True),
            torch.zeros(7, 4, 3),
            {},
            "a bidirectional layer.*bidirectional=False",
        ),
        (
            torch.nn.GRU(3, 5),
            torch.zeros(7, 4, 3),
            {},
            r"a torch\.nn\.modules\.rnn\.GRU.*gatewise\.from_torch",
        ),
        (
            GRU(3, 5),
            pack_padded_sequence(torch.zeros(7, 2, 3), [7, 4]),
            {},
            r"PackedSequence.*pad_packed",
        ),
        (GRU(3, 5), torch.zeros(7, 4, 2), {}, "expected 3 channels"),
        (LSTM(3, 5), torch.zeros(7, 4, 3), {"hx": torch.zeros(1, 4, 5)}, "a state that is a Tensor"),
        (GRU(3, 5), torch.zeros(7, 4, 3), {"lengths": [7, 8, 1, 1]}, "GRU: got a length of 8, expected 0 to T = 7"),
        (GRU(3, 5), torch.zeros(7, 4, 3), {"lengths": [7, -1, 1, 1]}, "a length of -1"),
        (GRU(3, 5, batch_first=True), torch.zeros(4, 7, 3), {"lengths": [8] * 4}, "a length of 8, .* T = 7"),
        (GRU(3, 5), torch.zeros(7, 3), {"lengths": [7]}, "lengths with a single sequence"),
    ],
)
def test_refused(layer: torch.nn.Module, x: object, options: dict[str, object], message: str) -> None:
    """At the call, not at the first chunk: each message says what was got, what is expected and what to type."""
    with pytest.raises(InputError, match=message):
        truncated(layer, x, steps=3, **options)


@pytest.mark.parametrize("steps", [0, 2.5, True])
def test_refused_steps(steps: object) -> None:
    """A whole number from 1 on."""
    with pytest.raises(OptionError, match=f"steps={steps}, expected a whole number from 1 on"):
        gatewise.truncated(GRU(3, 5), torch.zeros(7, 4, 3), steps=steps)
