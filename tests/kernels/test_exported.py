"""What torch.onnx.export records: ONNX's operators LSTM, GRU and RNN, here computed from their definitions."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, randn
from torch.testing import assert_close

from gatewise.kernels import exported, ops
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.variant import Variant
from gatewise.reference.conventions import CONVENTIONS

T, N, I, H = 6, 4, 3, 5
KINDS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
VARIED = [
    ("lstm", "onnx", {"peepholes": True, "hard_sigmoid": 0.2}),
    ("lstm", "textbook", {"coupled": True}),
    ("gru", "textbook", {"hard_sigmoid": 0.25}),
]


def operator(
    kind: str,
    given: Sequence[Tensor | None],
    attributes: dict[str, object],
    *,
    dtypes: object,
    shapes: Sequence[object],
) -> list[Tensor]:
    """ONNX's operator, row by row, as https://onnx.ai/onnx/operators/ defines it."""
    x, (w,), (r,), both, lengths, h_0, *more = given
    c_0, p = ([*more, None, None])[:2]
    f = torch.sigmoid
    if "activations" in attributes:
        (alpha,), (beta,) = attributes["activation_alpha"], attributes["activation_beta"]
        f = lambda a: (alpha * a + beta).clamp(0, 1)  # noqa: E731
    wb, rb = torch.zeros(2, len(w), dtype=x.dtype) if both is None else both[0].chunk(2)
    y, after = torch.zeros(shapes[0], dtype=x.dtype), [torch.zeros(shape, dtype=x.dtype) for shape in shapes[1:]]
    for n in range(x.shape[1]):
        h = torch.zeros(H, dtype=x.dtype) if h_0 is None else h_0[0, n]
        c = torch.zeros(H, dtype=x.dtype) if c_0 is None else c_0[0, n]
        steps = range(x.shape[0] if lengths is None else int(lengths[n]))
        for t in reversed(steps) if attributes["direction"] == "reverse" else steps:
            ins, own = w @ x[t, n] + wb, r @ h + rb
            if kind == "LSTM":
                i, o, forget, cell = (ins + own).chunk(4)
                pi, po, pf = torch.zeros(3, H) if p is None else p[0].chunk(3)
                c_old, i, forget = c, f(i + pi * c), f(forget + pf * c)
                c = forget * c_old + i * cell.tanh()
                h = f(o + po * c) * c.tanh()
            elif kind == "GRU":
                z, reset = f((ins + own)[:H]), f((ins + own)[H : 2 * H])
                inside = own[2 * H :] * reset
                if not attributes["linear_before_reset"]:
                    inside = r[2 * H :] @ (reset * h) + rb[2 * H :]
                h = (1 - z) * (ins[2 * H :] + inside).tanh() + z * h
            else:
                h = (ins + own).tanh()
            y[t, 0, n] = h
        for part, value in zip(after, (h, c), strict=False):
            part[0, n] = value
    return [y, *after]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Calls run as in an export; the kinds of operators that they record."""
    kinds: list[str] = []

    def record(kind: str, *rest: object, **more: object) -> list[Tensor]:
        kinds.append(kind)
        return operator(kind, *rest, **more)

    run = ops.run
    monkeypatch.setattr(exported, "exporting", lambda: True)
    monkeypatch.setattr("torch.onnx.ops.symbolic_multi_out", record)
    monkeypatch.setattr(ops, "run", lambda _, *rest, **more: run("registered", *rest, **more))
    return kinds


@pytest.mark.parametrize(
    ("cell", "convention", "variant"), [*((*key, {}) for key in CONVENTIONS), *VARIED], ids=lambda value: str(value)
)
def test_operators(recorded: list[str], cell: str, convention: str, variant: dict[str, object]) -> None:
    """Every convention, stacked, both ways, with lengths (one of them 0) and a given state, in float64."""
    options = {"num_layers": 2, "bidirectional": True, "batch_first": True, "bias": convention != "torch"}
    layer = KINDS[cell](
        I, H, convention=convention, variant=Variant(**variant) if variant else None, dtype=torch.float64, **options
    )
    x, lengths = randn(N, T, I, dtype=torch.float64), torch.tensor([6, 0, 3, 5])
    hx = randn(4, N, H, dtype=torch.float64)
    state = (hx, randn(4, N, H, dtype=torch.float64)) if cell == "lstm" else hx
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, 0, 0.6)
    with torch.no_grad():
        for own, given in ((None, None), (state, lengths)):
            got = layer(x, own, lengths=given)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(exported, "exporting", lambda: False)
                assert_close(got, layer(x, own, lengths=given), rtol=1e-10, atol=1e-12)

    assert recorded == [cell.upper()] * 8


def test_what_onnx_does_not_have(recorded: list[str]) -> None:
    """A mask is exported as plain operations, step by step, with a word."""
    layer, x = GRU(I, H), randn(T, N, I)
    with pytest.warns(UserWarning, match="have no mask, so the steps are exported one by one.*of 6 steps alone"):
        output, _ = layer(x, mask=torch.ones(N, T, dtype=torch.bool))

    assert_close(output, layer(x, lengths=[T] * N)[0])
    assert recorded == ["GRU"]
