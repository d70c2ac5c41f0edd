"""The examples of docs/layers.md."""

from pathlib import Path


def test_examples_run() -> None:
    """All Python blocks, one after the other."""
    blocks = (Path(__file__).parents[2] / "docs" / "layers.md").read_text("utf-8").split("```python\n")[1:]

    exec("\n".join(block.partition("```")[0] for block in blocks), {"print": lambda *_: None})
