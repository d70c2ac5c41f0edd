"""The trained model: what cannot be read is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import series, task_of

from gatewise.errors import InputError
from gatewise.model.model import Model, load
from gatewise.model.network import Network
from gatewise.rules.anchor import Anchor
from gatewise.rules.protocol import Fitted


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    """What is missing is named, and what was wanted."""
    with pytest.raises(InputError, match=r"holds no model that can be read: .*Expected: a folder under models/"):
        load(tmp_path)
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(np.arange(4).tobytes())
    with pytest.raises(InputError, match="holds no model"):
        load(tmp_path)


def test_an_anchor_is_read_as_it_was_stored(tmp_path: Path) -> None:
    """Whatever the order of the axes of its arrays in memory: safetensors writes memory as it lies."""
    task = task_of(series(), horizon=3)
    parts = task.whole()
    examples = task.examples(parts)
    weight = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    anchor = Anchor("rule", Fitted("ridge", {"weight": weight, "bias": np.zeros(2)}), 1.0)
    network = Network("gru", examples.learned.inputs.channels, 4, 3, torch.Generator())
    about = (task.name, task.setting.section, task.setting.data)
    Model("gru", *about, examples.learned, (network,), None, "", anchor).save(tmp_path)

    read = load(tmp_path).anchor
    assert read is not None
    assert read.rule is not None
    assert (read.rule.arrays["weight"] == weight).all()
