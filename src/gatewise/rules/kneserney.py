"""Interpolated Kneser-Ney smoothing of n-grams: shares of the symbols that may come next, from counts of what came.

Sources: Kneser and Ney 1995, ICASSP; Chen and Goodman 1999, Computer Speech and Language 13, for the interpolated form
and its three discounts; Heafield and others 2013, ACL, for grams that begin with a piece: they are counted as they
occur at every order.

With c the count of a gram "context, symbol" and D its discount, of a context's symbols

    P(symbol | context) = (c - D) / n + G · P(symbol | context without its farthest symbol),

where n adds up the counts of the context's grams and G n their discounts. At the highest order c says how often the
gram occurs; below, with how many different symbols before it. Below the lowest order every symbol has the same share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays

UNSURE = (0.5, 1.0, 1.5)
"""Discounts of grams that are counted once, twice, and more often, where counts are too few to tell them."""

KINDS = len(UNSURE)


class Read(NamedTuple):
    """Where symbols stand that are told, or to be told, each from those before it in its piece.

    Attributes:
        before: The symbol before each step, from 0 on, one piece after the other, shape (n,); before the first step of
            a piece a symbol of its own, the edge, which stands nowhere else.
        told: The symbol at each step, shape (n,).
        starts: The first step of each piece, shape (pieces,).
        ids: The steps meant, shape (N,).
    """

    before: NDArray[np.integer[Any]]
    told: NDArray[np.integer[Any]]
    starts: NDArray[np.int64]
    ids: NDArray[np.int64]

    def back(self, steps: int) -> NDArray[np.int64]:
        """The symbol so many steps before each of those meant, 1 for the last one, shape (N,); -1 beyond the edge."""
        at = self.ids - (steps - 1)
        first = self.starts[np.searchsorted(self.starts, self.ids, side="right") - 1]
        return np.where(at >= first, self.before[np.maximum(at, 0)].astype(np.int64), -1)

    def begins(self, steps: int) -> NDArray[np.bool_]:
        """Whether what stands so many steps before each of those meant is the edge, shape (N,)."""
        return np.isin(self.ids - (steps - 1), self.starts)


class Level(NamedTuple):
    """The grams of one order that occur: each a context, and a symbol after it.

    Attributes:
        context: Number of each gram's context, sorted, shape (G,).
        symbol: Of each gram, sorted within a context, shape (G,).
        raw: How often each occurs, shape (G,).
        kinds: With how many different symbols before it, shape (G,); how often where it begins with its piece.
        shorter: Place of the same gram without its farthest symbol, in the level below, shape (G,).
        steps: What each context is: the context below and the symbol before it, packed and sorted, shape (contexts,).
    """

    context: NDArray[np.int64]
    symbol: NDArray[np.int64]
    raw: NDArray[np.int64]
    kinds: NDArray[np.int64]
    shorter: NDArray[np.int64]
    steps: NDArray[np.int64]


def levels(read: Read, symbols: int, orders: int) -> list[Level]:
    """The grams of each order from 1 to ``orders`` that occur.

    Args:
        read: What is learned from.
        symbols: How many different symbols there may be, the edge among them.
        orders: Symbols of the longest grams.
    """
    context, told = np.zeros(len(read.ids), np.int64), read.told[read.ids].astype(np.int64)
    inside, begins = np.ones(len(read.ids), bool), np.zeros(len(read.ids), bool)
    place = np.zeros(len(read.ids), np.int64)
    steps, found = np.zeros(1, np.int64), list[Level]()
    for order in range(orders):
        if order:
            symbol = read.back(order)
            inside, begins = symbol >= 0, read.begins(order)
            steps, numbers = np.unique(context[inside] * symbols + symbol[inside], return_inverse=True)
            context[inside] = numbers
        keys, first, numbers, raw = np.unique(
            context[inside] * symbols + told[inside], return_index=True, return_inverse=True, return_counts=True
        )
        shorter = place[inside][first]
        place[inside] = numbers
        if found:
            found[-1] = _with_kinds(found[-1], shorter)
        kinds = np.where(begins[inside][first], raw, 0)
        found.append(Level(keys // symbols, keys % symbols, raw, kinds, shorter, steps))
    return found


def _with_kinds(level: Level, shorter: NDArray[np.int64]) -> Level:
    """The level below, told which grams longer ones continue; those that begin with their piece keep their count."""
    different = np.bincount(shorter, minlength=len(level.raw))
    return level._replace(kinds=np.where(level.kinds > 0, level.kinds, different))


def discounts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Chen and Goodman's discounts of grams that are counted once, twice, and more often, shape (3,).

    With n_k the number of grams that are counted k times and Y = n₁ / (n₁ + 2 n₂), D_k = k - (k + 1) Y n_{k+1} / n_k;
    where that is no number, or not between 0 and k, it is the k-th of `UNSURE`.
    """
    n = np.bincount(np.minimum(counts, KINDS + 2), minlength=KINDS + 2)[1 : KINDS + 2].astype(np.float64)
    found = np.array(UNSURE)
    if not n[:2].all():
        return found
    y = n[0] / (n[0] + 2 * n[1])
    for k in range(1, KINDS + 1):
        if n[k - 1] and 0.0 <= (told := k - (k + 1) * y * n[k] / n[k - 1]) <= k:
            found[k - 1] = told
    return found


