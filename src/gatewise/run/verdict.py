"""verdict.json: what a comparison found, in codes and numbers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gatewise.run.document import Document
from gatewise.run.options import AnchorName
from gatewise.run.plan import Configuration

Interval = tuple[float, float]

Cause = Literal["pairs", "test-data", "tuning", "baseline", "training", "ties"]
"""Why there is no verdict."""

Strength = Literal["shown", "likely", "leaning", "either"]
"""How sure a choice is: shown by a claim; at most the margin worse with 90 % or more; with 75 % or more; none of it."""

Scope = Literal["test-part", "tuned", "anew"]
"""What a claim is about: these cells on this test part; as tuned here, on new data; tuned anew, on new data."""

Value = int | float | str | tuple[str, ...]
"""What a sentence is filled with: a number, the label of an arm, the name of a rule, or names."""


class Coded(Document):
    """What one sentence says, as a code and what it is filled with; `gatewise.judge.wording` makes the sentence."""

    code: str = Field(pattern="^[a-z]+(-[a-z]+)*$", description="names the sentence: few-test-blocks")
    values: dict[str, Value] = Field(default={}, description="what it is filled with, by name")


def coded(code: str, **values: Value) -> Coded:
    """A code with its values: ``coded("few-test-blocks", blocks=12)``."""
    return Coded(code=code, values=values)


class Claim(Document):
    """One thing that is shown. It holds for networks trained on this training part."""

    scope: Scope
    kind: Literal["neither", "equal", "better", "not-worse", "beats-rules"]
    cell: str | None = Field(description="of which cell; null for what is said of both")
    beyond: bool = Field(default=False, description="better: by more than the margin")
    interval: Interval = Field(
        description="what shows it: skill of the cell (equal: of the first one) minus that of the other; of beats-rules"
        " minus that of the simple rule that comes closest; of neither, of the cell that comes closest, minus the bar's"
    )
    error: float = Field(description="probability on each side, over all looks, that the interval misses the truth")
    probability: float = Field(description="that it is so")


class Difference(Document):
    """Skill of the first cell minus skill of the second."""

    first: str
    second: str
    estimate: float
    interval: Interval = Field(description="95 % over all looks, as tuned here, on new data")
    interval_here: Interval | None = Field(default=None, description="the same on this test part: the luck of training")
    interval_anew: Interval | None = Field(
        default=None,
        description="the same for cells tuned anew, about an estimate of their own; null where nothing was tuned anew",
    )
    standard_error: float = Field(description="as tuned, on new data")
    degrees_of_freedom: float
    standard_error_pairs: float = Field(description="the part that more pairs would shrink")
    standard_error_blocks: float = Field(description="the part that only more test data would shrink")
    standard_error_choices: float = Field(
        default=0.0, description="tuned anew: the part from the one tuning table behind all choices of configurations"
    )
    per_pair: tuple[float, ...] = Field(description="the difference in each pair, in the order they were trained")
    blocks: int = Field(description="test blocks")
    independent: float = Field(description="how many blocks would say as much if they were independent")


ROOT = (
    "metric mse: root of the mean test loss, in the unit of what is predicted; null for another metric, and where"
    " several series or targets are scored on scales of their own"
)
"""What `rmse` of a cell and of a rule is."""

BESIDE = (
    "further scores of the same tests, by name: bits, accuracy and solved of next symbols, nats and accuracy of next"
    " frames; empty for other tasks"
)
"""What `beside` of a cell and of a rule is."""


class AnchorResult(Document):
    """What a cell's networks made of the forecast they started from."""

    kind: AnchorName = Field(description="what most of the pairs started from")
    rule: str | None = Field(description="the simple rule that most of them started from; null for another kind")
    stayed: float = Field(description="share of the pairs' fits that stayed at their anchor: it validated best")
    gain: float | None = Field(
        description="skill against the rules they started from, on the same test examples; null where these are not"
        " scored"
    )
    alone: float | None = Field(
        description="validation loss without an anchor, as a multiple of that with the usual one, both by the default"
        " configuration; null where it was not tried"
    )
    at_bar: float | None = Field(
        default=None,
        description="share of the pairs' fits whose start is the bar itself, the rule they have to beat; null where an"
        " older gatewise judged",
    )


