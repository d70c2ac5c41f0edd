"""The network: what its head reads, and where its weights begin."""

import pytest
import torch

from gatewise.arms import CELLS
from gatewise.experiment.match import Ends, model_parameters
from gatewise.model.network import Network
from gatewise.run.plan import Configuration, Embedded, Shape

POOLED = [Shape(readout="pooled", bidirectional=both, init="literature") for both in (False, True)]

CODED = Shape(
    targets=1,
    normalisation="window",
    embedded=(Embedded(channel=1, values=20), Embedded(channel=2, values=3)),
)
"""Two of three channels are whole numbers of categories."""


def network(cell: str, shape: Shape) -> Network:
    """A small one, all sizes different."""
    return Network(cell, 3, 5, 2, torch.Generator().manual_seed(1), shape)


@pytest.mark.parametrize("shape", [Shape(), *POOLED, CODED])
@pytest.mark.parametrize("cell", CELLS)
def test_parameters_are_those_of_the_formula(cell: str, shape: Shape) -> None:
    """Formula and module agree for every cell, larger head and second direction included."""
    built = network(cell, shape)

    assert sum(p.numel() for p in built.parameters()) == model_parameters(cell, 5, Ends(3, 2, shape))


@pytest.mark.parametrize("shape", POOLED)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_head_reads_last_state_mean_and_maximum(cell: str, shape: Shape) -> None:
    """Of every row computed alone in plain torch; what stands beyond a row's end changes nothing."""
    built, lengths = network(cell, shape), torch.tensor([4, 7, 1])
    x = torch.randn(3, 7, 3, generator=torch.Generator().manual_seed(2))
    other = torch.where((torch.arange(7) < lengths[:, None])[..., None], x, torch.full_like(x, 9.0))

    with torch.no_grad():
        found = built(x, lengths)
        for row, steps in enumerate(lengths.tolist()):
            h, _ = built.layer(x[row : row + 1, :steps])
            forward, backward = h[0, -1, :5], h[0, 0, 5:]
            read = torch.cat([forward, backward, h[0].mean(dim=0), h[0].max(dim=0).values])
            expected = built.head.weight @ read + built.head.bias
            torch.testing.assert_close(found[row], expected)
        torch.testing.assert_close(built(other, lengths), found)
        full = torch.full((3,), 7)
        torch.testing.assert_close(built(x, full), built(x))


def test_a_row_of_a_table_takes_the_place_of_its_number() -> None:
    """Outputs and all gradients in float64 are those of columns of 0 and 1 times the tables, behind other channels."""
    built = network("gru", CODED).double()
    own = torch.randn(6, 9, 1, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    codes = [torch.randint(0, n, (6, 9), generator=torch.Generator().manual_seed(n)) for n in (21, 4)]
    x = torch.cat([own, *(code[..., None].double() for code in codes)], dim=2)
    plain = Network("gru", 1 + 5 + 2, 5, 2, torch.Generator(), CODED.model_copy(update={"embedded": ()})).double()
    plain.load_state_dict({k: v for k, v in built.state_dict().items() if not k.startswith("tables")})
    weights = [torch.nn.Parameter(table.weight.detach().clone()) for table in built.tables]
    rows = [
        torch.nn.functional.one_hot(code, len(weight)).double() @ weight
        for code, weight in zip(codes, weights, strict=True)
    ]
    found, expected = built(x), plain(torch.cat([own, *rows], dim=2))

    torch.testing.assert_close(found, expected)
    found.square().sum().backward()
    expected.square().sum().backward()
    pairs = [(table.weight, weight) for table, weight in zip(built.tables, weights, strict=True)]
    pairs += list(zip([*built.layer.parameters(), *built.head.parameters()], plain.parameters(), strict=True))
    for mine, theirs in pairs:
        torch.testing.assert_close(mine.grad, theirs.grad)


def test_tables_are_drawn_last_and_begin_at_nothing_for_an_unknown_value() -> None:
    """Layer and head of the same inputs have the same weights with tables and without; the weights are stored."""
    built, generator = network("lstm", CODED), torch.Generator().manual_seed(1)
    plain = Network("lstm", 8, 5, 2, generator, CODED.model_copy(update={"embedded": ()}))

    assert [table.weight.shape for table in built.tables] == [(21, 5), (4, 2)]
    assert not any(table.weight[0].any() for table in built.tables)
    assert all(torch.equal(value, built.state_dict()[name]) for name, value in plain.state_dict().items())
    other = Network("lstm", 3, 5, 2, torch.Generator(), CODED)
    other.load_bytes(built.to_bytes())
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in built.state_dict().items())


def test_weights_of_old_networks_are_drawn_as_they_were() -> None:
    """Layer and head alike from U(-1/√H, 1/√H), in this order, by one generator."""
    built, generator = network("lstm", Shape()), torch.Generator().manual_seed(1)

    for parameter in built.parameters():
        drawn = torch.empty_like(parameter).uniform_(-(5**-0.5), 5**-0.5, generator=generator)
        torch.testing.assert_close(parameter.data, drawn, rtol=0, atol=0)


def test_weights_as_the_literature_recommends() -> None:
    """Orthogonal recurrent weights and a forget bias of 1."""
    layer = network("lstm", POOLED[0]).layer
    named = dict(layer.named_parameters())
    recurrent, bias = (next(v for k, v in named.items() if k.startswith(name)) for name in ("weight_hh", "bias_ih"))

    for block in recurrent.chunk(4):
        torch.testing.assert_close(block @ block.T, torch.eye(5), atol=1e-5, rtol=0)
    assert sorted(bias.tolist()) == [0.0] * 15 + [1.0] * 5


def test_a_head_that_begins_at_zero() -> None:
    """Whatever it reads, the network answers 0."""
    built = network("gru", Shape(zero_head=True))

    assert not built(torch.randn(2, 4, 3)).any()


def test_own_and_shared_fields_of_a_configuration() -> None:
    """A cell's own fields go into another setting, and nothing else does."""
    own = Configuration(learning_rate=0.02, batch_size=16, dropout=0.1)
    setting = Configuration(learning_rate=0.005, batch_size=32, dropout=0.0, bidirectional=True)

    assert own.within(setting) == own.model_copy(update={"bidirectional": True})
    assert own.shared != setting.shared == own.within(setting).shared
    assert POOLED[0].within(setting) == POOLED[1]
