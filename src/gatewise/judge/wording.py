"""The words of every code in verdict.json: the one place where the conclusion becomes sentences. Needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatewise.arms import ALIKE, title
from gatewise.text import counted, sure, upward, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gatewise.run.verdict import Coded


def words(found: Coded) -> str:
    """The sentence of a code, without its full stop; names from the data cannot act on terminal or page."""
    sentence = WORDS[found.code]
    values: dict[str, Any] = found.values
    return visible(sentence.format(**values) if isinstance(sentence, str) else sentence(**values))


def listed(reasons: Iterable[Coded]) -> str:
    """Several codes in a row."""
    return "; ".join(map(words, reasons))


def reading(read: str) -> str:
    """How an interval of the difference reads, in two or three words: LSTM better, GRU not worse.

    Args:
        read: An arm's label, or `equal`, `undecided`, or a label and `-not-worse`.
    """
    if read in ("equal", "undecided", "not-worse"):  # the last one in older documents, of the cheaper cell
        return {"equal": "practically equal", "not-worse": "cheaper cell not worse"}.get(read, read)
    named = read.removesuffix("-not-worse")
    return f"{title(named)} {'better' if named == read else 'not worse'}"


# --------------------------------------------------------------------------------------------------
# Claims


def _margin(margin: float, unit: str) -> str:
    return f"the margin of {margin:g} {unit}"


def _arm_better(named: str, other: str, margin: float, unit: str) -> str:
    better = f"the {title(named)} is better than the {title(other)}"
    return f"On these data {better} by more than {_margin(margin, unit)}"


def _arm_ahead(named: str, other: str, unit: str) -> str:
    return f"On these data the {title(named)} is better than the {title(other)} in {unit}"


def _arms_equal(first: str, second: str, margin: float, unit: str, ahead: str = "") -> str:
    alike = f"{title(first)} and {title(second)} are practically equal"
    told = f", the {title(ahead)} being a little ahead" if ahead else ""
    return f"On these data {alike}: they differ by less than {_margin(margin, unit)}{told}"


def _arm_not_worse(named: str, other: str, margin: float, unit: str) -> str:
    not_worse = f"the {title(named)} is not worse than the {title(other)}"
    return f"On these data {not_worse} by more than {_margin(margin, unit)}"


def _bar_not_beaten(first: str, second: str, rules: tuple[str, ...], margin: float, unit: str) -> str:
    neither = f"neither {title(first)} nor {title(second)} beats the simple rule {' and '.join(rules)!r}"
    return f"On these data {neither} by {_margin(margin, unit)}"


def _arms_open(first: str, second: str, margin: float, unit: str) -> str:
    return (
        f"These data and this budget do not decide between {title(first)} and {title(second)} at"
        f" {_margin(margin, unit)}"
    )


# --------------------------------------------------------------------------------------------------
# Recommendations


def _less(work: int, state: int, rival_work: int, rival_state: int) -> str:
    """What the cheaper arm costs, against the other."""
    if (work, state) == (rival_work, rival_state):
        return "both cost the same, and it comes first"
    if abs(work - rival_work) <= ALIKE * max(work, rival_work):
        return (
            f"it costs less, {state} numbers of state against {rival_state} at as many multiply-adds a step ({work:,})"
        )
    return f"it costs less, {work:,} multiply-adds a step against {rival_work:,}"


def _costs_less(**cost: int) -> str:
    return _less(**cost)


def _nothing_compared(**cost: int) -> str:
    return f"nothing was compared, and {_less(**cost)}"


def _one_pair(**cost: int) -> str:
    return f"one training of each tells little, and {_less(**cost)}"


def _one_pair_behind(arm: str, behind: float) -> str:
    return f"each cell was trained once only, and the {title(arm)} was {behind:.2g} behind it"


def _regrets_alike(**cost: int) -> str:
    return f"neither is likely to be much better, and {_less(**cost)}"


def _probably_no_worse(probability: float, margin: float, estimate: float) -> str:
    here = f"{abs(estimate):.2g} {'ahead' if estimate >= 0 else 'behind'}"
    return f"the chance is {sure(probability)} that it is no more than {margin:g} worse, and here it was {here}"


def _bar_ahead(probability: float, estimate: float) -> str:
    here = f"{abs(estimate):.2g} {'ahead' if estimate >= 0 else 'behind'}"
    return f"the chance is {sure(probability)} that it is no more than the margin worse, and here it was {here}"


def _short_and_few(steps: int, examples: int) -> str:
    few = f"{counted(steps, 'step')} and {counted(examples, 'example')}"
    return f"{few}: short and few, where the smaller GRU is said to do"


# --------------------------------------------------------------------------------------------------
# No verdict


def _few_pairs(pairs: int, needed: int) -> str:
    if pairs == 0:
        return f"no cell was trained, and it takes {needed} trainings of each to show anything"
    if pairs == 1:
        return f"each cell was trained only once, and it takes {needed} times to show anything"
    return f"each cell was trained only {pairs} times, and it takes {needed} times to show anything"


def _few_independent_blocks(blocks: int, needed: int) -> str:
    few = f"{counted(blocks, 'independent test')} {'says' if blocks == 1 else 'say'}"
    return f"{few} too little of how data vary, and {needed} would be the fewest"


def _more(unit: str) -> str:
    return "a larger --budget, or --fits" if unit == "seconds" else "more --fits"


def _or_margin(margin: float | None) -> str:
    """The margin that would do, as one would type it; nothing where none would."""
    return "" if margin is None else f", or --margin {upward(margin)}"


def _more_pairs(unit: str, margin: float | None = None) -> str:
    return _more(unit) + _or_margin(margin)  # a margin in older documents alone


def _more_test_data(margin: float | None = None) -> str:
    return "more test data" + _or_margin(margin)


# --------------------------------------------------------------------------------------------------
# Warnings


def _second_method(bootstrap: str, decides: str, cheaper: str = "") -> str:
    del cheaper  # in older documents
    return (
        "a second method disagrees: a bootstrap of pairs and test blocks reads the difference as"
        f" “{reading(bootstrap)}”, the interval that decides reads it as “{reading(decides)}”"
    )


def _mixed(environments: int, kinds: tuple[str, ...] = ()) -> str:
    told = f": {' | '.join(kinds)}" if kinds else ""  # a gatewise that knew no cluster stored none
    return f"the fits come from {environments} environments, listed in environment.json, so they are mixed{told}"


def _copies_anchor(arm: str, share: float, kind: str, rule: str) -> str:
    start = {"rule": f"the rule {rule}", "last": "the last value"}.get(kind, "the training mean")
    return f"{title(arm)} found little to learn: {share:.0%} of its fits stayed at {start}, where they start"


def _second_tries(arm: str, tries: int, fits: int) -> str:
    return f"{tries} of {fits} {title(arm)} fits had failed and were trained again once, with another seed"


def _second_try_handed_over(arm: str) -> str:
    return f"the {title(arm)} to take away is a second try: the first had failed on all rows"


# --------------------------------------------------------------------------------------------------
# Why not to trust a figure


def _few_origins(origins: int) -> str:
    return f"only {counted(origins, 'test block')}: too few to see how they are correlated"


def _few_data_sets(sets: int) -> str:
    return f"only {counted(sets, 'data set')}: too few for a claim about others"


# --------------------------------------------------------------------------------------------------
# All codes

WORDS: dict[str, str | Callable[..., str]] = {
    "said": "{text}",
    # claims
    "arm-better": _arm_better,
    "arm-ahead": _arm_ahead,
    "arms-equal": _arms_equal,
    "arm-not-worse": _arm_not_worse,
    "bar-not-beaten": _bar_not_beaten,
    "arms-open": _arms_open,
    # recommendations
    "better-by-the-margin": "it is better by more than the margin",
    "bar-does-as-well": "no cell is worth its trouble here: the simple rule does as well within the margin",
    "better-shown": "it is better",
    "not-worse-shown": "it is not worse by more than the margin",
    "bar-ahead": _bar_ahead,
    "probably-no-worse": _probably_no_worse,
    "costs-less": _costs_less,
    "nothing-compared": _nothing_compared,
    "one-pair-tells-little": _one_pair,
    "one-pair-behind": _one_pair_behind,
    "regrets-alike": _regrets_alike,
    # the textbook
    "many-steps": "{steps} steps: long or plentiful sequences are said to need the LSTM's cell state",
    "many-examples": "{examples:,} examples: long or plentiful sequences are said to need the LSTM's cell state",
    "short-and-few": _short_and_few,
    # why there is no verdict
    "few-pairs": _few_pairs,
    "pairs-leave-open": "{pairs} trainings of each cell leave the difference open by ±{half:.2g}",
    "few-independent-blocks": _few_independent_blocks,
    "blocks-leave-open": "{blocks} tests are too few to tell the cells apart",
    "fits-unfinished": "{share:.0%} of the trainings were still improving by more than the margin when they ended",
    "losses-tied": "both cells made the same errors in every test: no evidence either way",
    # what would bring one
    "more-pairs": _more_pairs,
    "more-test-data": _more_test_data,
    # warnings
    "nothing-tuned": "too few fits to tune: all had the same settings",
    "rate-at-edge": "a better learning rate may lie beyond those tried",
    "rate-at-edge-widened": "a better learning rate may lie beyond those tried, though more were added",
    "rate-at-edge-unpaid": "a better learning rate may lie beyond those tried: too few fits to look",
    "best-fits-capped": "training was cut short: a larger --budget would help",
    "no-second-fits": "too few fits to try the best settings twice",
    "sizes-differ": "the models differ by {share:.1%} in parameters, the closest that whole widths allow",
    "steps-multiplied": "fits were given {times} times the planned steps, because they were still improving",
    "environments-mixed": _mixed,
    "clock-cut": (
        "the machine became slower than when its speed was measured: {share:.0%} of the work were left out, to end with"
        " the budget"
    ),
    "copies-anchor": _copies_anchor,
    "second-tries": _second_tries,
    "second-try-handed-over": _second_try_handed_over,
    "bootstrap-disagrees": _second_method,
    # why not to trust a figure
    "no-noise": "all values are equal: there is no noise to judge by, and the interval is a point",
    "one-pair": "one pair says nothing about how training runs vary",
    "one-test-block": "one test block says nothing about how test data vary",
    "percentile-of-few-pairs": "only {pairs} pairs: the percentile interval is too short",
    "percentile-of-few-test-blocks": "only {blocks} test blocks: the percentile interval is too short",
    "unexplained-noise": "mostly noise that neither pairs nor test blocks explain: the interval is too long",
    "few-draws": "too few draws for this level: another seed moves the interval",
    "blocks-correlated": "neighbouring test blocks are correlated: the {blocks} say no more than {independent} would",
    "few-origins": _few_origins,
    "few-origins-for-horizon": (
        "{origins} test blocks are few for a horizon of {horizon}: the test finds differences too often"
    ),
    "negative-variance": ("the long-run variance came out negative: neighbouring test blocks are taken as independent"),
    "one-split": "one split says nothing about how splits vary",
    "few-splits": "only {splits} splits: the variance is little better than a guess",
    "one-configuration": "one configuration says nothing about others",
    "random-search-only": (
        "it holds for configurations drawn independently at random, not for a grid or a search that learns"
    ),
    "large-budgets-too-low": (
        "budgets above {half} of {configurations} rest on the few best scores and come out too low"
    ),
    "few-data-sets": _few_data_sets,
}
"""Code -> its sentence without a full stop: a text with the names of its values, or a function of them.

``said`` is a sentence that an older gatewise stored as it stands."""
