"""The plan: what work is laid out for what is paid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import sequences, series

from gatewise.data.alphabet import symbols_of
from gatewise.data.readers.raw import RawSymbols
from gatewise.data.series import Series
from gatewise.data.shapes import SequenceSet
from gatewise.data.symbols import Symbols
from gatewise.data.windows import TRAINING_WINDOWS
from gatewise.errors import DataError, OptionError
from gatewise.experiment.plan import AGAIN, LONGEST, SAVED, Purse, draft, looks, make_plan
from gatewise.judge.looks import FIRST_LOOK, LOOKS
from gatewise.run.options import options
from gatewise.run.plan import STEPS_RANGE, Plan
from gatewise.tasks import on
from gatewise.tasks.forecast import default_window


def planned(data: Series | SequenceSet | Symbols, **asked: object) -> Plan:
    """The plan for some data and options, by fits."""
    found = options(**asked)  # type: ignore[arg-type]
    return make_plan(draft(data, found), found, Purse("fits", found.fits or 0))


def cost(plan: Plan) -> int:
    """Tuning fits and those of all pairs."""
    splits, cells = plan.splits, len(plan.cells)
    listed = len(plan.configurations) + len(plan.settings)
    tuned = listed if listed > 1 else 0
    tuning = tuned * cells * splits.tuning_folds * (splits.count if splits.tuned_each else 1)
    return tuning + plan.pairs * cells * splits.count


@given(
    data=st.sampled_from([series(), sequences(), sequences(test_start=40)]),
    fits=st.integers(4, 100) | st.integers(100, 3000),
    cells=st.sampled_from(["lstm,gru", "gru,gru,rnn", "lstm,gru,gru-after,rnn"]),
)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_number_of_fits_is_overspent(data: Series | SequenceSet, fits: int, cells: str) -> None:
    """From four fits on every number makes a plan within it, with at least one pair.

    The second fits of what pairs choose are paid for too, as many as are reckoned with, where that leaves a first look.
    """
    plan = planned(data, fits=fits, cells=cells)
    splits, tuned = plan.splits, len(plan.configurations) + len(plan.settings)
    again = min(AGAIN, tuned) if tuned > 1 else 0
    second = len(plan.cells) * again * splits.tuning_folds * (splits.count if splits.tuned_each else 1)

    assert plan.pairs >= 1
    assert cost(plan) + (second if plan.pairs > FIRST_LOOK else 0) <= fits


def test_more_fits_buy_splits_configurations_and_looks(data: Series | SequenceSet) -> None:
    """Plans grow with what is paid."""
    small, large = planned(data, fits=16), planned(data, fits=2000)

    assert (len(small.configurations), small.looks) == (1, (8,))
    assert len(large.configurations) + len(large.settings) == 12
    assert large.looks == (8, 12, 20, 30, 45, 60)
    assert large.splits.count >= small.splits.count


def test_looks() -> None:
    """The first at eight pairs, the last at the end."""
    assert [looks(n) for n in (1, 7, 8, 10, 12, 30)] == [(), (), (8,), (8, 10), (8, 12), (8, 12, 20, 30)]


def test_the_hash_covers_what_decides_and_nothing_else(data: Series | SequenceSet) -> None:
    """Another seed, margin or data is another plan; the same again is the same."""
    plan = planned(data, fits=40)

    assert plan.sha256() == planned(data, fits=40).sha256() == Plan.model_validate_json(plan.model_dump_json()).sha256()
    assert len({planned(data, fits=40, **other).sha256() for other in ({}, {"seed": 1}, {"margin": 0.02})}) == 3
    assert planned(series(seed=1), fits=40).sha256() != planned(series(seed=2), fits=40).sha256()


def test_a_time_budget_becomes_steps(data: Series | SequenceSet) -> None:
    """More core seconds never buy fewer steps of work in all; prices go into the plan."""
    asked, seconds = options(), (1.0, 2.0, 20.0, 40.0, 300.0, 600.0, 5000.0, 10_000.0)
    drafted = draft(data, asked)
    step = {cell: {str(batch): 0.003 for batch in drafted.batch_sizes} for cell in asked.cells}
    plans = [make_plan(drafted, asked, Purse("seconds", total, step, {"lstm": 0.1, "gru": 0.1})) for total in seconds]
    work = [cost(plan) * plan.steps["lstm"] for plan in plans]

    assert work == sorted(work)
    assert plans[0].work.prices == step
    for plan, total in zip(plans, seconds, strict=True):
        splits = plan.splits
        tuned = (len(plan.configurations) + AGAIN) * splits.tuning_folds * (splits.count if splits.tuned_each else 1)
        paid = (tuned + SAVED * LOOKS[1] * splits.count) * (2 * 0.003 * plan.steps["lstm"] + 2 * 0.1)
        assert paid <= 1.01 * total or plan.steps["lstm"] == STEPS_RANGE[0]


def a_text(length: int) -> Symbols:
    """A long text of four letters."""
    letters = "".join(np.random.default_rng(0).choice(list("abcd"), length))
    return symbols_of(RawSymbols((letters,), "character", "text", "made"))


@pytest.mark.parametrize(
    ("parameters", "rate", "dropped"), [(20_000, 0.01, 0.0), (60_000, 0.007, 0.12), (200_000, 0.0046, 0.25)]
)
def test_large_networks_of_texts_learn_slower_and_drop_more(parameters: int, rate: float, dropped: float) -> None:
    """The default configuration; others of the list draw their own. No network drops more than those of 200,000."""
    text = a_text(120_000)
    plan, larger = (planned(text, fits=100, params=count) for count in (parameters, 500_000))

    assert plan.configurations[0].learning_rate == pytest.approx(rate, abs=3e-4)
    assert plan.configurations[0].dropout == pytest.approx(dropped, abs=0.01)
    assert len({one.dropout for one in plan.configurations}) > 1
    assert larger.configurations[0].dropout == 0.25


def test_what_is_read_few_times_is_learned_without_dropout() -> None:
    """A large network that hardly sees its text twice does not learn it by heart."""
    text = a_text(120_000)
    once = draft(text, options()).training / (16 * 64)
    passes = [
        planned(text, fits=100, params=200_000, steps=round(times * once)).configurations[0].dropout
        for times in (2, 5, 7.5, 10, 20)
    ]

    assert passes == pytest.approx([0.0, 0.0, 0.125, 0.25, 0.25], abs=0.01)


def test_fits_of_a_text_grow_with_the_budget_and_with_the_text() -> None:
    """Up to forty passes over it, their rate falls, and nobody asks whether they had ended."""
    asked, drafted = options(), draft(a_text(120_000), options())
    step = {cell: {str(batch): 0.003 for batch in drafted.batch_sizes} for cell in asked.cells}
    bought = [Purse("seconds", total, step, {"lstm": 0.1, "gru": 0.1}) for total in (60.0, 300.0, 3000.0, 1e5)]
    plans = [make_plan(drafted, asked, purse) for purse in bought]
    steps = [plan.steps["lstm"] for plan in plans]

    assert steps == sorted(steps)
    assert steps[0] < 0.5 * STEPS_RANGE[1]
    assert steps[-1] == round(40 * drafted.training / (16 * 64)) < LONGEST
    assert all(plan.falls and plan.rungs == 1 and plan.looks for plan in plans)
    assert planned(a_text(240_000), fits=4).steps["gru"] == round(20 * drafted.training / (16 * 64))
    assert planned(a_text(2_000), fits=4).steps["gru"] == STEPS_RANGE[1]


def test_steps_that_are_asked_for_are_made(data: Series | SequenceSet) -> None:
    """Whatever is paid: fewer configurations and pairs are, down to one pair that nothing was tuned for."""
    drafted, asked = draft(data, options()), options(steps=2500)
    step = {cell: {str(batch): 0.003 for batch in drafted.batch_sizes} for cell in asked.cells}
    poor, rich = (make_plan(drafted, asked, Purse("seconds", t, step, {"lstm": 0.1, "gru": 0.1})) for t in (9.0, 1e4))

    assert planned(data, fits=4, steps=2500).steps == poor.steps == rich.steps == {"lstm": 2500, "gru": 2500}
    assert len(poor.configurations) + len(poor.settings) == 1
    assert len(rich.configurations) + len(rich.settings) == 10


def test_equal_training_time_gives_the_cheaper_cell_more_steps() -> None:
    """Steps in inverse proportion to the price."""
    asked = options(match="time", fits=40)
    data = series()
    drafted = draft(data, asked)
    step = {"lstm": {"16": 0.004}, "gru": {"16": 0.002}}
    plan = make_plan(drafted, asked, Purse("fits", 40, step, {}))

    assert plan.steps["gru"] == pytest.approx(2 * plan.steps["lstm"], abs=1)


def test_default_windows() -> None:
    """Two seasons, twice the horizon, at least 16, and no more than the series can spare."""
    assert default_window(7, 7, 1461) == 16
    assert default_window(24, 24, 17420) == 48
    assert default_window(1, 1, 120) == 10


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        (
            {"horizon": 200},
            DataError,
            r"got 400 rows; .* horizon of 200 leave too little for training. Type: --window \d+ --horizon \d+",
        ),
        ({"window": 300}, DataError, r"a window of 300 .* leave too little for training. Type: --window 150"),
        ({"metric": "accuracy"}, OptionError, r"--metric accuracy does not fit these data \(forecast\)"),
    ],
)
def test_a_series_that_cannot_be_planned(asked: dict[str, object], error: type[Exception], message: str) -> None:
    """What came, what was wanted, what to type."""
    with pytest.raises(error, match=message):
        planned(series(), **asked)


@pytest.mark.parametrize("asked", [{"horizon": 200}, {"window": 300}, {"window": 300, "horizon": 90}])
def test_what_a_message_says_to_type_goes(asked: dict[str, int]) -> None:
    """The window and horizon that are offered make a plan."""
    with pytest.raises(DataError) as refused:
        planned(series(), fits=10, **asked)
    words = str(refused.value).split("Type: ")[1].split()
    offered = {words[k].removeprefix("--"): int(words[k + 1]) for k in range(0, len(words), 2)}

    assert planned(series(), fits=10, **{**asked, **offered}).pairs >= 1


@pytest.mark.parametrize(
    ("rows", "part"), [(slice(10, 200), "training"), (slice(185, 400), "validation"), (slice(240, 400), "test")]
)
def test_a_part_without_targets_is_refused_before_anything_is_written(rows: slice, part: str) -> None:
    """Gaps that swallow a whole part are named."""
    data = series()
    data.values[rows, 0] = np.nan

    with pytest.raises(DataError, match=rf"of them without a target; .* leave too little for {part}"):
        planned(data, fits=10)


@pytest.mark.parametrize("scale", [1e150, 1e-150])
def test_numbers_that_cannot_be_squared(scale: float) -> None:
    """They are refused by name; another unit is asked for."""
    data = series()
    data.values[:, 1] *= scale

    with pytest.raises(DataError, match=r"the values of u reach .*e[+-]1\d\d, .* Bring them in another unit"):
        planned(data, fits=10)


def test_folds_neither_widen_nor_lengthen(data: Series | SequenceSet) -> None:
    """What one fold's fits say may not reach another's: it learns from the rows that the other tests."""
    plan = planned(data, fits=400)

    if not plan.splits.may_climb:
        assert (plan.rungs, plan.wider) == (1, 0)
    else:
        assert (plan.rungs, plan.wider) == (3 if plan.splits.validated else 1, 2)  # fixed steps have no cap


def test_series_are_split_only_into_whole_blocks() -> None:
    """A test part shorter than a block is not offered; long horizons get fewer splits."""
    short = planned(series(), fits=2000, horizon=30)
    blocks = np.diff(short.splits.borders)

    assert (blocks >= short.splits.block).all()
    assert short.splits.count < planned(series(), fits=2000).splits.count == 3


@pytest.mark.parametrize("asked", [{"horizon": 2}, {"window": 5}, {"season": 7}])
def test_options_of_a_forecast_do_not_fit_sequences(asked: dict[str, object]) -> None:
    """They are refused by name."""
    with pytest.raises(OptionError, match=f"--{next(iter(asked))} belongs to a forecast"):
        planned(sequences(), fits=10, **asked)


def test_what_networks_do_not_learn_from_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan says how many windows they learn from at most, and where there are more a note does."""
    found = planned(series(), horizon=1, fits=40)
    assert found.section["most_learned"] == TRAINING_WINDOWS
    assert not found.notes

    monkeypatch.setattr("gatewise.tasks.forecast.TRAINING_WINDOWS", 100)
    drafted = draft(series(), options(fits=40))
    among = len(on(series(), drafted.setting).parts(0, "tune", 0).train)
    assert drafted.training == drafted.whole == 100
    [note] = drafted.notes
    assert note == f"networks learn from 100 of {among:,} windows, evenly spread; simple rules learn from all"
    assert planned(series(), fits=40).notes == (note,)
