"""Logistic regression on the n-grams of texts: how often each text has which runs of characters or words."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import scipy  # its parts are loaded when they are used

from gatewise.rules.naive import Majority
from gatewise.rules.protocol import linear, logistic_weights
from gatewise.tasks.classify import Classify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.classify import ClassifyExamples
    from gatewise.tasks.protocol import Task

LONGEST = {"characters": 4, "words": 2}
"""Symbols of the longest n-grams, by what texts are read in."""

MOST_GRAMS = 30_000
"""N-grams that are looked at: those that the most texts have, of those in two texts or more."""

MOST_SYMBOLS = 2_000_000
"""Of texts that have more symbols together, so many are learned from, evenly spaced texts."""

STRENGTHS = (1.0, 10.0, 100.0)
"""How weak the ridge may be: scikit-learn's C. A fifth of the texts, which the others do not see, chooses."""

PASSES = 20
"""Times that a fit sees all texts at most."""

AT_ONCE, TEXTS_AT_ONCE = 1 << 20, 1 << 11
"""Symbols and texts that are looked at together, to spare memory."""

BITS = 52
"""An n-gram is a number of so many bits, which float64 holds exactly: of a million n-grams two hardly share one."""

BORDER = 1 << 32
"""Stands where a text begins and ends, so that it matters which n-grams do."""

_MIX, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)


