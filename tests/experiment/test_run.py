"""A comparison from its locked plan to its verdict, and what its warnings say of the work behind it."""

from pathlib import Path

import pytest
from synthetic import plan
from tiny import series

import gatewise
from gatewise.errors import InputError
from gatewise.experiment import environment
from gatewise.experiment.choice import Tuned
from gatewise.experiment.confirm import Confirmed
from gatewise.experiment.run import _warnings
from gatewise.experiment.workers.inline import Inline
from gatewise.run.verdict import coded


def test_warnings_of_the_work() -> None:
    """Unequal sizes where they should be equal, longer fits, fits of several machines; nothing without a cause."""
    equal, unequal = plan(), plan(parameters={"lstm": 1000, "gru": 1100})
    tuned = Tuned(equal.configurations, {}, {}, 0, (coded("nothing-tuned"),))
    plain, climbed = Confirmed(0, 8, ()), Confirmed(2, 8, ())

    assert _warnings(equal, tuned, plain, ["this"]) == (coded("nothing-tuned"),)
    assert [note.code for note in _warnings(unequal, tuned, climbed, ["a", "b", "c"])[1:]] == [
        "sizes-differ",
        "steps-multiplied",
        "environments-mixed",
    ]
    assert _warnings(unequal, tuned, climbed, ["a", "b", "c"])[1].values["share"] == pytest.approx(0.1)
    assert _warnings(unequal, tuned, climbed, ["a", "b", "c"])[2].values["times"] == 4
    wide = unequal.model_copy(update={"match": "width"})
    assert [note.code for note in _warnings(wide, tuned, plain, ["this"])] == ["nothing-tuned"]


def test_a_run_goes_on_elsewhere_only_when_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On another processor it is refused, and nothing is changed; told to go on, it ends, and the verdict says so."""
    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (20, 20))
    values = series().values
    (tmp_path / "data.csv").write_text("y\n" + "\n".join(map(str, values[:, 0])), "utf-8")
    begun = gatewise.compare(
        tmp_path / "data.csv", target="y", window=4, params=300, fits=8, workers=1, out=tmp_path / "run"
    )
    folder = begun.folder
    assert begun.document.warnings
    assert "environments-mixed" not in {note.code for note in begun.document.warnings}
    folder.verdict_path.unlink()
    before = folder.environment_path.read_bytes()

    monkeypatch.setattr(environment, "_processor", lambda: "another one")
    with pytest.raises(InputError, match="processor: got another one, expected"):
        gatewise.resume(folder.path, workers=1)
    assert not folder.finished
    assert folder.environment_path.read_bytes() == before
    with folder.fits():
        pass  # the refusal has let go of the lock

    found = gatewise.resume(folder.path, workers=1, elsewhere=True)
    mixed = [note for note in found.document.warnings if note.code == "environments-mixed"]
    monkeypatch.undo()
    kinds = ("processor another one", f"processor {environment._processor()}")
    assert [note.values for note in mixed] == [{"environments": 2, "kinds": kinds}]
    assert "2 environments" in found.report().read_text("utf-8")
    assert found.document.fits == begun.document.fits
