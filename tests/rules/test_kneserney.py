"""Kneser-Ney smoothing, against nltk's and against the formulas written out with dictionaries."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from nltk.lm import KneserNeyInterpolated

from gatewise.rules.kneserney import Read, discounts, levels, smoothed, table, tell

EDGE, SYMBOLS = 7, 8
"""Code 0 comes in no piece that is learned from; the edge stands before each piece."""

BASE = np.full(SYMBOLS, 1.0 / SYMBOLS)


def pieces(*lengths: int, seed: int = 0) -> Read:
    """Pieces in which a symbol depends on the two before it; all steps are meant."""
    rng = np.random.default_rng(seed)
    after = rng.dirichlet(np.full(EDGE - 1, 0.3), size=(EDGE, EDGE))
    codes: list[int] = []
    for length in lengths:
        piece = [1, 2]
        while len(piece) < length:
            piece.append(int(rng.choice(EDGE - 1, p=after[piece[-2], piece[-1]])) + 1)
        codes += piece[:length]
    return read_of(np.array(codes), lengths)


def read_of(codes: np.ndarray, lengths: Sequence[int]) -> Read:
    """All symbols of pieces."""
    starts = np.cumsum(lengths) - np.array(lengths)
    before = np.concatenate([[EDGE], codes[:-1]])
    before[starts] = EDGE
    return Read(before, codes, starts, np.arange(len(codes)))


def contexts(read: Read) -> list[tuple[int, ...]]:
    """What stands before each symbol, from the edge on."""
    first = np.repeat(read.starts, np.diff([*read.starts, len(read.told)]))
    return [tuple(read.before[start : i + 1].tolist()) for i, start in enumerate(first)]


def written_out(read: Read, orders: int, fixed: np.ndarray | None) -> Callable[[int, tuple[int, ...]], float]:
    """P(symbol | context) by the formulas."""
    grams = [Counter[tuple[int, ...]]() for _ in range(orders + 1)]
    for symbol, before in zip(read.told.tolist(), contexts(read), strict=True):
        for order in range(1, min(orders, len(before) + 1) + 1):
            grams[order][(*before[len(before) - order + 1 :], symbol)] += 1
    counts = [Counter(grams[orders]) if order == orders else Counter[tuple[int, ...]]() for order in range(orders + 1)]
    for order in range(1, orders):
        counts[order].update(gram[1:] for gram in grams[order + 1])
        counts[order].update({gram: count for gram, count in grams[order].items() if gram[0] == EDGE})
    taken = [discounts(np.array(list(c.values()))) for c in counts[1:]] if fixed is None else fixed

    def share(symbol: int, context: tuple[int, ...]) -> float:
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
    read = pieces(400)
    fixed = np.concatenate([np.zeros((1, 3)), np.full((orders - 1, 3), 0.4)])
    found = table(smoothed(levels(read, SYMBOLS, orders), BASE, fixed), read)

    text = [str(code) for code in (EDGE, *read.told.tolist())]
    grams = [[tuple(text[i + 1 - n : i + 1]) for n in range(1, min(orders, i + 1) + 1)] for i in range(1, 401)]
    peer = KneserNeyInterpolated(orders, discount=0.4)
    peer.fit(grams, text)
    for i in range(40, 60):
        expected = [peer.score(str(symbol), text[i + 2 - orders : i + 1]) for symbol in range(1, EDGE)]
        assert found[i, 1:EDGE] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("fixed", [None, np.full((4, 3), 0.3)])
def test_shares_are_the_formulas(fixed: np.ndarray | None) -> None:
    """At edges of pieces too, after contexts and of symbols that were not learned from; each table adds up to 1."""
    learned = pieces(90, 1, 60, 2, 30)
    arrays = smoothed(levels(learned, SYMBOLS, 4), BASE, fixed)
    share = written_out(learned, 4, fixed)
    new = pieces(12, 5, 1, seed=1).told
    new[3] = 0
    read = read_of(new, (12, 5, 1))
    expected = np.array([[share(symbol, before[-3:]) for symbol in range(SYMBOLS)] for before in contexts(read)])

    found = tell(arrays, read)
    assert table(arrays, read) == pytest.approx(expected, abs=1e-12)
    assert found.shares == pytest.approx(expected[read.ids, new], abs=1e-12)
    assert (found.likely == expected.argmax(axis=1)).all()
    assert expected.sum(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_what_is_told_alone_is_learned_from() -> None:
    """Symbols behind the ids change nothing."""
    read = pieces(200)._replace(ids=np.arange(150))
    other = read_of(np.where(np.arange(200) < 150, read.told, 3), (200,))._replace(ids=read.ids)
    first, second = (smoothed(levels(each, SYMBOLS, 3), BASE) for each in (read, other))
    assert all((first[name] == second[name]).all() for name in first)


def test_uniform_text_has_the_perplexity_of_its_alphabet() -> None:
    """20,000 symbols out of eight, each as likely as the others."""
    read = read_of(np.random.default_rng(0).integers(0, SYMBOLS, size=40_000), (40_000,))
    arrays = smoothed(levels(read._replace(ids=read.ids[:20_000]), SYMBOLS, 2), BASE)
    found = tell(arrays, read._replace(ids=read.ids[20_000:]))
    assert np.exp(-np.log(found.shares).mean()) == pytest.approx(8.0, rel=3e-3)
