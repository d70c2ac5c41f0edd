"""The plan: metric, margin, splits, configurations, looks and the work to be done, fixed before any training."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from gatewise.errors import OptionError
from gatewise.experiment.match import Ends, large_tables, model_parameters, widths
from gatewise.experiment.outline import can_rehearse, question, usable_splits
from gatewise.experiment.tune import REHEARSALS, configurations
from gatewise.judge.looks import FIRST_LOOK, LOOKS
from gatewise.languages import Told, mark
from gatewise.run.lines import made
from gatewise.run.plan import STEPS_RANGE, Plan, Setting, SplitPlan, Work
from gatewise.tasks import on
from gatewise.tasks.protocol import taught

if TYPE_CHECKING:
    from gatewise.data.shapes import Data
    from gatewise.run.options import Options
    from gatewise.tasks.protocol import Recipe

AGAIN = 3
"""Configurations of each cell whose second fits are reckoned with: as many as pairs choose among, mostly."""

BATCH_SIZES = (16, 32, 64)
"""Those that are tried; of next symbols and frames the first alone, for a row has many of them; docs/recipe.md."""

STEPS, PASSES = (400, 1500), 10
"""Where the work is counted in fits: steps of a fit on the first rung, least and most, and about how many times they
visit each training example."""

GOOD_STEPS = 300
"""A time budget buys this many steps before it buys more splits or configurations."""

GOOD_PASSES, MOST_PASSES, LONGEST = 5, 40, 20_000
"""Where passes say how long a fit is, in texts, events and sounds: a time budget buys so many of them before more
configurations, so many at most, and never more steps than the last."""

RUNGS, WIDER, EVALUATIONS, PATIENCE = 3, 2, 20, 6

SMALL = 20_000
"""Parameters up to which next symbols and frames are learned at the usual rate and nothing is dropped."""

DROPPED = 0.25
"""Share of what the head reads that is dropped by default: by networks of ten times `SMALL` parameters that read all
they learn from twice `GOOD_PASSES` times, and less by smaller ones or where it is read less often; docs/recipe.md."""

SAVED, FALLING = 0.5, 0.7
"""Early endings are expected to cut the work of a pair to this share; looks are planned with it. Fits whose rate falls
improve longer."""


@dataclass(frozen=True)
class Draft:
    """A plan before its work is laid out: what the data and the options alone decide."""

    setting: Setting
    recipe: Recipe
    hidden_size: dict[str, int]
    both_ways: dict[str, int]
    parameters: dict[str, int]
    batch_sizes: tuple[int, ...]
    training: int  # examples that networks learn from
    whole: int  # the same where nothing is left to validate or to test
    splits: tuple[SplitPlan, ...]
    rehearsed: tuple[SplitPlan, ...]
    understood: tuple[Told, ...]
    notes: tuple[Told, ...]


def draft(data: Data, options: Options) -> Draft:
    """Decide task, metric, splits and widths.

    Raises:
        DataError: The data are too few, or no numbers to be squared.
        OptionError: An option or the metric belongs to another task, or no width fits the parameters.
    """
    task, described, metric = question(data, options)
    common, section = described
    candidates = task.splits(data, described)
    setting = Setting(task.name, section, common, candidates[0], metric, options.seed)
    splits = usable_splits(data, setting, candidates)
    built = on(data, setting._replace(splits=splits[0]))
    parts = built.parts(0, "tune", 0)
    common = common.model_copy(update={"masked": built.gaps(parts)})
    recipe = task.recipe(described).starting_from(options.anchor)
    ends = Ends(common.channels, common.outputs, recipe.shape)
    hidden = widths(options, ends)
    sizes = {cell: model_parameters(cell, h, ends) for cell, h in hidden.items()}
    if recipe.falls:
        recipe = _slower_if_large(recipe, max(sizes.values()) - recipe.shape.tables)
    setting = setting._replace(data=common, splits=splits[0])
    tables = large_tables(options, common.features, recipe.shape) if recipe.reads else ()
    training, whole = (taught(section, each.train) for each in (parts, built.whole()))
    read = tuple(data.describe()), (*data.notes, *tables, *_left_out(len(training), len(parts.train)))
    return Draft(
        setting,
        recipe,
        hidden,
        _both_ways(options, recipe, ends),
        sizes,
        batch_sizes(len(training))[: 1 if recipe.falls else None],
        len(training),
        len(whole),
        splits,
        tuple(one for one in splits if recipe.refits and can_rehearse(on(data, setting._replace(splits=one)))),
        *read,
    )


def _slower_if_large(recipe: Recipe, parameters: int) -> Recipe:
    """The same with a smaller default rate for networks of more than `SMALL` parameters; docs/recipe.md."""
    rate = recipe.usual["learning_rate"] * min(1.0, (SMALL / parameters) ** (1 / 3))
    return recipe._replace(usual={**recipe.usual, "learning_rate": float(f"{rate:.2g}")})


def _usual(drafted: Draft, steps: int) -> dict[str, Any]:
    """Fields of the default configuration: large networks that read their data often have dropout; docs/recipe.md."""
    recipe = drafted.recipe
    if not recipe.falls:
        return dict(recipe.usual)
    larger = max(1.0, (max(drafted.parameters.values()) - recipe.shape.tables) / SMALL)
    often = min(max(steps / (GOOD_PASSES * _one_pass(drafted.training, recipe)) - 1.0, 0.0), 1.0)
    return {**recipe.usual, "dropout": round(DROPPED * min(1.0, math.log10(larger)) * often, 2)}


def _left_out(learned: int, among: int) -> tuple[Told, ...]:
    """A sentence where networks learn from a part of the training windows."""
    if learned == among:
        return ()
    form = mark("networks learn from {count:,} of {among:,} windows, evenly spread; simple rules learn from all")
    return (Told(form, count=learned, among=among),)


def _both_ways(options: Options, recipe: Recipe, ends: Ends) -> dict[str, int]:
    """Hidden size of each direction where the network may read both ways; empty where it may not."""
    if not any(setting.get("bidirectional") for setting in recipe.settings):
        return {}
    return widths(options, ends._replace(shape=ends.shape.model_copy(update={"bidirectional": True})))


def _refit(drafted: Draft, layout: Division) -> Literal["never", "rehearsed", "always"]:
    """Whether pairs are trained again on all before their test part; where a rehearsal cannot tell, they are."""
    if not layout.again:
        return "never"
    return "rehearsed" if layout.splits in drafted.rehearsed else "always"


def _again(drafted: Draft, splits: SplitPlan, steps: float) -> bool:
    """Whether pairs may be trained again: of texts where test blocks are stretches, if all is read often.

    Fits of a text are as long as the work allows, so training again costs steps, which gain more while they are few.
    """
    if not drafted.recipe.falls:
        return drafted.recipe.refits
    return drafted.recipe.refits and splits.serial and splits.block > 1 and steps >= _good_and_most(drafted)[0]


def batch_sizes(training: int) -> tuple[int, ...]:
    """The batch sizes that ``training`` examples can fill: once, the largest four times."""
    filled = max(BATCH_SIZES[0], min(BATCH_SIZES[1], training), training // 4)
    return tuple(size for size in BATCH_SIZES if size <= filled)


def steps_for(training: int, splits: SplitPlan, recipe: Recipe | None = None) -> int:
    """Steps of a fit on ``training`` examples, on the first rung, where the work is counted in fits."""
    if recipe is not None and recipe.reads:
        least = STEPS[1 if recipe.falls else 0]  # such fits end where they learn by heart
        return round(min(max(PASSES * _one_pass(training, recipe), least), LONGEST))
    # Splits that may not climb to longer fits get twice the steps from the start.
    times = 2 if splits.validated and not splits.may_climb else 1
    return min(max(times * PASSES * training // BATCH_SIZES[1], STEPS[0]), STEPS[1])


def _one_pass(training: int, recipe: Recipe) -> float:
    """Steps of the default batch size that visit each training example once."""
    return training / (BATCH_SIZES[0 if recipe.falls else 1] * recipe.reads)


def _good_and_most(drafted: Draft) -> tuple[float, float]:
    """Steps that a time budget buys before it buys more configurations, and at most."""
    if not drafted.recipe.reads:
        return GOOD_STEPS, STEPS_RANGE[1]
    once = _one_pass(drafted.training, drafted.recipe)
    passes = MOST_PASSES if drafted.recipe.falls else MOST_PASSES // 2  # without validation more of them overfit
    most = min(max(passes * once, STEPS_RANGE[1]), LONGEST)
    return min(max(GOOD_PASSES * once, GOOD_STEPS), most), most


# --------------------------------------------------------------------------------------------------
# The work


@dataclass(frozen=True)
class Division:
    """How the work is divided.

    Attributes:
        splits: Of every pair.
        configurations: In the list.
        settings: Further ones that all cells might share.
        steps: Of a fit on the first rung.
        pairs: At most.
        reserved: For the models to hand over, in the purse's unit; fits do not count them.
        again: Whether pairs may be trained again on all before their test part.
    """

    splits: SplitPlan
    configurations: int
    settings: int
    steps: int
    pairs: int
    reserved: float = 0.0
    again: bool = False


@dataclass(frozen=True)
class Purse:
    """What a comparison may spend, and what things cost.

    Attributes:
        unit: ``fits``, or predicted core ``seconds``.
        total: In that unit.
        step: Cell -> `Configuration.priced` -> core seconds per optimiser step.
        overhead: Cell -> core seconds per fit spent preparing and scoring.
        left_out: Simple rules that are left out, and the core seconds that each would take.
        ends: Seconds from the start until what comes after the fits has to begin; where the work is stated, none.
    """

    unit: Literal["fits", "seconds"]
    total: float
    step: dict[str, dict[str, float]] = field(default_factory=dict)
    overhead: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, float] = field(default_factory=dict)
    ends: float | None = None


def make_plan(drafted: Draft, options: Options, purse: Purse) -> Plan:
    """Lay out the work that the purse pays for and lock everything that decides the answer.

    Raises:
        OptionError: Too few fits for one pair.
    """
    layout = _by_fits(drafted, options) if purse.unit == "fits" else _in_seconds(drafted, options, purse)
    listed = configurations(layout.configurations, drafted.batch_sizes, options.seed, _usual(drafted, layout.steps))
    return Plan(
        task=drafted.setting.task,
        section=drafted.setting.section,
        data=drafted.setting.data,
        metric=drafted.setting.metric,
        margin=options.margin,
        seed=options.seed,
        cells=options.cells,
        match=cast("Literal['params', 'width', 'time', 'none']", options.match),
        shape=drafted.recipe.shape,
        hidden_size=drafted.hidden_size,
        both_ways=drafted.both_ways,
        parameters=drafted.parameters,
        splits=layout.splits,
        configurations=listed,
        settings=tuple(listed[0].model_copy(update=each) for each in drafted.recipe.settings[: layout.settings]),
        steps=_steps(layout.steps, options, purse),
        rungs=RUNGS if layout.splits.may_climb and layout.splits.validated and not drafted.recipe.falls else 1,
        refit=_refit(drafted, layout),
        race=not options.no_race,
        second_tries=True,
        falls=drafted.recipe.falls,
        wider=WIDER if layout.splits.may_climb else 0,
        evaluations=EVALUATIONS,
        patience=PATIENCE,
        looks=looks(layout.pairs),
        pairs=layout.pairs,
        work=Work(
            unit=purse.unit,
            total=purse.total,
            prices=purse.step if purse.unit == "seconds" else {},
            overhead=purse.overhead if purse.unit == "seconds" else {},
            reserved=layout.reserved,
            left_out=purse.left_out,
        ),
        keep_test=options.keep_test,
        ensemble=options.ensemble,
        understood=tuple(map(str, drafted.understood)),
        notes=tuple(map(str, drafted.notes)),
        made=made((*drafted.understood, *drafted.notes)),
    )


def looks(pairs: int) -> tuple[int, ...]:
    """The looks that ``pairs`` pairs allow: those of `LOOKS`, the last one at the end; none below the first."""
    planned = [n for n in LOOKS if n < pairs]
    return (*planned, pairs) if pairs >= FIRST_LOOK else ()


def _steps(steps: int, options: Options, purse: Purse) -> dict[str, int]:
    """Steps of each cell: equal, or, where training time is matched, in inverse proportion to their price."""
    if options.match != "time":
        return dict.fromkeys(options.cells, steps)
    price = {cell: statistics.fmean(purse.step[cell].values()) for cell in options.cells}
    typical = statistics.fmean(price.values())
    return {cell: max(STEPS_RANGE[0], round(steps * typical / price[cell])) for cell in options.cells}


def _tuning_fits(splits: SplitPlan) -> int:
    """Tuning fits of one configuration and one cell."""
    return splits.tuning_folds * (splits.count if splits.tuned_each else 1)


def _by_fits(drafted: Draft, options: Options) -> Division:
    """Divide a number of fits: the most splits that still allow ten pairs, then configurations, then pairs."""
    assert options.fits is not None
    cells, total = len(options.cells), options.fits
    # Ten pairs are two more than the first look needs; four configurations are the fewest worth choosing among.
    for splits in drafted.splits:
        if splits is drafted.splits[-1] or total >= cells * (4 * _tuning_fits(splits) + 10 * splits.count):
            break
    pair = cells * splits.count
    if total < pair:
        raise OptionError(f"--fits {total} do not pay for one pair of {cells} cells. Type: --fits {pair}")
    each = cells * _tuning_fits(splits)
    # The first look comes before the list: without it nothing is judged. A third of the work at most goes to the list,
    # for beyond a dozen the best of it hardly gets better, while pairs shrink the interval.
    spare = max(0, total - FIRST_LOOK * pair)
    count = min(12, int(0.35 * total) // each, spare // each)
    count = count if count >= 2 else 1  # a list of one is not tuned at all
    left = total - (each * count if count > 1 else 0)
    # Second fits of what pairs choose are paid for unless that would cost the first look.
    spare = left - (each * min(AGAIN, count) if count > 1 else 0)
    pairs = max(spare // pair, min(left // pair, FIRST_LOOK))
    shared = _settings(drafted, count)
    steps = options.steps or steps_for(drafted.training, splits, drafted.recipe)
    again = _again(drafted, splits, steps)
    return Division(splits, count - shared, shared, steps, min(LOOKS[-1], pairs), again=again)


def _settings(drafted: Draft, listed: int) -> int:
    """How many of the configurations that are paid for try what all cells share: a third at most."""
    return min(len(drafted.recipe.settings), listed // 3)


def _in_seconds(drafted: Draft, options: Options, purse: Purse) -> Division:
    """Divide core seconds; texts are trained again where that leaves twice the good steps, or those asked for."""
    if not (drafted.recipe.refits and drafted.recipe.falls):
        return replace(_by_seconds(drafted, options, purse), again=drafted.recipe.refits)
    found = _by_seconds(drafted, options, purse, times=2)
    again = _again(drafted, found.splits, found.steps / (1 if options.steps else 2))
    return replace(found, again=True) if again else _by_seconds(drafted, options, purse)


def _by_seconds(drafted: Draft, options: Options, purse: Purse, times: int = 1) -> Division:
    """Divide core seconds: as many splits, then configurations, as leave good steps; then steps, then pairs.

    Args:
        drafted: What is compared.
        options: What was asked for.
        purse: What may be spent.
        times: How often a pair is trained; where it is twice, fits that tell whether that pays are reckoned with too.
    """
    # The dearest batch size counts: what a cheaper one saves buys more pairs later.
    price = sum(max(purse.step[cell].values()) for cell in options.cells)
    overhead = sum(purse.overhead[cell] for cell in options.cells)
    share, handed = times * _made(drafted), _handed_over(drafted, options)
    good, most_steps = _good_and_most(drafted)
    choices = [(splits, listed) for splits in drafted.splits for listed in (10, 6)] + [(drafted.splits[-1], 3)]
    choices += [(drafted.splits[-1], 1)] * (options.steps is not None)  # one that is not tuned
    for splits, listed in choices:  # from what one would like to what one can pay for
        tuning = (listed + AGAIN) * _tuning_fits(splits) + REHEARSALS * times * (times > 1) if listed > 1 else 0
        steps = (purse.total / (tuning + share * LOOKS[1] * splits.count + handed) - overhead) / price
        if steps >= (options.steps or good):
            break
    steps = options.steps or round(min(max(steps, STEPS_RANGE[0]), most_steps))
    each = price * steps + overhead
    left = purse.total - (tuning + handed) * each
    pairs = max(1, round(max(0.0, left) / (share * each * splits.count)))
    # Fits often end earlier than expected, so the plan looks further than it can pay for; the purse has the last word.
    most = LOOKS[-1] if pairs >= LOOKS[1] else LOOKS[1] if 2 * pairs >= LOOKS[0] else LOOKS[0]
    shared = _settings(drafted, listed)
    return Division(splits, listed - shared, shared, steps, most, float(f"{handed * each:.4g}"))


def _handed_over(drafted: Draft, options: Options) -> float:
    """What the models to hand over cost of each cell, in fits of a pair: as many passes over more examples."""
    if options.keep_test:
        return 0.0
    return _made(drafted) * options.ensemble * drafted.whole / max(1, drafted.training)


def _made(drafted: Draft) -> float:
    """Share of their steps that fits are expected to make; those that are fixed beforehand are all made."""
    if not drafted.splits[0].validated:
        return 1.0
    return FALLING if drafted.recipe.falls else SAVED