class RefitResult(Document):
    """Whether pairs were trained again on all that comes before their test part."""

    asked: Literal["never", "rehearsed", "always"] = Field(description="the plan's `refit`")
    done: bool = Field(description="whether they were")
    rehearsals: int = Field(description="fits before an earlier origin that were asked; 0 where none could be")
    saved: float | None = Field(
        description="share of its loss that a network lost less there for being trained again, on the mean of the"
        " rehearsals; negative where it lost more; null without any"
    )


class CellResult(Document):
    """How one cell did."""

    name: str = Field(description="the arm's label, under which it stands in `cells`")
    score: float = Field(description="mean skill over pairs (accuracy for the metric accuracy)")
    interval: Interval = Field(description="95 % interval of the score")
    loss: float = Field(description="mean test loss in the metric's own unit; accuracy: share of errors")
    rmse: float | None = Field(default=None, description=ROOT)
    beside: dict[str, float] = Field(default={}, description=BESIDE)
    hidden_size: int
    parameters: int
    multiply_adds: int = Field(description="multiply-adds of one time step of the layer")
    state_floats: int = Field(
        description="numbers kept per sequence between steps: LSTM 2H, GRU and RNN H; 2H more where the head reads mean"
        " and maximum, twice as many where the network reads both ways"
    )
    configuration: Configuration = Field(description="best on the whole tuning table; pairs train it")
    above_baseline: Literal["yes", "no", "unclear"] = Field(
        description="yes: shown above every simple rule that is not far off; no: shown not to exceed the bar by the"
        " margin"
    )
    over_baseline: float = Field(description="score minus the bar's score")
    over_baseline_interval: Interval = Field(description="95 % over all looks, on new data")
    beats: tuple[str, ...] = Field(default=(), description="simple rules that it is shown to be above")
    capped: float = Field(description="share of fits still improving by more than the margin when their steps ended")
    second_tries: int = Field(
        default=0, description="fits of its pairs that had failed and were trained again, with another seed"
    )
    per_pair: tuple[float, ...] = Field(description="the score in each pair")
    anchor: AnchorResult | None = Field(default=None, description="forecasts: what the networks started from")
    expected_best: tuple[float, ...] = Field(
        default=(),
        description="expected best validation score after 1, 2, ... configurations of the plan's list, first rung; the"
        " score is 1 - validation loss / largest loss of all cells, averaged over splits; empty without tuning",
    )


class BaselineResult(Document):
    """How one simple rule did on the same test examples."""

    name: str
    score: float
    loss: float
    rmse: float | None = Field(default=None, description=ROOT)
    beside: dict[str, float] = Field(default={}, description=BESIDE)
    bar: bool = Field(description="best on validation data: the one the cells have to beat")
    far: bool = Field(
        default=False, description="lost more than twice what the best lost on validation data: takes no part in claims"
    )


class Other(Document):
    """A further cell (`rnn`, `gru-after`, ...) against the recommended one."""

    cell: str
    against: str
    estimate: float = Field(description="skill of the further cell minus skill of the other")
    interval_95: Interval = Field(description="over all looks")
    p_value: float = Field(
        description="two-sided, against no difference, over all looks and by Holm over all further cells"
    )


class DieboldMarianoResult(Document):
    """Whether the mean test losses of two forecasts differ at all: training's noise and the margin play no part."""

    statistic: float = Field(description="positive where the first cell has the larger loss")
    p_value: float = Field(description="two-sided, against no difference in mean loss")
    trust: tuple[Coded, ...] = Field(description="why not to trust it; empty when nothing is known against it")


class SecondOpinions(Document):
    """What other methods make of the same pairs; they take no part in the verdict."""

    bootstrap: Interval = Field(description="95 % of the difference, pairs and test blocks resampled")
    bootstrap_verdict: str = Field(
        description="how it reads by the verdict's rule, baseline aside: a cell's name, the same with -not-worse, equal"
        " or undecided"
    )
    agrees: bool = Field(description="whether the interval that decides reads the same")
    trust: tuple[Coded, ...] = Field(
        description="why not to trust the bootstrap; empty when nothing is known against it"
    )
    resampled: Interval | None = Field(
        description="folds: corrected resampled 95 % interval, as a claim about other training parts of the same kind"
    )
    resampled_trust: tuple[Coded, ...] = Field(description="why not to trust it; empty likewise")
    diebold_mariano: DieboldMarianoResult | None = Field(
        description="forecasts: the test on the loss difference of each test block, averaged over pairs"
    )


