"""Folds, validation draws and origins."""

import numpy as np
import pytest

from gatewise.data.split import TEST_SHARE, deal, origins, validation_draw

LABELS = np.repeat([0, 1, 2], [50, 7, 2])


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_are_stratified(folds: int) -> None:
    """Folds differ by at most one example, in all and within each class."""
    fold = deal(LABELS, folds, np.random.default_rng(0))

    for chosen in (np.ones(len(LABELS), dtype=bool), *(k == LABELS for k in range(3))):
        counts = np.bincount(fold[chosen], minlength=folds)
        assert counts.max() - counts.min() <= 1


def test_folds_depend_on_the_generator_alone() -> None:
    """Equal generators deal alike, others do not."""
    deals = [deal(LABELS, 3, np.random.default_rng(seed)).tolist() for seed in (1, 1, 2)]

    assert deals[0] == deals[1] != deals[2]


def test_validation_is_drawn_and_never_takes_a_whole_class() -> None:
    """Every class keeps an example to learn from, one of a single example too; something is always validated."""
    labels = np.append(LABELS, 3)
    for seed in range(50):
        chosen = validation_draw(labels, np.random.default_rng(seed))
        assert chosen.any()
        assert all((~chosen[k == labels]).any() for k in range(4))


def test_even_the_smallest_set_validates() -> None:
    """Two classes of two examples: at least one of them validates."""
    assert all(validation_draw(np.array([0, 0, 1, 1]), np.random.default_rng(seed)).any() for seed in range(50))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_origins_roll_through_the_later_part(count: int) -> None:
    """Test parts follow each other to the end of the series."""
    borders = origins(np.arange(7, 1007), count)

    assert borders[0] == 1000 * (1 - TEST_SHARE)
    assert borders[-1] == 1000
    assert len(borders) == count + 1
    assert np.ptp(np.diff(borders)) <= 1
