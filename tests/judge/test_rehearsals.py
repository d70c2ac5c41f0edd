"""What a verdict tells of training again on all that comes before a test part."""

import pytest
from synthetic import plan

from gatewise.judge.rehearsals import refit_result
from gatewise.run.fits import Fit, Key


def rehearsed(draw: int, before: float, after: float) -> Fit:
    """A rehearsal of two test blocks."""
    key = Key("rehearse", "gru", 0, 0, 0, draw, 0)
    return Fit(key, 9, 7, False, "done", (before, before), (after, after), 1.0)


def test_the_share_of_the_loss_that_rehearsals_saved() -> None:
    """A half and minus a quarter are an eighth on average; a network that diverged lost all of it."""
    fits = {fit.key: fit for fit in (rehearsed(0, 4.0, 2.0), rehearsed(1, 4.0, 5.0))}
    diverged = {fit.key: fit for fit in (rehearsed(0, 4.0, float("nan")),)}
    asked = plan(refit="rehearsed")

    found = refit_result(asked, fits, done=True)
    assert (found.asked, found.done, found.rehearsals) == ("rehearsed", True, 2)
    assert found.saved == pytest.approx(0.125)
    assert refit_result(asked, diverged, done=False).saved == -1.0
    assert refit_result(asked, {}, done=True).saved is None
