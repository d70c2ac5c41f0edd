"""Anchors: a rule is fitted once to each part that networks learn from."""

from typing import Any

import pytest
from tiny import series, task_of

from gatewise.rules import anchor
from gatewise.rules.anchor import Anchored


def test_a_rule_is_fitted_once_to_a_part_and_again_to_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks made anew for each fit share it; another part, rule, horizon or value does not; the bits are the same."""
    fitted, real = [], anchor.fit

    def counted(*asked: Any) -> Any:
        fitted.append(asked[0])
        return real(*asked)

    monkeypatch.setattr(anchor, "fit", counted)
    monkeypatch.setattr(anchor, "_shared_rules", {})

    def begun(data: Any, rule: str = "drift", split: int = 0, horizon: int = 3) -> bytes:
        task = task_of(data, horizon=horizon)
        parts = task.parts(split, "tune", 0)
        examples = task.examples(parts)
        return Anchored.fit("rule", rule, task, examples, parts.train, parts.train).targets(parts.train).tobytes()

    assert begun(series()) == begun(series())
    assert fitted == ["drift"]
    begun(series(), split=1)
    begun(series(), rule="ridge")
    begun(series(), horizon=2)
    other = series()
    other.values[5] += 1.0
    begun(other)
    assert fitted == ["drift", "drift", "ridge", "drift", "drift"]


def test_the_rules_kept_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes when there is one too many."""
    kept: dict[bytes, Any] = {}
    monkeypatch.setattr(anchor, "_shared_rules", kept)
    monkeypatch.setattr(anchor, "MOST_SHARED", 2)
    task = task_of(series(), horizon=3)
    parts = task.parts(0, "tune", 0)
    for count in (20, 21, 22):
        ids = parts.train[:count]
        Anchored.fit("rule", "drift", task, task.examples(parts), ids, ids)

    assert len(kept) == 2


def test_forecasts_of_the_training_examples_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit and the targets are learned from the same: every fit of a comparison begins with both."""
    asked, real = [], anchor.points

    def counted(fitted: Any, examples: Any, ids: Any) -> Any:
        asked.append(len(ids))
        return real(fitted, examples, ids)

    monkeypatch.setattr(anchor, "points", counted)
    task = task_of(series(), horizon=3)
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    seen = Anchored.fit("rule", "ridge", task, examples, parts.train, parts.train)
    targets = seen.targets(parts.train)

    assert asked == [len(parts.train)]
    assert float((targets.astype("float64") ** 2).mean()) == pytest.approx(1.0, rel=1e-6)
    own = (examples.targets(parts.train) - real(seen.anchor.rule, examples, parts.train)) / seen.anchor.unit
    assert targets == pytest.approx(own.astype("float32"), rel=1e-6)
