"""How far back the gradient of what a network answers reaches: one step back after the other, in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gatewise.explain.inside import Gates, Sum
    from gatewise.model.network import Network

    Floats = NDArray[Any]
    Direct = Callable[[int], Floats | None]


NOTHING = 1e-30
"""A derivative that is so much smaller than the largest counts as 0."""


def reach(gates: Gates, direct: Direct | None = None) -> dict[str, Floats]:
    """Size of the derivative of the output after the state k steps back, for k = 0 to T - 1.

    Back-propagation through time on the gates that were computed; d output / d h_{T-k} counts every way from that state
    to the output (Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063).

    Args:
        gates: The inside of a published cell.
        direct: Step, from 0 -> the derivative of the output after the layer's output at that step alone, shape (K,
            units), or None for 0. By default the output is the final state of each direction.

    Returns:
        ``h``: Frobenius norms, shape (directions, T); of an LSTM ``c`` as well, for the cell state.

    Raises:
        InputError: The cell is no published one.
    """
    sums, wanted = gates.published(), direct or _final(gates)
    backward = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}[gates.cell]
    found: dict[str, list[list[float]]] = {}
    for direction in range(gates.directions):
        own = slice(direction * gates.hidden_size, (direction + 1) * gates.hidden_size)
        seen = {name: array[:, own].astype(np.float64) for name, array in gates.arrays.items()}
        before = {name: gates.before(name, direction).astype(np.float64) for name in gates.start}
        weights = {name: Inner(each) for name, each in sums[direction].items()}
        order = range(gates.steps - 1, -1, -1) if direction == 0 else range(gates.steps)
        sizes: dict[str, list[float]] = {name: [] for name in gates.start}
        carried: tuple[Any, ...] = (0.0, 0.0)
        for t in order:
            step = Step({name: array[t] for name, array in seen.items()}, {n: a[t] for n, a in before.items()})
            here = wanted(t)
            at, carried = backward(step, weights, carried, 0.0 if here is None else here[:, own], gates)
            for name, derivative in zip(sizes, at, strict=False):
                sizes[name].append(float(np.linalg.norm(derivative)))
            if here is None and all(each[-1] < NOTHING * max(each) for each in sizes.values()):
                break  # the rest is 0, and arithmetic on numbers that small is slow
        for name, each in sizes.items():
            found.setdefault(name, []).append(each + [0.0] * (gates.steps - len(each)))
    return {name: np.array(each) for name, each in found.items()}


def of_answer(network: Network, gates: Gates) -> Direct:
    """The derivative of a network's answer after its layer's output at one step alone, for `reach`.

    Norms are all that is wanted, so where there are more answers than the head reads numbers, a QR decomposition takes
    them together.

    Args:
        network: The network.
        gates: The inside of its layer.
    """
    weight = network.head.weight.detach().cpu().numpy().astype(np.float64)
    if weight.shape[0] > weight.shape[1]:
        weight = np.linalg.qr(weight).R
    units, pooled = gates.units, network.shape.readout == "pooled"
    ends = weight[:, :units]
    mean, most = (weight[:, k * units : (k + 1) * units] for k in (1, 2))
    final, where = _final(gates), gates.arrays["h"].argmax(axis=0)

    def direct(t: int) -> Floats | None:
        at = final(t)
        last = None if at is None else ends @ at
        if not pooled:
            return last
        through: Floats = mean / gates.steps + np.where(where == t, most, 0.0)
        return through if last is None else through + last

    return direct


# --------------------------------------------------------------------------------------------------
# One step back


class Step(NamedTuple):
    """What one step computed, and the state it found; each array of shape (H,)."""

    at: dict[str, Floats]
    before: dict[str, Floats]


class Inner:
    """Weights of the state in float64, and the bias that the reset gate multiplies."""

    def __init__(self, given: Sum) -> None:
        self.h = given.h.astype(np.float64)
        self.inside = None if given.inside is None else given.inside.astype(np.float64)


def _final(gates: Gates) -> Direct:
    """The final state of each direction is the output."""
    units, half = gates.units, gates.hidden_size

    def direct(t: int) -> Floats | None:
        at = (np.arange(units) < half) * (t == gates.steps - 1) + (np.arange(units) >= half) * (t == 0)
        return np.diag(at.astype(np.float64)) if at.any() else None

    return direct


def _lstm(step: Step, weights: dict[str, Inner], carried: Any, here: Any, _: Gates) -> Any:
    (i, f, g, o, c), (to_h, to_c) = (step.at[name] for name in "ifgoc"), carried
    of_h, shown = to_h + here, np.tanh(c)
    of_c = to_c + of_h * o * (1 - shown**2)
    inner = {
        "i": of_c * g * i * (1 - i),
        "f": of_c * step.before["c"] * f * (1 - f),
        "g": of_c * i * (1 - g**2),
        "o": of_h * shown * o * (1 - o),
    }
    return (of_h, of_c), (_through(inner, weights), of_c * f)


def _gru(step: Step, weights: dict[str, Inner], carried: Any, here: Any, gates: Gates) -> Any:
    (r, z, n), old, of_h = (step.at[name] for name in "rzn"), step.before["h"], carried[0] + here
    sign, taken = (1.0, z) if gates.update == "candidate" else (-1.0, 1 - z)
    of_n = of_h * taken * (1 - n**2)
    own = weights["n"]
    if own.inside is None:  # reset before the product
        seen = of_n @ own.h
        of_r, straight = seen * old * r * (1 - r), seen * r
    else:
        of_r, straight = of_n * (own.h @ old + own.inside) * r * (1 - r), (of_n * r) @ own.h
    inner = {"r": of_r, "z": sign * of_h * (n - old) * z * (1 - z)}
    return (of_h,), (of_h * (1 - taken) + straight + _through(inner, weights),)


def _rnn(step: Step, weights: dict[str, Inner], carried: Any, here: Any, _: Gates) -> Any:
    of_h = carried[0] + here
    return (of_h,), (_through({"h": of_h * (1 - step.at["h"] ** 2)}, weights),)


def _through(inner: dict[str, Floats], weights: dict[str, Inner]) -> Any:
    """Derivative after the old state, by way of what the gates add up."""
    return sum(of_sum @ weights[name].h for name, of_sum in inner.items())
