"""The trained model: what cannot be read is refused."""

from pathlib import Path

import numpy as np
import pytest

from gatewise.errors import InputError
from gatewise.model.model import load


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    """What is missing is named, and what was wanted."""
    with pytest.raises(InputError, match=r"holds no model that can be read: .*Expected: a folder under models/"):
        load(tmp_path)
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(np.arange(4).tobytes())
    with pytest.raises(InputError, match="holds no model"):
        load(tmp_path)
