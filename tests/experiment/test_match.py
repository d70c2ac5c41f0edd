"""Widths at equal parameter count."""

import pytest

from gatewise.errors import OptionError
from gatewise.experiment.match import Ends, large_tables, match_parameters, match_width, model_parameters, widths
from gatewise.run.options import options
from gatewise.run.plan import Embedded, Shape

CELLS = ("lstm", "gru", "gru-after", "rnn")


@pytest.mark.parametrize("params", [10_000, 20_000, 100_000])
@pytest.mark.parametrize(("input_size", "outputs"), [(1, 1), (7, 24), (13, 9)])
@pytest.mark.parametrize("shape", [Shape(), Shape(readout="pooled", bidirectional=True)])
def test_at_most_one_percent_apart(params: int, input_size: int, outputs: int, shape: Shape) -> None:
    """From 10,000 parameters on LSTM and GRU are within 1 % of each other, both ways 1.5 %, and 10 % of the target."""
    ends = Ends(input_size, outputs, shape)
    widths = match_parameters(("lstm", "gru"), params, ends)
    counts = [model_parameters(cell, h, ends) for cell, h in widths.items()]

    assert max(counts) / min(counts) <= 1.01 + 0.005 * (shape.directions - 1)
    assert all(abs(count / params - 1) <= 0.10 for count in counts)


def test_no_closer_pair_exists() -> None:
    """Against trying everything, for a small target."""
    widths = match_parameters(("lstm", "gru"), 500, Ends(3, 2))
    near = [
        abs(a / b - 1)
        for a in (model_parameters("lstm", h, Ends(3, 2)) for h in range(1, 30))
        for b in (model_parameters("gru", h, Ends(3, 2)) for h in range(1, 30))
        if abs(a / 500 - 1) <= 0.1 and abs(b / 500 - 1) <= 0.1
    ]
    lstm, gru = (model_parameters(cell, widths[cell], Ends(3, 2)) for cell in ("lstm", "gru"))

    assert abs(lstm / gru - 1) <= min(near) * 1.05


def test_four_cells_meet() -> None:
    """All four kinds near one count."""
    widths = match_parameters(CELLS, 10_000, Ends(5, 3))
    counts = [model_parameters(cell, h, Ends(5, 3)) for cell, h in widths.items()]

    assert max(counts) / min(counts) <= 1.03


def test_a_repeated_cell_gets_the_same_width() -> None:
    """A control differs in nothing but its weights."""
    widths = match_parameters(("gru", "gru#2"), 10_000, Ends(5, 3))

    assert widths["gru"] == widths["gru#2"]


def test_equal_width_on_request() -> None:
    """The first cell's width for all."""
    widths = match_width(("lstm", "gru"), 10_000, Ends(5, 3))

    assert widths["lstm"] == widths["gru"] == match_parameters(("lstm",), 10_000, Ends(5, 3))["lstm"]


def test_widths_on_the_terms_asked_for() -> None:
    """Equal parameters, equal width, or what was stated, whatever --params says."""
    stated = options(cells="gru,gru,lstm", match="none", hidden="lstm=7,gru=2,gru#2=5", params=1)

    assert widths(options(params=2_000), Ends(5, 3)) == match_parameters(("lstm", "gru"), 2_000, Ends(5, 3))
    assert widths(options(params=2_000, match="width"), Ends(5, 3)) == match_width(("lstm", "gru"), 2_000, Ends(5, 3))
    assert widths(stated, Ends(5, 3)) == {"gru": 2, "gru#2": 5, "lstm": 7}


def test_too_few_parameters() -> None:
    """The message names the smallest that goes."""
    with pytest.raises(OptionError, match=r"--params 10: the smallest lstm .* has \d+ parameters. Type: --params"):
        match_parameters(("lstm", "gru"), 10, Ends(5, 3))


def test_a_table_that_is_larger_than_the_network_is_told() -> None:
    """With what it costs and what makes it smaller; one that is not, and widths that are stated, are not."""
    shape = Shape(embedded=(Embedded(channel=0, values=4432),))

    [found] = large_tables(options(params=2000), ("word",), shape)

    assert "4,432 words, 32 numbers each, has 141,856 parameters" in found
    assert found.endswith("on top of --params 2000; --symbols characters has a smaller one")
    assert large_tables(options(params=200_000), ("word",), shape) == ()
    assert large_tables(options(match="none", hidden="lstm=9,gru=9"), ("word",), shape) == ()