class Undecided(Document):
    """Why there is no verdict, and what would bring one."""

    cause: Cause
    reason: Coded = Field(description="the cause with its numbers")
    smallest_margin: float | None = Field(
        description="the smallest margin, up to 0.1, that these test data can decide with unlimited pairs"
    )
    budget_helps: bool = Field(default=True, description="false: no budget will decide this with this file")
    remedy: Coded = Field(description="what would decide it")


class Net(Document):
    """Which cell to take where a simple rule is recommended and it has to be a net all the same."""

    cell: str
    strength: Strength
    reason: Coded


class Textbook(Document):
    """What the rule of thumb would have picked without looking."""

    pick: str
    reason: Coded


class CellCost(Document):
    """Measured on this machine; never part of the verdict."""

    seconds_per_fit: float
    microseconds_per_step: float | None = Field(description="one streamed step of the layer, batch 1, from Python")
    training_step_ms: float | None = Field(description="one optimiser step at the chosen batch size")


class Costs(Document):
    """Everything measured by the clock: the only part of verdict.json that differs between equal runs."""

    cells: dict[str, CellCost]
    training_seconds: float = Field(description="core seconds of all stored fits")
    spared_fits: int = Field(default=0, description="tuning fits that configurations without hope were spared")
    spared_seconds: float = Field(default=0.0, description="about the core seconds that these would have taken")
    rules: dict[str, float] = Field(
        default={}, description="simple rule -> core seconds of its fits and scores on all splits"
    )
    kernel: str = Field(description="the code path that was measured, the same for all cells")


class Verdict(Document):
    """verdict.json: what the comparison found, and how sure it is."""

    format: Literal[4] = 4
    verdict: str = Field(
        description="as tuned, on new data: the first claim that holds of neither, equal, the better cell's name (lstm,"
        " gru, ...), not-worse; else undecided"
    )
    claim: Coded = Field(description="the verdict with the names and numbers of its one plain sentence")
    claims: tuple[Claim, ...] = Field(default=(), description="all that is shown, scope by scope, the strongest first")
    recommendation: str = Field(description="the cell to take, or baseline")
    recommendation_reason: Coded
    strength: Strength | None = Field(
        default=None, description="how sure the recommendation is; null in older documents"
    )
    net: Net | None = Field(default=None, description="null where a cell is recommended")
    cheaper: str | None = Field(default=None, description="the judged cell that costs less; null in older documents")
    retrainings_won: dict[str, float] = Field(
        default={},
        description="of 100 retrainings as tuned, how many each judged cell wins on this test part, ties halved",
    )
    better: dict[str, float] = Field(
        default={}, description="probability that each judged cell is the better one, as tuned, on new data"
    )
    at_most_margin_worse: dict[str, float] = Field(
        default={},
        description="probability that each judged cell, and the baseline, is at most the margin worse than the others",
    )
    probability: float | None = Field(description="of the verdict's claim; null when undecided")
    probabilities: dict[str, float] | None = Field(
        description="first cell better by more than the margin, `equal`, second cell better by more; null without looks"
    )
    expected_regret: dict[str, float] | None = Field(
        description="skill lost on average by each choice, against whichever of the other two it loses most to"
    )
    margin: float
    metric: str
    task: str
    target: str | None
    horizon: int
    difference: Difference | None = Field(description="null when fewer than two pairs were trained")
    opinions: SecondOpinions | None = Field(
        default=None, description="other methods on the same pairs; null below two pairs or without any noise"
    )
    pairs: int
    looks: tuple[int, ...] = Field(description="the looks that were taken")
    fits: int = Field(description="all fits stored: tuning and pairs")
    cells: dict[str, CellResult] = Field(
        description="empty where the baseline's loss is 0, against which skill is none"
    )
    baselines: tuple[BaselineResult, ...]
    left_out: dict[str, float] = Field(
        default={}, description="simple rules that the budget left out, and the core seconds each was predicted to take"
    )
    others: tuple[Other, ...]
    refit: RefitResult | None = Field(
        default=None,
        description="whether pairs were trained again on all that comes before their test part; null where an older"
        " gatewise judged",
    )
    undecided: Undecided | None
    textbook: Textbook
    warnings: tuple[Coded, ...] = Field(description="what a reader should know")
    understood: tuple[str, ...] = Field(default=(), description="the plan's: what was read of the data")
    notes: tuple[str, ...] = Field(default=(), description="the plan's: what reading changed, left out or doubts")
    plan_sha256: str
    costs: Costs
