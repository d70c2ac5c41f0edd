"""Options out of range are refused by name."""

import json

import pytest

from gatewise.errors import OptionError
from gatewise.run.folder import Request
from gatewise.run.options import check_workers, default_workers, options, parse_duration


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"horizon": 0}, r"--horizon 0 is out of range; wanted: a whole number from 1 on"),
        ({"horizon": -3}, r"--horizon -3"),
        ({"margin": 0.0}, r"--margin 0.0 is out of range; wanted: .* Type: --margin 0.01"),
        ({"margin": -0.01}, r"--margin -0.01"),
        ({"margin": 1.0}, r"--margin 1.0"),
        ({"margin": float("nan")}, r"--margin nan"),
        ({"budget": "0"}, r"--budget '0' is no time to spend"),
        ({"budget": "-5m"}, r"--budget '-5m' is no time to spend; .* Type: --budget 2m"),
        ({"budget": "soon"}, r"--budget 'soon'"),
        ({"budget": "2m", "fits": 10}, r"--budget and --fits were both given"),
        ({"fits": 3}, r"--fits 3 is out of range; wanted: a whole number from 4 on"),
        ({"fits": 0}, r"--fits 0"),
        ({"cells": "lstm,transformer"}, r"'transformer' is no cell"),
        ({"params": 0}, r"--params 0"),
        ({"seed": -1}, r"--seed -1"),
        ({"window": 0}, r"--window 0"),
        ({"match": "luck"}, r"--match 'luck' is not known; wanted one of: params, width, time"),
        ({"hidden": "lstm=4,gru=4"}, r"--hidden came with --match params.*Type: --match none --hidden lstm=32,gru=32"),
        ({"hidden": {"lstm": 4}, "match": "width"}, r"--hidden came with --match width"),
        (
            {"match": "none"},
            r"--match none: no width came for lstm, gru; wanted: one for each of --cells. Type: --match",
        ),
        ({"match": "none", "hidden": {}}, r"no width came for lstm, gru;"),
        ({"match": "none", "hidden": "lstm=4"}, r"no width came for gru;"),
        (
            {"match": "none", "cells": "gru,gru", "hidden": "gru=4"},
            r"no width came for gru#2;.*Type: --match none --hidden gru=32,gru#2=32",
        ),
        ({"match": "none", "hidden": "lstm=4,gruu=4"}, r"--hidden: 'gruu' is none of --cells; did you mean gru\?"),
        ({"match": "none", "hidden": "lstm=4,gru=4,rnn=4"}, r"--hidden: 'rnn' is none of --cells"),
        ({"match": "none", "hidden": "lstm=4,gru=4,gru=5"}, r"--hidden: gru came twice"),
        (
            {"match": "none", "hidden": "lstm=0,gru=4"},
            r"--hidden lstm=0 is out of range; wanted: a whole number from 1",
        ),
        ({"match": "none", "hidden": {"lstm": 4, "gru": 5000}}, r"--hidden gru=5000 is out of range; .* 1 to 4096"),
        ({"match": "none", "hidden": {"lstm": 4, "gru": -1}}, r"--hidden gru=-1 is out of range"),
        ({"match": "none", "hidden": {"lstm": 4, "gru": 2.5}}, r"--hidden gru=2.5 is out of range"),
        ({"match": "none", "hidden": "lstm=4,gru=many"}, r"--hidden 'gru=many' is no cell and its width"),
        ({"match": "none", "hidden": "lstm,gru"}, r"--hidden 'lstm' is no cell and its width, a whole number. Type:"),
        ({"match": "none", "hidden": ""}, r"--hidden '' is no cell and its width"),
        ({"metric": "r2"}, r"--metric 'r2' is not known; wanted one of: mse, mae, accuracy, log-loss"),
        ({"duplicates": "sum"}, r"--duplicates 'sum' is not known"),
    ],
)
def test_out_of_range(given: dict[str, object], message: str) -> None:
    """Each message names the option and what to type."""
    with pytest.raises(OptionError, match=message):
        options(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), (90, 90), ("90s", 90), ("2m", 120), ("1.5h", 5400), ("1h30m", 5400), ("5min", 300)],
)
def test_durations(text: str | float, seconds: float) -> None:
    """Common ways to write a time."""
    assert parse_duration(text) == seconds


def test_defaults() -> None:
    """Three minutes, LSTM against GRU, 10,000 parameters, margin 0.01."""
    found = options()

    assert (found.budget, found.fits, found.cells, found.params, found.margin) == (
        180,
        None,
        ("lstm", "gru"),
        10_000,
        0.01,
    )


@pytest.mark.parametrize("hidden", ["gru=2, lstm = 40", {"gru": 2, "lstm": 40}])
def test_widths_as_asked_for(hidden: str | dict[str, int]) -> None:
    """As text or a mapping, in the order of the cells; a request with them reads back from JSON as it was."""
    asked = options(match="none", hidden=hidden)
    request = Request(data_sha256="0", options=asked)

    assert asked.hidden == (("lstm", 40), ("gru", 2))
    assert hash(asked) == hash(options(match="none", hidden="lstm=40,gru=2"))
    assert Request.model_validate_json(request.model_dump_json()) == request


def test_requests_from_before_there_were_widths() -> None:
    """A run folder of an earlier version goes on."""
    request = Request(data_sha256="0", options=options())
    older = json.loads(request.model_dump_json())
    del older["options"]["hidden"]

    assert Request.model_validate(older) == request


def test_workers() -> None:
    """One a processor by default; none is refused."""
    assert check_workers(None) == default_workers() >= 1
    with pytest.raises(OptionError, match="--workers 0"):
        check_workers(0)
