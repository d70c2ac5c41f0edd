"""What a model says of what it was trained on."""

import pytest

from gatewise.run.card import Trained


@pytest.mark.parametrize(
    ("until", "seen", "kept", "said"),
    [
        ("2015-12-31", 1461, False, "trained on rows up to 2015-12-31 (all 1,461 rows)"),
        ("row 96", 96, True, "trained on rows up to row 96 (96 of 1,461 rows; the test part was kept away)"),
        ("", 1461, False, "trained on all 1,461 rows"),
        ("", 40, True, "trained on 40 of 1,461 rows; the test part was kept away"),
    ],
)
def test_it_says_up_to_which_row(until: str, seen: int, kept: bool, said: str) -> None:
    """And whether that is all."""
    trained = Trained(called="rows", seen=seen, among=1461, until=until, kept_test=kept)

    assert trained.sentence == said


def test_an_ensemble_says_how_many_it_is() -> None:
    """It has steps for each of its networks."""
    trained = Trained(called="rows", seen=9, among=9, until="", kept_test=False, steps=(3, 4))

    assert trained.sentence == "trained on all 9 rows, the average of 2 networks"