def counts(
    examples: Any, ids: NDArray[np.int64], longest: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """How often each text has each of its n-grams, of some texts after the other.

    Yields:
        Texts, as places in ``ids``, n-grams by number, and how many of them; shape (pairs,) each, texts in order.
    """
    steps = max(1, examples.lines(ids).steps) if len(ids) else 1
    size = max(1, min(TEXTS_AT_ONCE, AT_ONCE // steps))
    for first in range(0, len(ids), size):
        codes, told = _framed(*examples.inputs(ids[first : first + size]))
        rows = np.repeat(np.arange(len(codes), dtype=np.uint64), codes.shape[1]).reshape(codes.shape)
        pairs = []
        state = np.zeros_like(codes)
        for n in range(1, longest + 1):
            # The number of the n-gram that ends at a step, from that of the one before it and the step's symbol.
            before = state[:, : codes.shape[1] - n + 1]
            state = (before ^ (before >> _SHIFT)) * _MIX + codes[:, n - 1 :] + np.uint64(1)
            inside = np.arange(state.shape[1]) + n <= told[:, None]
            mixed = state * _MIX
            named = (mixed ^ (mixed >> _SHIFT)) * _MIX >> np.uint64(64 - BITS)
            pairs.append((rows[:, : state.shape[1]][inside] << np.uint64(BITS)) + named[inside])
        found, many = np.unique(np.concatenate(pairs), return_counts=True)
        grams = (found & np.uint64((1 << BITS) - 1)).astype(np.int64)
        yield first + (found >> np.uint64(BITS)).astype(np.int64), grams, many


def _framed(x: NDArray[Any], lengths: NDArray[np.int64] | None) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Codes with `BORDER` where a text begins and ends, shape (N, T + 2), and how many of them each text has."""
    codes = np.zeros((len(x), x.shape[1] + 2), np.uint64)
    codes[:, 1:-1] = x[..., 0]
    told = np.full(len(x), x.shape[1]) if lengths is None else lengths
    codes[:, 0] = codes[np.arange(len(x)), told + 1] = BORDER
    return codes, told + 2


class Grams:
    """Logistic regression on n-grams; the majority where training has a single class.

    An n-gram that a text has c times counts log(1 + c), times how few texts have it, log((1 + texts) / (1 + those))
    + 1; all of a text are then scaled so that their squares add up to 1. Source: Manning, Raghavan and Schütze 2008,
    Introduction to Information Retrieval, section 6.4.
    """

    name: ClassVar[str] = "logistic-on-n-grams"

    def applies(self, task: Task) -> bool:
        """To classes of texts."""
        return isinstance(task, Classify) and read_in(task) in LONGEST

    def fit(self, task: Classify, examples: ClassifyExamples, ids: NDArray[np.int64]) -> Arrays:
        """The n-grams looked at, sorted, what each weighs, and weights, shape (classes, n-grams), and bias."""
        ids = ids[:: max(1, -(-int(task.lengths[ids].sum()) // MOST_SYMBOLS))]
        targets, classes = examples.targets(ids), task.setting.data.outputs
        if len(np.unique(targets)) < 2:
            return Majority().fit(task, examples, ids)
        longest = LONGEST[read_in(task)]
        arrays = vocabulary(examples, ids, longest) | {"longest": np.array([float(longest)])}
        inputs = weighed(arrays, examples, ids)
        strength = _strength(inputs, targets)
        model = _logistic(inputs, targets, strength)
        return arrays | linear(*logistic_weights(model, classes), classes)

    def outputs(self, arrays: Arrays, examples: ClassifyExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, classes)."""
        if "prior" in arrays:
            return Majority().outputs(arrays, examples, ids)
        found: NDArray[np.float64] = weighed(arrays, examples, ids) @ arrays["weight"].T + arrays["bias"]
        return found

    def back(self, arrays: Arrays) -> int:
        """The text is enough."""
        return 0


def read_in(task: Task) -> str:
    """What the task's texts are read in, characters or words; empty where sequences are no texts."""
    reading = task.setting.section.get("reading", {})
    return str(reading.get("symbols") or "") if isinstance(reading, dict) else ""


def vocabulary(examples: Any, ids: NDArray[np.int64], longest: int) -> Arrays:
    """The n-grams that are looked at, by number, sorted, and what each weighs; shape (n-grams,) each."""
    found, texts = np.unique(
        np.concatenate([grams for _, grams, _ in counts(examples, ids, longest)]), return_counts=True
    )
    often = np.argsort(-texts, kind="stable")[:MOST_GRAMS]
    kept = np.sort(often[texts[often] > 1] if (texts > 1).any() else often)
    weighs = np.log((1.0 + len(ids)) / (1.0 + texts[kept])) + 1.0
    return {"grams": found[kept].astype(np.float64), "weighs": weighs}


def weighed(arrays: Arrays, examples: Any, ids: NDArray[np.int64]) -> Any:
    """What each text has of each n-gram, a sparse matrix of shape (N, n-grams)."""
    rows, columns, values = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for texts, grams, many in counts(examples, ids, int(arrays["longest"][0])):
        place = np.minimum(np.searchsorted(arrays["grams"], grams), len(arrays["grams"]) - 1)
        known = arrays["grams"][place] == grams
        place = place[known]
        rows.append(texts[known])
        columns.append(place)
        values.append(np.log1p(many[known]) * arrays["weighs"][place])
    row, value = np.concatenate(rows), np.concatenate(values)
    size = np.sqrt(np.bincount(row, weights=value**2, minlength=len(ids)))
    scaled = value / size[row]
    return scipy.sparse.csr_matrix((scaled, (row, np.concatenate(columns))), shape=(len(ids), len(arrays["grams"])))


def _strength(inputs: Any, targets: NDArray[np.int64]) -> float:
    """The strength by which every fifth text is told best from the others."""
    from sklearn.metrics import log_loss  # slow to import, and needed in workers alone

    apart = np.arange(len(targets)) % 5 == 4
    apart &= np.isin(targets, targets[~apart])
    if not apart.any() or len(np.unique(targets[~apart])) < 2:
        return STRENGTHS[1]
    losses = []
    for strength in STRENGTHS:
        model = _logistic(inputs[~apart], targets[~apart], strength)
        losses.append(log_loss(targets[apart], model.predict_proba(inputs[apart]), labels=model.classes_))
    return STRENGTHS[int(np.argmin(losses))]


def _logistic(inputs: Any, targets: NDArray[np.int64], strength: float) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression  # slow to import, and needed in workers alone

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so many passes are close enough for a rule
        # Eighteen classes take L-BFGS thirty times as long as stochastic average gradients.
        return LogisticRegression(C=strength, solver="sag", max_iter=PASSES, tol=1e-3, random_state=0).fit(
            inputs, targets
        )
