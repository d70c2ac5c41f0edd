"""The seventeen tables: title, columns, what measures them, and their bars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import _features as features
import _others as others
import _sequences as sequences
import _single as single
from _peers import AFTER, BEFORE, LSTM
from _report import Bar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from _run import Run, Task


@dataclass(frozen=True)
class Table:
    """Rows of one kind, and what they have to reach."""

    name: str
    title: str
    columns: Mapping[str, str]
    tasks: Callable[[Run], Sequence[Task]]
    bars: tuple[Bar, ...]
    avx2_bars: tuple[Bar, ...] | None = None

    def bars_of(self, *, avx2: bool) -> tuple[Bar, ...]:
        """The bars; where gatewise computes with AVX2, those for AVX2 if there are any."""
        return self.avx2_bars if avx2 and self.avx2_bars is not None else self.bars


_SIZE = {"layer": "layer", "size": "B,T,I,H", "ours": "gatewise ms"}
_RATE = {"gflops": "GFLOP/s", "percent": "% of peak"}
_TORCH = {"torch": "torch ms", "ratio": "torch / gatewise"}


def _at_least(mean: float, least: float | None, *layers: str) -> tuple[Bar, ...]:
    """Bars of a speed-up: its geometric mean and its least; a least of None is only told."""
    return Bar("ratio", "geometric mean", mean, layers), Bar("ratio", "minimum", least, layers)


_OPTION = {**_SIZE, "option": "with ms", "ratio": "with / without"}
_ONNX = {**_SIZE, "torch": "torch ms", "onnx": "onnxruntime ms", "ratio": "best peer / gatewise", **_RATE}
_LOOP = {"loop": "plain loop ms", "loop_ratio": "loop / gatewise"}
_LOOP_MEAN = Bar("loop_ratio", "geometric mean", None)
_GRU_AVX2 = _at_least(3.0, None)

TABLES = (
    Table("lstm-train", "LSTM, a training step", {**_SIZE, **_TORCH, **_RATE}, partial(sequences.training, LSTM),
          _at_least(2.0, 1.1), _at_least(1.5, None)),
    Table("gru-after-train", "GRU, reset after, a training step", {**_SIZE, **_TORCH, **_RATE},
          partial(sequences.training, AFTER), _at_least(5.5, 1.4), _GRU_AVX2),
    Table("gru-before-train", "GRU, reset before, a training step; torch's GRU resets after",
          {**_SIZE, **_TORCH, **_LOOP, **_RATE}, partial(sequences.training, BEFORE),
          (*_at_least(4.8, 1.4), _LOOP_MEAN), (*_GRU_AVX2, _LOOP_MEAN)),
    Table("lstm-infer", "LSTM, inference", _ONNX, partial(sequences.inference, (LSTM,)), _at_least(1.3, 1.0)),
    Table("gru-infer", "GRU, inference", _ONNX, partial(sequences.inference, (AFTER, BEFORE)),
          (*_at_least(2.0, 1.1, AFTER), *_at_least(2.0, 1.1, BEFORE))),
    Table("peak", "Training, share of the peak at H >= 128 and B >= 32",
          {**_SIZE, **_RATE, "peak": "peak then", "percent_then": "% of that"}, sequences.share,
          (Bar("percent", "minimum", 80.0, (LSTM, AFTER)), Bar("percent", "minimum", 74.0, (BEFORE,)))),
    Table("gates", "Training with return_gates", _OPTION, others.gates, (Bar("ratio", "maximum", 1.05),)),
    Table("lengths", "Training with lengths uniform in 1 to T", {**_OPTION, "share": "share of steps"}, others.lengths,
          (Bar("ratio", "maximum", 0.75),)),
    Table("step", "One step, B = 1, I = H = 64, microseconds",
          {"layer": "layer", "native": "native call µs", "module": "gatewise step µs", "torch": "torch layer µs",
           "cell": "torch cell µs"},
          others.step, (Bar("native", "maximum", 4.0), Bar("module", "maximum", 12.0))),
    Table("models", "Training 8 models in one call",
          {**_SIZE, "apart": "8 calls ms", "ratio": "8 calls / one"}, others.models,
          (Bar("ratio", "minimum", 1.3),)),
    Table("import", "Import in a fresh process, after torch, milliseconds",
          {"what": "import", "native": "extension ms", "module": "layers ms"}, others.imports,
          (Bar("native", "maximum", 30.0),)),
    Table("errors", "Largest errors against float64: outputs, and gradients relative to the tensor's largest",
          {"layer": "layer", "size": "B,T,I,H", "ours_output": "gatewise output", "torch_output": "torch output",
           "ours_gradient": "gatewise gradient", "torch_gradient": "torch gradient"},
          others.errors, (Bar("ours_output", "maximum", 2e-6), Bar("ours_gradient", "maximum", 1e-5))),
    Table("options", "Training with one of the layers' options, against the plain layer", {**_OPTION, "path": "path"},
          features.options, (Bar("ratio", "maximum", 1.35, features.ASKED), Bar("ratio", "maximum", None))),
    Table("packed", "Training an uneven batch: a mask or lengths here, a packed sequence in torch",
          {"layer": "layer", "size": "B,T,I,H", "ours": "mask ms", "lengths": "lengths ms", "torch": "torch packed ms",
           "ratio": "torch / mask"}, features.packed, (Bar("ratio", "minimum", 5.0),)),
    Table("checkpoint", "Training a long sequence with checkpoint=256; kept for backward beyond x and y, MB",
          {**_OPTION, "kept": "kept", "sparing": "kept with", "share": "share", "differ": "gradients differ"},
          features.checkpoint,
          (Bar("ratio", "maximum", 1.6), Bar("share", "maximum", 0.125), Bar("differ", "maximum", 0.0))),
    Table("paths", "What the kernels do not do, on the reference path, as multiples of a training step on the kernels",
          {**_SIZE, "reference": "plain operations", "bfloat16": "bfloat16",
           "forward_ad": "jvp", "second": "second derivatives"}, features.paths, ()),
    Table("single", "One time step a call, at every size of a grid; processor time, microseconds",
          {"layer": "layer", "what": "what", "size": "B,T,I,H", "ours": "gatewise µs", "torch": "torch µs",
           "ratio": "torch / gatewise", "low": "95 % from", "high": "to", "small": "at H <= 256"},
          single.single,
          (Bar("small", "geometric mean", 1.5), Bar("ratio", "minimum", 0.95), Bar("high", "minimum", 1.0))),
)  # fmt: skip
"""In the order of their numbers, which begin at 1."""