def smoothed(levels: list[Level], base: NDArray[np.float64], fixed: NDArray[np.float64] | None = None) -> Arrays:
    """A model of as high an order as there are levels.

    Args:
        levels: As `levels` counts them.
        base: The share of each symbol below the lowest order, shape (symbols,).
        fixed: The discounts of each order, shape (orders, 3); None for those that the counts tell.

    Returns:
        Whole numbers and shares, of order k = 0, 1, ...: ``steps_k``, as in `Level`; ``grams_k``, context and symbol
        packed, sorted; ``shares_k``, of each gram, P(symbol | context); ``rest_k``, G of each context; ``likely_k``,
        its likeliest symbol. And ``base``.
    """
    arrays: Arrays = {"base": base}
    below, symbols = base, len(base)
    likely, best = np.array([base.argmax()]), np.array([base.max()])
    for order, level in enumerate(levels):
        counts = level.raw if order == len(levels) - 1 else level.kinds
        taken = (discounts(counts) if fixed is None else fixed[order])[np.minimum(counts, KINDS) - 1]
        size = len(level.steps)
        total = np.bincount(level.context, weights=counts, minlength=size)
        rest = np.bincount(level.context, weights=taken, minlength=size) / total
        shorter = below[level.shorter if order else level.symbol]
        shares = (counts - taken) / total[level.context] + rest[level.context] * shorter
        parent = level.steps // symbols
        likely, best = _likeliest(level, shares, likely[parent], rest * best[parent])
        keys = level.context * symbols + level.symbol
        named = {"steps": level.steps, "grams": keys, "shares": shares, "rest": rest, "likely": likely}
        arrays |= {f"{name}_{order}": values.astype(np.float64) for name, values in named.items()}
        below = shares
    return arrays


def _likeliest(
    level: Level, shares: NDArray[np.float64], likely: NDArray[np.int64], best: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The likeliest symbol of each context and its share: of its own grams, or the context's below with what is left.

    The likeliest below can be overtaken by own grams alone, so no other symbol has to be looked at.
    """
    order = np.lexsort((-shares, level.context))
    first = order[np.unique(level.context[order], return_index=True)[1]]
    own = shares[first] >= best
    return np.where(own, level.symbol[first], likely), np.where(own, shares[first], best)


class Found(NamedTuple):
    """What a model says of some symbols.

    Attributes:
        shares: P(symbol | those before it), shape (N,).
        likely: The likeliest symbol at each place, shape (N,).
    """

    shares: NDArray[np.float64]
    likely: NDArray[np.int64]


def orders_of(arrays: Arrays) -> int:
    """Of how many symbols the longest grams of a model are."""
    return sum(name.startswith("grams_") for name in arrays)


def tell(arrays: Arrays, read: Read) -> Found:
    """What a model says of the symbols that stand where ``read`` says."""
    base, told = arrays["base"], read.told[read.ids].astype(np.int64)
    shares, likely = base[told], np.zeros(len(told), np.int64)
    for order, known, context in _contexts(arrays, read):
        place, there = _place(arrays[f"grams_{order}"], context * len(base) + told[known])
        left = shares[known] * arrays[f"rest_{order}"][context]
        shares[known] = np.where(there, arrays[f"shares_{order}"][place], left)
        likely[known] = arrays[f"likely_{order}"][context].astype(np.int64)
    return Found(shares, likely)


def table(arrays: Arrays, read: Read) -> NDArray[np.float64]:
    """P(symbol | those before it) for every symbol at the steps ``read.ids``, shape (N, symbols).

    What is told there is not looked at.
    """
    symbols = len(arrays["base"])
    found = np.tile(arrays["base"], (len(read.ids), 1))
    for order, known, context in _contexts(arrays, read):
        grams, shares = arrays[f"grams_{order}"].astype(np.int64), arrays[f"shares_{order}"]
        first, last = np.searchsorted(grams, [context * symbols, (context + 1) * symbols])
        found[known] *= arrays[f"rest_{order}"][context, None]
        count = last - first
        rows = np.repeat(known, count)
        own = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        found[rows, grams[own] % symbols] = shares[own]
    return found


def _contexts(arrays: Arrays, read: Read) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Of each order from the lowest on: which of the steps have a context that is known, and its number."""
    known, context = np.arange(len(read.ids)), np.zeros(len(read.ids), np.int64)
    yield 0, known, context
    for order in range(1, orders_of(arrays)):
        symbol = read._replace(ids=read.ids[known]).back(order)
        place, there = _place(arrays[f"steps_{order}"], context * len(arrays["base"]) + symbol)
        there &= symbol >= 0
        known, context = known[there], place[there]
        yield order, known, context


def _place(keys: NDArray[np.float64], wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each of the wanted stands among sorted keys, and whether it is there."""
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return place, keys[place] == wanted
