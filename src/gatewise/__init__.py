"""LSTM or GRU, for your sequences? Settled by a fair experiment on your own data.

Names are looked up when they are first used, so that ``gatewise --help`` does not wait for PyTorch.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatewise import explain as explain
    from gatewise.comparison import Comparison as Comparison
    from gatewise.comparison import compare as compare
    from gatewise.comparison import load as load
    from gatewise.comparison import resume as resume
    from gatewise.convert.patch import patch_torch as patch_torch
    from gatewise.convert.pytorch import from_torch as from_torch
    from gatewise.convert.pytorch import to_torch as to_torch
    from gatewise.errors import DataError as DataError
    from gatewise.errors import GatewiseError as GatewiseError
    from gatewise.errors import InputError as InputError
    from gatewise.errors import OptionError as OptionError
    from gatewise.errors import RunError as RunError
    from gatewise.estimators.forecaster import SequenceForecaster as SequenceForecaster
    from gatewise.estimators.sequences import SequenceClassifier as SequenceClassifier
    from gatewise.estimators.sequences import SequenceRegressor as SequenceRegressor
    from gatewise.nn.cells import GRUCell as GRUCell
    from gatewise.nn.cells import LSTMCell as LSTMCell
    from gatewise.nn.cells import RNNCell as RNNCell
    from gatewise.nn.init import Init as Init
    from gatewise.nn.layers import GRU as GRU
    from gatewise.nn.layers import LSTM as LSTM
    from gatewise.nn.layers import RNN as RNN
    from gatewise.nn.layers import gate_order as gate_order
    from gatewise.nn.paths import kernel_path as kernel_path
    from gatewise.nn.regularize import Regularize as Regularize
    from gatewise.nn.truncated import truncated as truncated
    from gatewise.nn.variant import Variant as Variant
    from gatewise.reference.conventions import parameter_count as parameter_count

_HOME = {
    "Comparison": "comparison",
    "DataError": "errors",
    "GRU": "nn.layers",
    "GRUCell": "nn.cells",
    "GatewiseError": "errors",
    "Init": "nn.init",
    "InputError": "errors",
    "LSTM": "nn.layers",
    "LSTMCell": "nn.cells",
    "OptionError": "errors",
    "RNN": "nn.layers",
    "RNNCell": "nn.cells",
    "Regularize": "nn.regularize",
    "RunError": "errors",
    "SequenceClassifier": "estimators.sequences",
    "SequenceForecaster": "estimators.forecaster",
    "SequenceRegressor": "estimators.sequences",
    "Variant": "nn.variant",
    "compare": "comparison",
    "from_torch": "convert.pytorch",
    "gate_order": "nn.layers",
    "kernel_path": "nn.paths",
    "load": "comparison",
    "parameter_count": "reference.conventions",
    "patch_torch": "convert.patch",
    "resume": "comparison",
    "to_torch": "convert.pytorch",
    "truncated": "nn.truncated",
}

__all__ = sorted([*_HOME, "explain"])
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "explain":
        return import_module("gatewise.explain")
    if name not in _HOME:
        raise AttributeError(f"module 'gatewise' has no attribute {name!r}")
    home = f"gatewise.{_HOME[name]}"
    if "IPython" in sys.modules and _HOME[name] != "errors":
        with import_module("gatewise.experiment.watch.loading").loading():
            import_module(home)
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
