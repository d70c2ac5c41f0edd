"""Which channels are on next: what is told, what it costs, rules to beat, and a comparison from a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

import gatewise
from gatewise.data.frames import Frames
from gatewise.experiment.workers.inline import Inline
from gatewise.metrics import metric_named
from gatewise.model.losses import BEGINNINGS, LOSSES, TOLD
from gatewise.rules import frames as rules
from gatewise.rules.frames import ChannelFrequency, LogisticFrames, RepeatLast
from gatewise.tasks.next_frame import FrameExamples, edges, odds, pieces_in, said, shares
from gatewise.tasks.stretches import Stream

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(7)
LENGTHS = np.array([6, 2, 9, 40, 43])
ON = RNG.random((int(LENGTHS.sum()), 3)) < (0.2, 0.5, 0.7)
FRAMES = Frames(ON, LENGTHS, ("a", "b", "c"), 3, "made")


def examples() -> FrameExamples:
    first, last = edges(LENGTHS)
    pieces = pieces_in(FRAMES)
    stream = Stream(ON[~last].astype(np.float32), ON[~first].astype(np.float32), pieces.starts, pieces.lengths)
    return FrameExamples(stream, None, "nats")


def test_each_piece_is_told_from_its_second_frame_on() -> None:
    """What is read at a step is the frame before it, and the own test part begins with the first step of its piece."""
    found, pieces = examples(), pieces_in(FRAMES)

    assert pieces.lengths.tolist() == [5, 1, 8, 39, 42]
    assert (pieces.border, pieces.later) == (14, 3)
    np.testing.assert_array_equal(found.stream.x[6:14], ON[8:16])
    np.testing.assert_array_equal(found.targets(np.arange(6, 14)), ON[9:17])


def test_nats_are_those_of_independent_channels() -> None:
    """By hand; of even odds ln 2 a channel; a network's are told alike; its loss is the mean of them."""
    logits, on = np.array([[0.0, np.log(3.0)], [-1.0, 2.0]]), np.array([[1, 1], [0, 0]], dtype=np.float32)

    found = said(logits, on)

    likelier = 1.0 / (1.0 + np.exp(-1.0)), 1.0 / (1.0 + np.exp(2.0))
    np.testing.assert_allclose(found[:, 0], [np.log(0.5 * 0.75), np.log(likelier[0] * likelier[1])])
    np.testing.assert_array_equal(found[:, 1], [0.0, 0.0])
    np.testing.assert_allclose(-said(np.zeros(88), np.ones((1, 88)))[:, 0], 88 * np.log(2.0))
    outputs, targets = torch.from_numpy(logits), torch.from_numpy(on).double()
    np.testing.assert_allclose(TOLD["binary"](outputs, targets), found)
    nats = metric_named("nats").loss(found, on, 1.0)
    assert float(LOSSES["binary"](outputs, targets)) == pytest.approx(nats.mean())
    assert TOLD["binary"](outputs, torch.tensor([[0.0, 1.0], [0.0, 1.0]]))[:, 1].tolist() == [0.0, 1.0]


def test_a_network_begins_as_the_guess_by_frequency() -> None:
    """The head's bias is the logarithm of each channel's odds, finite where a channel is never on."""
    on = np.array([[1, 0, 1], [1, 0, 0], [0, 0, 0], [0, 0, 1]], dtype=np.float32)

    np.testing.assert_allclose(BEGINNINGS["binary"](on), odds(shares(on)))
    np.testing.assert_allclose(odds(shares(on)), [0.0, np.log(0.5 / 3.5), 0.0])


def test_rules_by_hand() -> None:
    """How often a channel is on, and how often after it was on or off, drawn a little towards all channels."""
    found, ids = examples(), np.arange(14)
    before, on = found.stream.x[ids], found.targets(ids)

    frequency = ChannelFrequency().fit(None, found, ids)
    last = RepeatLast().fit(None, found, ids)

    np.testing.assert_allclose(1.0 / (1.0 + np.exp(-frequency["odds"])), on.mean(axis=0))
    after, all_after = on[before[:, 1] > 0, 1], on[before > 0]
    common = all_after.sum() / (len(all_after) + 1.0)
    share = (after.sum() + 2.0 * common) / (len(after) + 2.0)
    np.testing.assert_allclose(last["odds"][1, 1], np.log(share / (1.0 - share)))


def test_logistic_is_that_of_another_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each channel on the last frames of its own piece, with the same penalty: scikit-learn's coefficients."""
    monkeypatch.setattr(rules, "PENALTIES", (2.0,))
    monkeypatch.setattr(rules, "ITERATIONS", 300)
    found, ids = examples(), np.arange(95)
    inputs = np.zeros((95, 9))
    for piece, start in zip(np.split(ON, np.cumsum(LENGTHS)[:-1]), pieces_in(FRAMES).starts, strict=True):
        for step in range(len(piece) - 1):
            seen = piece[step::-1][:3]
            inputs[start + step, : 3 * len(seen)] = seen.reshape(-1)

    fitted = LogisticFrames().fit(None, found, ids)

    for channel in range(3):
        peer = LogisticRegression(C=0.5, max_iter=1000, tol=1e-8).fit(inputs, found.targets(ids)[:, channel])
        np.testing.assert_allclose(fitted["weight"][channel], peer.coef_[0], atol=0.02)
        np.testing.assert_allclose(fitted["bias"][channel], peer.intercept_[0], atol=0.02)


@pytest.mark.parametrize("rule", [ChannelFrequency(), RepeatLast(), LogisticFrames()])
def test_what_follows_is_what_was_scored(rule: object) -> None:
    """A rule answers after the frames of a piece as it answers the step that they come before."""
    found = examples()
    fitted = rule.fit(None, found, np.arange(14))

    for step, seen in ((5, ON[6:7]), (13, ON[8:16])):
        expected = rule.outputs(fitted, found, np.array([step]))
        following = rule.following(fitted, seen.astype(np.float32))
        np.testing.assert_allclose(said(following, found.targets(np.array([step]))), expected, rtol=1e-6)


def test_a_file_is_compared_and_predicted_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes that go up one by one are told better than by how often each comes; what is next is told of new pieces."""
    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (60, 60))
    pieces = [[[60 + (start + step) % 4] for step in range(9)] for start in [*range(4)] * 8]
    (tmp_path / "a.json").write_text(json.dumps({"train": pieces[:20], "test": pieces[20:]}))

    found = gatewise.compare(tmp_path / "a.json", fits=4, params=400, out=tmp_path / "run")

    told = json.loads((tmp_path / "run" / "verdict.json").read_text())
    nats = {rule["name"]: rule["beside"]["nats"] for rule in told["baselines"]}
    assert nats["channel-frequency"] == pytest.approx(4 * (0.25 * np.log(4) + 0.75 * np.log(4 / 3)), abs=0.05)
    assert nats["logistic-frames"] < 0.5 < nats["repeat-last"]
    assert all(cell["beside"]["nats"] < nats["channel-frequency"] for cell in told["cells"].values())
    table = found.predict(tmp_path / "a.json", "logistic-frames")
    assert table.columns == ["piece", "likely on", "p(60)", "p(61)", "p(62)", "p(63)"]
    assert table["likely on"].to_list() == [str(60 + (piece[-1][0] - 59) % 4) for piece in pieces[20:] + pieces[:20]]
