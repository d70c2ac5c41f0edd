"""What is told of networks and the forecasts they start from."""

import pytest

from gatewise.judge.anchors import anchor_result
from gatewise.judge.wording import words
from gatewise.run.fits import Fit, Key
from gatewise.run.plan import Configuration
from gatewise.run.verdict import coded

USUAL = Configuration(learning_rate=0.005, batch_size=32, dropout=0.0, anchor="rule")
PLAIN = USUAL.model_copy(update={"anchor": "none"})


def fit(phase: str, cell: str, number: int = 0, *, draw: int = 0, best: int = 7, loss: float, split: int = 0) -> Fit:
    """A fit of one block with the same loss on validation and on test."""
    return Fit(Key(phase, cell, number, 0, split, draw, 0), 9, best, False, "done", (loss,), (loss,), 1.0)


def stored(*fits: Fit) -> dict[Key, Fit]:
    """Fits by key."""
    return {each.key: each for each in fits}


FITS = stored(
    fit("baseline", "ridge", loss=4.0),
    fit("baseline", "drift", loss=5.0),
    fit("tune", "gru", loss=3.0),
    fit("tune", "gru", 1, loss=9.0),
    fit("pair", "gru", loss=3.0),
    fit("pair", "gru", draw=1, loss=4.0, best=0),
    fit("pair", "gru", draw=2, loss=1.0, best=0),
    fit("pair", "lstm", loss=1.0),
)


def test_a_cell_is_held_against_the_rule_it_starts_from() -> None:
    """Half of two pairs stayed; 7 of the rule's 8 were lost; without an anchor validation loses three times as much."""
    found = anchor_result(FITS, (USUAL, PLAIN), "gru", 0, 2, ("ridge",))

    assert found is not None
    assert (found.kind, found.rule, found.stayed) == ("rule", "ridge", 0.5)
    assert found.gain == pytest.approx(1.0 - 7.0 / 8.0)
    assert found.alone == pytest.approx(3.0)
    assert found.at_bar == 1.0


def test_a_start_that_is_not_the_bar_is_told_apart() -> None:
    """Another rule is the bar; and a start from the last value is the bar where that rule is."""
    last = USUAL.model_copy(update={"anchor": "last"})
    fits = FITS | stored(fit("baseline", "last-value", loss=9.0))
    other = anchor_result(FITS, (USUAL, PLAIN), "gru", 0, 2, ("drift",))
    same = anchor_result(fits, (last, PLAIN), "gru", 0, 2, ("last-value",))

    assert other is not None
    assert same is not None
    assert (other.at_bar, same.at_bar) == (0.0, 1.0)


def test_the_order_in_which_fits_end_changes_no_digit() -> None:
    """Losses whose sum depends on the order they are added in: every order gives the same result."""
    pairs = [fit("pair", "gru", draw=k, loss=loss) for k, loss in enumerate((0.1, 0.7, 1e16, 1.0, 1.0, 0.3))]
    fits = [fit("baseline", "ridge", loss=0.3), *pairs]
    first, second = (
        anchor_result(stored(*each), (USUAL, PLAIN), "gru", 0, 6, ("ridge",)) for each in (fits, fits[::-1])
    )

    assert first == second


def test_what_is_unknown_is_not_told() -> None:
    """A task without anchors, an older run without its list, and a plain network."""
    bare = USUAL.model_copy(update={"anchor": None})
    plain = anchor_result(FITS, (PLAIN, PLAIN), "gru", 0, 2, ("ridge",))

    assert anchor_result(FITS, (bare, bare), "gru", 0, 2, ("ridge",)) is None
    assert anchor_result(FITS, (), "gru", 0, 2, ("ridge",)) is None
    assert plain is not None
    assert (plain.stayed, plain.gain, plain.alone) == (0.0, None, None)


def test_a_copy_is_called_one() -> None:
    """The sentence names the cell, the share and the rule."""
    text = words(coded("copies-anchor", arm="gru", share=0.75, kind="rule", rule="ridge"))

    assert text == "75 % of the GRU fits learned nothing beyond the rule ridge"
