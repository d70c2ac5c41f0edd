"""PackedSequence in, PackedSequence out, as torch does it."""

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.testing import assert_close

from gatewise.errors import InputError
from gatewise.nn.layers import GRU, LSTM

KINDS = [(LSTM, torch.nn.LSTM), (GRU, torch.nn.GRU)]


def parts(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize(("ours", "theirs"), KINDS, ids=["lstm", "gru"])
@pytest.mark.parametrize(("lengths", "enforce_sorted"), [([6, 4, 4, 1], True), ([2, 6, 1, 5], False)])
@pytest.mark.parametrize("given", [False, True])
def test_same_as_torch(normal, state_of, ours, theirs, lengths: list[int], enforce_sorted: bool, given: bool) -> None:
    """Data, batch sizes, both orders of indices and states are torch's, rows sorted or not."""
    module = theirs(3, 5, num_layers=2, bidirectional=True, dtype=torch.float64)
    layer = ours(3, 5, num_layers=2, bidirectional=True, dtype=torch.float64, convention="torch")
    layer.load_state_dict(module.state_dict())
    packed = pack_padded_sequence(normal(6, 4, 3), torch.tensor(lengths), enforce_sorted=enforce_sorted)
    hx = state_of(layer, 4, 4, 5) if given else None

    output, state = layer(packed, hx)
    wanted, reached = module(packed, hx)

    assert_close((output.data, parts(state)), (wanted.data, parts(reached)))
    assert torch.equal(output.batch_sizes, wanted.batch_sizes)
    assert (output.sorted_indices is None) == enforce_sorted
    assert_close(pad_packed_sequence(output), pad_packed_sequence(wanted))


@pytest.mark.parametrize(
    "beside", [{"lengths": [6, 4]}, {"mask": torch.ones(2, 6).bool()}, {"reset": torch.ones(2, 6).bool()}], ids=str
)
def test_a_packed_sequence_comes_alone(normal, beside: dict[str, object]) -> None:
    """It has lengths of its own, and rows sorted by them: a mask or reset would fit the padded rows."""
    packed = pack_padded_sequence(normal(6, 2, 3), torch.tensor([6, 4]))

    with pytest.raises(InputError, match=rf"{next(iter(beside))} with a PackedSequence, .*Leave it out"):
        GRU(3, 5, dtype=torch.float64)(packed, **beside)
