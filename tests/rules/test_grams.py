"""Logistic regression on n-grams of texts, against scikit-learn's own counting."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from tiny import sequences, task_of

from gatewise.data.shapes import SequenceSet
from gatewise.rules import grams
from gatewise.rules.score import applying, fit, outputs
from gatewise.tasks.classify import Classify

LETTERS = "abcdefgh"


def texts(count: int = 90) -> list[str]:
    """Texts of three kinds, each with an own way to go on from letter to letter."""
    rng = np.random.default_rng(0)
    ways = rng.dirichlet(np.full(len(LETTERS), 0.5), size=(3, len(LETTERS)))
    found = []
    for k in range(count):
        text = [int(rng.integers(len(LETTERS)))]
        while len(text) < 5 + k % 17:
            text.append(int(rng.choice(len(LETTERS), p=ways[k % 3, text[-1]])))
        found.append("".join(LETTERS[code] for code in text))
    return found


def classified(read_in: str = "characters") -> Classify:
    """The task of telling their kinds apart; the last thirty are tested."""
    written = texts()
    lengths = np.array([len(text) for text in written])
    values = np.full((len(written), lengths.max(), 1), np.nan)
    for row, text in enumerate(written):
        values[row, : len(text), 0] = [LETTERS.index(letter) + 1 for letter in text]
    data = SequenceSet(
        values=values, lengths=lengths, labels=np.arange(len(written)) % 3, classes=("x", "y", "z"),
        features=("character",), test_start=60, source="texts", categories={"character": tuple(LETTERS)},
    )  # fmt: skip
    task = task_of(data)
    assert isinstance(task, Classify)
    task.setting = task.setting._replace(section={**task.setting.section, "reading": {"symbols": read_in}})
    return task


@pytest.mark.parametrize(("read_in", "longest"), [("characters", 4), ("words", 2)])
def test_it_is_scikit_learns(read_in: str, longest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weighed n-grams, borders among them, to 1e-12; and the probabilities, where the fit may end."""
    monkeypatch.setattr(grams, "PASSES", 2000)
    task = classified(read_in)
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    framed = [f"<{text}<" for text in texts()]
    counter = TfidfVectorizer(
        analyzer="char",
        lowercase=False,
        ngram_range=(1, longest),
        min_df=2,
        sublinear_tf=False,
        smooth_idf=True,
        norm=None,
    )
    seen = counter.fit_transform([framed[k] for k in parts.before]).toarray()
    tested = counter.transform([framed[k] for k in parts.test]).toarray()
    logs = [np.log1p(each / counter.idf_) * counter.idf_ for each in (seen, tested)]
    expected = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in logs]

    found = fit("logistic-on-n-grams", task, examples, parts.before)
    mine = [grams.weighed(found.arrays, examples, ids).toarray() for ids in (parts.before, parts.test)]
    assert mine[0].shape == expected[0].shape
    for own, peer in zip(mine, expected, strict=True):
        assert own @ mine[0].T == pytest.approx(peer @ expected[0].T, abs=1e-12)
    strength = grams._strength(mine[0], examples.targets(parts.before))
    model = LogisticRegression(C=strength, max_iter=1000).fit(expected[0], examples.targets(parts.before))
    shares = softmax(outputs(found, examples, parts.test), axis=1)
    assert shares == pytest.approx(model.predict_proba(expected[1]), abs=0.05)
    assert (shares.argmax(axis=1) == examples.targets(parts.test)).mean() > 0.6


def test_an_answer_hangs_on_its_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for one text as among others, and in pieces."""
    task = classified()
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    found = fit("logistic-on-n-grams", task, examples, parts.before)
    together = outputs(found, examples, parts.test)
    monkeypatch.setattr(grams, "TEXTS_AT_ONCE", 7)

    assert outputs(found, examples, parts.test) == pytest.approx(together, abs=1e-12)
    assert outputs(found, examples, parts.test[3:4]) == pytest.approx(together[3:4], abs=1e-12)
    again = fit("logistic-on-n-grams", task, examples, parts.before)
    assert all((again.arrays[name] == values).all() for name, values in found.arrays.items())


def test_it_applies_to_texts_alone() -> None:
    """Not to sequences of numbers, nor to a category whose values are no text."""
    task = classified()
    assert "logistic-on-n-grams" in applying(task)
    task.setting = task.setting._replace(section={**task.setting.section, "reading": {}})
    assert "logistic-on-n-grams" not in applying(task)
    assert "logistic-on-n-grams" not in applying(task_of(replace(sequences())))
