"""One vector for each sequence: what every direction of the top layer has left after all steps of the row."""

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

from gatewise.errors import InputError
from gatewise.nn.layers import GRU, LSTM, RNN


@pytest.mark.parametrize("options", [{}, {"num_layers": 3}, {"batch_first": True}], ids=str)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_rows_of_unequal_lengths(make, normal, options: dict[str, object], bidirectional: bool) -> None:
    """Every row run by itself, cut to its length: its last output forward, beside its first backward."""
    layer, lengths = make(bidirectional=bidirectional, **options), [6, 1, 4, 3]
    x = normal(6, 4, 3)

    output, state = layer(x.transpose(0, 1) if layer.batch_first else x, lengths=lengths)
    found = layer.summary(state)

    rows = [layer(x[:length, row])[0] for row, length in enumerate(lengths)]
    wanted = torch.stack([torch.cat([row[-1, :5], row[0, 5:]]) for row in rows])
    assert found.shape == (4, 10 if bidirectional else 5)
    assert_close(found, wanted, rtol=0, atol=1e-14)
    weights = [weight for name, weight in layer.named_parameters() if "bias_hh" not in name]
    assert_close(torch.autograd.grad(found.pow(3).sum(), weights), torch.autograd.grad(wanted.pow(3).sum(), weights))
    last = output[:, -1] if layer.batch_first else output[-1]  # what is often taken for it
    assert not torch.equal(found[1], last[1])


def test_both_directions_by_hand(make, normal) -> None:
    """Two layers of one direction, one of them over the flipped row."""
    both, forward, backward = make(bidirectional=True), make(), make()
    weights, x, lengths = both.state_dict(), normal(6, 4, 3), [6, 1, 4, 3]
    forward.load_state_dict({n: w for n, w in weights.items() if not n.endswith("_reverse")})
    backward.load_state_dict({n.removesuffix("_reverse"): w for n, w in weights.items() if n.endswith("_reverse")})

    found = both.summary(both(x, lengths=lengths)[1])

    for row, length in enumerate(lengths):
        alone = x[:length, row]
        ends = [forward(alone)[0][-1], backward(alone.flip(0))[0][-1]]
        assert_close(found[row], torch.cat(ends), rtol=0, atol=1e-14)


def test_single_and_packed_sequences(make, normal) -> None:
    """Without a batch there is none in the vector; packed rows come in the caller's order."""
    layer, x, lengths = make(num_layers=2, bidirectional=True), normal(6, 4, 3), [2, 6, 5, 1]

    padded = layer.summary(layer(x, lengths=lengths)[1])

    packed = layer.summary(layer(pack_padded_sequence(x, lengths, enforce_sorted=False))[1])
    alone = layer.summary(layer(x[:5, 2])[1])
    assert torch.equal(packed, padded)
    assert alone.shape == (10,)
    assert_close(alone, padded[2], rtol=0, atol=1e-14)


def test_of_an_lstm_h_alone_or_both(normal) -> None:
    """The cell state is not in it."""
    layer = LSTM(3, 5, num_layers=2, bidirectional=True, dtype=torch.float64)
    h_n, c_n = layer(normal(6, 4, 3))[1]

    assert torch.equal(layer.summary(h_n), layer.summary((h_n, c_n)))
    assert torch.equal(layer.summary(h_n), torch.cat([h_n[2], h_n[3]], 1))


@pytest.mark.parametrize(
    ("layer", "state", "message"),
    [
        (
            GRU(3, 5, num_layers=2),
            torch.zeros(7, 4, 5),
            r"GRU\.summary: got a state of shape \(7, 4, 5\), expected h_n of shape \(2, N, 5\), or \(2, 5\) for a "
            r"single sequence\. Type output, h_n = gru\(x\), then gru\.summary\(h_n\)",
        ),
        (GRU(3, 5, num_layers=2), torch.zeros(2, 4, 10), r"a state of shape \(2, 4, 10\)"),
        (GRU(3, 5, num_layers=2), torch.zeros(2, 4, 1, 5), r"a state of shape \(2, 4, 1, 5\)"),
        (GRU(3, 5), (torch.zeros(1, 4, 5), torch.zeros(1, 4, 5)), "a state of type tuple"),
        (LSTM(3, 5), torch.zeros(4, 5), r"a state of shape \(4, 5\).*Type output, \(h_n, c_n\) = lstm\(x\)"),
        (LSTM(3, 5), (torch.zeros(1, 4, 5),), "a state of type tuple"),
        (LSTM(3, 5), (torch.zeros(7, 4, 5), (None, None)), r"a state of shape \(7, 4, 5\)"),
        (RNN(3, 5), None, "a state of type NoneType"),
    ],
)
def test_refused(layer: torch.nn.Module, state: object, message: str) -> None:
    """Each message says what was got, what is expected and what to type."""
    with pytest.raises(InputError, match=message):
        layer.summary(state)
