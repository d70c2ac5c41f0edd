"""The examples of docs/estimators.md."""

from pathlib import Path

import pytest


def test_examples_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """All Python blocks, one after the other, from the project's root as a reader runs them."""
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root)
    blocks = (root / "docs" / "estimators.md").read_text("utf-8").split("```python\n")[1:]

    exec("\n".join(block.partition("```")[0] for block in blocks), {"print": lambda *_: None})
    assert Path.cwd() == root
