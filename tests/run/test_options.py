"""Options out of range are refused by name."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from gatewise.errors import OptionError
from gatewise.run.checks import default_workers
from gatewise.run.folder import Request
from gatewise.run.manual import page
from gatewise.run.options import OPTIONS, Invocation, Options, check_workers, options
from gatewise.run.row import MISSING

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"horizon": 0}, r"--horizon 0 is out of range; expected a whole number from 1 on"),
        ({"horizon": -3}, r"--horizon -3"),
        ({"margin": 0.0}, r"--margin 0.0 is out of range; expected .* Type: --margin 0.01"),
        ({"margin": -0.01}, r"--margin -0.01"),
        ({"margin": 1.0}, r"--margin 1.0"),
        ({"margin": float("nan")}, r"--margin nan"),
        ({"budget": "0"}, r"--budget '0' is not a time"),
        ({"budget": "-5m"}, r"--budget '-5m' is not a time; write 90s, 2m or 1h. Type: --budget 2m"),
        ({"budget": "soon"}, r"--budget 'soon'"),
        ({"budget": "1"}, r"--budget '1' is too short .* expected at least 20s; did you mean 1m\? Type: --budget 1m"),
        ({"budget": "19s"}, r"--budget '19s' is too short to train anything; expected at least 20s. Type: --budget 2m"),
        ({"budget": 2}, r"did you mean 2m\?"),
        ({"budget": "2m", "fits": 10}, r"--budget and --fits were both given"),
        ({"fits": 3}, r"--fits 3 is out of range; expected a whole number from 4 on"),
        ({"fits": 0}, r"--fits 0"),
        ({"cells": "lstm,transformer"}, r"'transformer' is not a cell"),
        ({"params": 0}, r"--params 0"),
        ({"seed": -1}, r"--seed -1"),
        ({"window": 0}, r"--window 0"),
        ({"match": "luck"}, r"--match 'luck' is not known; expected one of: params, width, time"),
        (
            {"hidden": "lstm=4,gru=4"},
            r"--hidden was given with --match params.*Type: --match none --hidden lstm=32,gru=32",
        ),
        ({"hidden": {"lstm": 4}, "match": "width"}, r"--hidden was given with --match width"),
        (
            {"match": "none"},
            r"--match none: got no hidden size for lstm, gru, expected one for each of --cells. Type: --match",
        ),
        ({"match": "none", "hidden": {}}, r"got no hidden size for lstm, gru,"),
        ({"match": "none", "hidden": "lstm=4"}, r"got no hidden size for gru,"),
        (
            {"match": "none", "cells": "gru,gru", "hidden": "gru=4"},
            r"got no hidden size for gru#2,.*Type: --match none --hidden gru=32,gru#2=32",
        ),
        ({"match": "none", "hidden": "lstm=4,gruu=4"}, r"--hidden: 'gruu' is none of --cells; did you mean gru\?"),
        ({"match": "none", "hidden": "lstm=4,gru=4,rnn=4"}, r"--hidden: 'rnn' is none of --cells"),
        ({"match": "none", "hidden": "lstm=4,gru=4,gru=5"}, r"--hidden: gru is there twice"),
        (
            {"match": "none", "hidden": "lstm=0,gru=4"},
            r"--hidden lstm=0 is out of range; expected a whole number from 1",
        ),
        ({"match": "none", "hidden": {"lstm": 4, "gru": 5000}}, r"--hidden gru=5000 is out of range; .* 1 to 4096"),
        ({"match": "none", "hidden": {"lstm": 4, "gru": -1}}, r"--hidden gru=-1 is out of range"),
        ({"match": "none", "hidden": {"lstm": 4, "gru": 2.5}}, r"--hidden gru=2.5 is out of range"),
        ({"match": "none", "hidden": "lstm=4,gru=many"}, r"--hidden 'gru=many' is not a cell and its size"),
        ({"match": "none", "hidden": "lstm,gru"}, r"--hidden 'lstm' is not a cell and its size, such as gru=32. Type:"),
        ({"match": "none", "hidden": ""}, r"--hidden '' is not a cell and its size"),
        ({"quantiles": "10,50,90"}, r"--quantiles '10,50,90' are not all numbers above 0 and below 1.*0.1,0.5,0.9"),
        ({"quantiles": "0.1,,0.9"}, r"--quantiles '0.1,,0.9' are not all numbers"),
        ({"quantiles": [0.1, True]}, r"--quantiles \[0.1, True\] are not all numbers"),
        ({"quantiles": 1}, r"--quantiles 1 are not all numbers"),
        ({"quantiles": []}, r"--quantiles \[\] expected one or more numbers"),
        ({"quantiles": "0.1,0.10"}, r"--quantiles '0.1,0.10' expected .* each once"),
        (
            {"quantiles": "0.1,0.9", "metric": "mae"},
            r"--quantiles and --metric mae were both given; .* Leave one out. Type: --quantiles 0.1,0.9",
        ),
        ({"duplicates": "sum"}, r"--duplicates 'sum' is not known"),
        ({"horizon": "7"}, r"--horizon '7' is out of range"),
        ({"horizon": True}, r"--horizon True is out of range"),
        ({"margin": "0.1"}, r"--margin '0.1' is out of range"),
        ({"task": 3}, r"--task 3 is not a text"),
        ({"horizn": 7}, r"there is no option 'horizn'; did you mean horizon"),
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
    assert options(budget=text).budget == seconds


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


@pytest.mark.parametrize("given", ["0.9, 0.1", [0.9, 0.1], (0.1, 0.9)])
def test_quantiles_are_put_in_order_and_decide_the_metric(given: object) -> None:
    """As text or numbers; a request with them reads back from JSON as it was."""
    asked = options(quantiles=given)  # type: ignore[arg-type]
    request = Request(data_sha256="0", options=asked)

    assert (asked.quantiles, asked.metric) == ((0.1, 0.9), "pinball")
    assert options(quantiles=given, metric="pinball") == asked  # type: ignore[arg-type]
    assert Request.model_validate_json(request.model_dump_json()) == request
    assert options(quantiles=0.9).quantiles == (0.9,)  # type: ignore[arg-type]
    assert options(metric="pinball").quantiles is None


@pytest.mark.parametrize("hidden", ["gru=2, lstm = 40", {"gru": 2, "lstm": 40}])
def test_widths_as_asked_for(hidden: str | dict[str, int]) -> None:
    """As text or a mapping, in the order of the cells; a request with them reads back from JSON as it was."""
    asked = options(match="none", hidden=hidden)
    request = Request(data_sha256="0", options=asked)

    assert asked.hidden == (("lstm", 40), ("gru", 2))
    assert hash(asked) == hash(options(match="none", hidden="lstm=40,gru=2"))
    assert Request.model_validate_json(request.model_dump_json()) == request


@pytest.mark.parametrize("name", [option.name for option in OPTIONS if option.before is not MISSING])
def test_requests_from_before_an_option(name: str) -> None:
    """A plan.json of an earlier version means what was done before the option was there."""
    request = Request(data_sha256="0", options=options())
    older = json.loads(request.model_dump_json())
    del older["options"][name]

    [option] = [option for option in OPTIONS if option.name == name]
    assert getattr(Request.model_validate(older).options, name) == option.before


@pytest.mark.parametrize("name", ["horizon", "cells", "budget"])
def test_requests_that_lack_a_first_option(name: str) -> None:
    """An option that was there from the first version on has to be in the file."""
    broken = json.loads(Request(data_sha256="0", options=options()).model_dump_json())
    del broken["options"][name]

    with pytest.raises(ValidationError, match=name):
        Request.model_validate(broken)


def test_a_short_budget_of_an_older_run_is_read() -> None:
    """What is typed is checked; what is read was checked when it was typed."""
    older = json.loads(Request(data_sha256="0", options=options()).model_dump_json())
    older["options"]["budget"] = 5.0

    assert Request.model_validate(older).options.budget == 5.0


def test_a_call_is_options_and_how_they_are_run(tmp_path: Path) -> None:
    """The former alone decide the plan, and are checked once."""
    call = Invocation(horizon=3, out=str(tmp_path), workers=2)

    assert call.options == Options(horizon=3)
    assert type(call.options) is Options
    assert (call.out, call.workers, call.plan) == (tmp_path, 2, None)


def test_every_row_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its example passes its own check, as the command line reads it; help and value are there."""
    monkeypatch.setattr("gatewise.run.checks.find_spec", str)
    for option in OPTIONS:
        assert option.help.endswith(".")
        assert option.help[0].isupper()
        if option.command_line and option.typed is not bool:
            assert option.value
            assert option.example
            if option.name != "hidden":
                option.checked(option.typed(option.example))


def test_the_page_of_options_is_current() -> None:
    """After a change of the table type: make options."""
    assert (ROOT / "docs" / "options.md").read_text("utf-8") == page()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("cloud", "--cluster 'cloud' is not the address of a Ray cluster; expected local, .*. Type: --cluster auto"),
        ("ray://10.0.0.5", "--cluster 'ray://10.0.0.5' is not the address"),
        ("http://10.0.0.5:8265", "is not the address"),
        (1, "is not the address"),
        ("auto", r"--cluster auto needs Ray, which is not installed. Type: pip install 'gatewise\[cluster\]'"),
        ("ray://10.0.0.5:10001", "needs Ray"),
        ("head.example:6379", "needs Ray"),
    ],
)
def test_a_cluster_has_an_address_and_needs_ray(address: object, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are asked about before the data are read."""
    monkeypatch.setattr("gatewise.run.checks.find_spec", lambda name: None)
    with pytest.raises(OptionError, match=message):
        Invocation(cluster=address)


def test_workers() -> None:
    """One per core by default; none is refused."""
    assert check_workers(None) == default_workers() >= 1
    with pytest.raises(OptionError, match="--workers 0"):
        check_workers(0)
