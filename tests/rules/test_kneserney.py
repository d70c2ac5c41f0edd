"""Kneser-Ney smoothing, against nltk's and against the formulas written out with dictionaries."""

from collections import Counter

import numpy as np
import pytest
from nltk.lm import KneserNeyInterpolated

from gatewise.rules.kneserney import Read, discounts, levels, smoothed, table, tell

SYMBOLS = 7
"""Code 0 comes in no piece that is learned from."""


def pieces(*lengths: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Codes of pieces in which a symbol depends on the two before it, and the place of each in its piece."""
    rng = np.random.default_rng(seed)
    after = rng.dirichlet(np.full(SYMBOLS - 1, 0.3), size=(SYMBOLS, SYMBOLS))
    codes: list[int] = []
    for length in lengths:
        piece = [1, 2]
        while len(piece) < length:
            piece.append(int(rng.choice(SYMBOLS - 1, p=after[piece[-2], piece[-1]])) + 1)
        codes += piece[:length]
    return np.array(codes), np.concatenate([np.arange(length) for length in lengths])


def written_out(codes: np.ndarray, places: np.ndarray, orders: int, fixed: np.ndarray | None):
    """P(symbol | context) by the formulas, of a context as a tuple; "<" is where a piece begins."""
    grams = [Counter[tuple]() for _ in range(orders + 1)]
    for i, place in enumerate(places):
        before = ("<", *codes[i - place : i].tolist())
        for order in range(1, min(orders, len(before) + 1) + 1):
            grams[order][(*before[len(before) - order + 1 :], int(codes[i]))] += 1
    counts = [Counter(grams[orders]) if order == orders else Counter[tuple]() for order in range(orders + 1)]
    for order in range(1, orders):
        counts[order].update(gram[1:] for gram in grams[order + 1])
        counts[order].update({gram: count for gram, count in grams[order].items() if gram[0] == "<"})
    taken = [discounts(np.array(list(c.values()))) for c in counts[1:]] if fixed is None else fixed

    def share(symbol: int, context: tuple) -> float:
        order = len(context) + 1
        lower = share(symbol, context[1:]) if context else 1.0 / SYMBOLS
        own = {gram[-1]: count for gram, count in counts[order].items() if gram[:-1] == context}
        if not own:
            return lower
        off = {s: taken[order - 1][min(count, 3) - 1] for s, count in own.items()}
        left = sum(off.values()) * lower
        return (own.get(symbol, 0) - off.get(symbol, 0.0) + left) / sum(own.values())

    return share


@pytest.mark.parametrize("orders", [2, 4])
def test_shares_are_nltks(orders: int) -> None:
    """To 1e-9 with one discount, which spares single symbols as nltk does; every symbol after every context."""
    codes, places = pieces(400)
    fixed = np.concatenate([np.zeros((1, 3)), np.full((orders - 1, 3), 0.4)])
    read = Read(codes, places, np.arange(len(codes)))
    found = table(smoothed(levels(read, SYMBOLS, orders), SYMBOLS, fixed), read._replace(ids=read.ids[orders:]))

    text = ["<", *map(str, codes)]
    grams = [[tuple(text[max(0, i + 1 - n) : i + 1]) for n in range(1, min(orders, i + 1) + 1)] for i in range(1, 401)]
    peer = KneserNeyInterpolated(orders, discount=0.4)
    peer.fit(grams, text)
    for i in range(40, 60):
        context = text[i + 2 - orders : i + 1]
        expected = [peer.score(str(symbol), context) for symbol in range(1, SYMBOLS)]
        assert found[i - orders, 1:] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("fixed", [None, np.full((4, 3), 0.3)])
def test_shares_are_the_formulas(fixed: np.ndarray | None) -> None:
    """At borders of pieces too, after contexts and of symbols that were not learned from; each table adds up to 1."""
    codes, places = pieces(90, 1, 60, 2, 30)
    arrays = smoothed(levels(Read(codes, places, np.arange(len(codes))), SYMBOLS, 4), SYMBOLS, fixed)
    share = written_out(codes, places, 4, fixed)
    new, at = pieces(12, 5, 1, seed=1)
    new[3] = 0
    read = Read(new, at, np.arange(len(new)))
    contexts = [("<", *new[i - place : i].tolist())[-3:] for i, place in enumerate(at)]
    expected = np.array([[share(symbol, context) for symbol in range(SYMBOLS)] for context in contexts])

    found = tell(arrays, read)
    assert table(arrays, read) == pytest.approx(expected, abs=1e-12)
    assert found.shares == pytest.approx(expected[read.ids, new], abs=1e-12)
    assert (found.likely == expected.argmax(axis=1)).all()
    assert expected.sum(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_what_is_told_alone_is_learned_from() -> None:
    """Symbols beyond the ids change nothing but as context."""
    codes, places = pieces(200)
    ids = np.arange(150)
    other = codes.copy()
    other[150:] = 3
    first, second = (smoothed(levels(Read(each, places, ids), SYMBOLS, 3), SYMBOLS) for each in (codes, other))
    assert all((first[name] == second[name]).all() for name in first)


def test_uniform_text_has_the_perplexity_of_its_alphabet() -> None:
    """20,000 symbols out of six, each as likely as the others."""
    codes = np.random.default_rng(0).integers(0, 6, size=40_000)
    read = Read(codes, np.arange(len(codes)), np.arange(20_000))
    found = tell(smoothed(levels(read, 6, 2), 6), read._replace(ids=np.arange(20_000, 40_000)))
    assert np.exp(-np.log(found.shares).mean()) == pytest.approx(6.0, rel=2e-3)
