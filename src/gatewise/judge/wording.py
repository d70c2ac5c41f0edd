"""The words of every code in verdict.json: the one place where the conclusion becomes sentences. Needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatewise.arms import alike, title
from gatewise.languages import mark, say, say_count
from gatewise.text import sure, upward, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gatewise.run.verdict import Coded


def words(found: Coded) -> str:
    """The sentence of a code, without its full stop; names from the data cannot act on terminal or page."""
    sentence = WORDS[found.code]
    values: dict[str, Any] = found.values
    return visible(say(sentence, **values) if isinstance(sentence, str) else sentence(**values))


def listed(reasons: Iterable[Coded]) -> str:
    """Several codes in a row."""
    return "; ".join(map(words, reasons))


def reading(read: str) -> str:
    """How an interval of the difference reads, in two or three words: LSTM better, GRU not worse.

    Args:
        read: An arm's label, or `equal`, `undecided`, or a label and `-not-worse`.
    """
    if read in READ:
        return say(READ[read])
    named = read.removesuffix("-not-worse")
    sentence = mark("{cell} better") if named == read else mark("{cell} not worse")
    return say(sentence, cell=title(named))


READ = {
    "equal": mark("practically equal"),
    "undecided": mark("undecided"),
    "not-worse": mark("cheaper cell not worse"),  # in older documents
}
"""What an interval reads that names no cell."""


# --------------------------------------------------------------------------------------------------
# Claims


def _arm_better(named: str, other: str, margin: float, unit: str) -> str:
    sentence = mark("On these data the {cell} is better than the {other} by more than the margin of {margin:g} {unit}")
    return say(sentence, cell=title(named), other=title(other), margin=margin, unit=say(unit))


def _arm_ahead(named: str, other: str, unit: str) -> str:
    sentence = mark("On these data the {cell} is better than the {other} in {unit}")
    return say(sentence, cell=title(named), other=title(other), unit=say(unit))


def _arms_equal(first: str, second: str, margin: float, unit: str, ahead: str = "") -> str:
    told = say(
        "On these data {first} and {second} are practically equal: they differ by less than the margin of {margin:g}"
        " {unit}",
        first=title(first),
        second=title(second),
        margin=margin,
        unit=say(unit),
    )
    return say("{told}, the {cell} being a little ahead", told=told, cell=title(ahead)) if ahead else told


def _arm_not_worse(named: str, other: str, margin: float, unit: str) -> str:
    sentence = mark(
        "On these data the {cell} is not worse than the {other} by more than the margin of {margin:g} {unit}"
    )
    return say(sentence, cell=title(named), other=title(other), margin=margin, unit=say(unit))


def _bar_not_beaten(first: str, second: str, rules: tuple[str, ...], margin: float, unit: str) -> str:
    return say(
        "On these data neither {first} nor {second} beats the simple rule {rules!r} by the margin of {margin:g} {unit}",
        first=title(first),
        second=title(second),
        rules=say(" and ").join(rules),
        margin=margin,
        unit=say(unit),
    )


def _arms_open(first: str, second: str, margin: float, unit: str) -> str:
    return say(
        "These data and this budget do not decide between {first} and {second} at the margin of {margin:g} {unit}",
        first=title(first),
        second=title(second),
        margin=margin,
        unit=say(unit),
    )


# --------------------------------------------------------------------------------------------------
# Recommendations


def _less(work: int, state: int, rival_work: int, rival_state: int) -> str:
    """What the cheaper arm costs, against the other."""
    if (work, state) == (rival_work, rival_state):
        return say("both cost the same, and it comes first")
    if alike(work, rival_work):
        return say(
            "it is cheaper to run: it keeps {state} numbers from step to step, not {other}, and computes no more",
            state=state,
            other=rival_state,
        )
    return say("it is cheaper to run, {work:,} multiplications a step against {other:,}", work=work, other=rival_work)


def _costs_less(**cost: int) -> str:
    return _less(**cost)


def _nothing_compared(**cost: int) -> str:
    return say("nothing was compared, and {reason}", reason=_less(**cost))


def _one_pair(**cost: int) -> str:
    return say("one training of each tells little, and {reason}", reason=_less(**cost))


def _one_pair_behind(arm: str, behind: float) -> str:
    sentence = mark("each cell was trained once only, and the {cell} was {behind:.2g} behind it")
    return say(sentence, cell=title(arm), behind=behind)


def _one_pair_ahead(other: str, ahead: float) -> str:
    sentence = mark("it was {ahead:.2g} ahead of the {other} in the one training of each cell")
    return say(sentence, ahead=ahead, other=title(other))


def _regrets_alike(**cost: int) -> str:
    return say("neither is likely to be much better, and {reason}", reason=_less(**cost))


def _here(estimate: float) -> str:
    """How it did on the test part."""
    if estimate >= 0:
        return say("{size:.2g} ahead", size=abs(estimate))
    return say("{size:.2g} behind", size=abs(estimate))


def _probably_no_worse(probability: float, margin: float, estimate: float) -> str:
    return say(
        "the chance is {chance} that it is no more than {margin:g} worse, and here it was {here}",
        chance=sure(probability),
        margin=margin,
        here=_here(estimate),
    )


def _bar_ahead(probability: float, estimate: float) -> str:
    sentence = mark("the chance is {chance} that it is no more than the margin worse, and here it was {here}")
    return say(sentence, chance=sure(probability), here=_here(estimate))


def _short_and_few(steps: int, examples: int) -> str:
    return say(
        "{steps} and {examples}: short and few, where the smaller GRU is said to do",
        steps=say_count("{count} step", "{count:,} steps", steps),
        examples=say_count("{count} example", "{count:,} examples", examples),
    )


# --------------------------------------------------------------------------------------------------
# No verdict


def _few_pairs(pairs: int, needed: int) -> str:
    if pairs == 0:
        return say("no cell was trained, and it takes {needed} trainings of each to show anything", needed=needed)
    return say_count(
        "each cell was trained only once, and it takes {needed} times to show anything",
        "each cell was trained only {count} times, and it takes {needed} times to show anything",
        pairs,
        needed=needed,
    )


def _few_independent_blocks(blocks: int, needed: int) -> str:
    return say_count(
        "{count} independent test says too little of how data vary, and {needed} would be the fewest",
        "{count:,} independent tests say too little of how data vary, and {needed} would be the fewest",
        blocks,
        needed=needed,
    )


def _more(unit: str) -> str:
    return say("a larger --budget, or --fits") if unit == "seconds" else say("more --fits")


def _or_margin(what: str, margin: float | None) -> str:
    """What would help, or the margin that would do, as one would type it."""
    if margin is None:
        return what
    stated = upward(margin)
    return say("{what}; or --margin {margin} if less makes no difference to you", what=what, margin=stated)


def _more_pairs(unit: str, margin: float | None = None) -> str:
    return _or_margin(_more(unit), margin)


def _more_test_data(margin: float | None = None) -> str:
    return _or_margin(say("more test data"), margin)


# --------------------------------------------------------------------------------------------------
# Warnings


def _second_method(bootstrap: str, decides: str, cheaper: str = "") -> str:
    del cheaper  # in older documents
    sentence = mark("a second method says “{bootstrap}”, not “{decides}”")
    return say(sentence, bootstrap=reading(bootstrap), decides=reading(decides))


def _mixed(environments: int, kinds: tuple[str, ...] = ()) -> str:
    mixed = mark("the fits come from {count} environments, listed in environment.json, so they are mixed")
    told = say(mixed, count=environments)
    return f"{told}: {' | '.join(kinds)}" if kinds else told  # a gatewise that knew no cluster stored none


def _sizes_differ(share: float) -> str:
    return say("the models differ by {share:.1f} % in parameters", share=100.0 * share)


def _unfinished(share: float) -> str:
    sentence = mark("{share:.0f} % of the trainings ended while they were still improving")
    return say(sentence, share=100.0 * share)


def _copies_anchor(arm: str, share: float, kind: str, rule: str) -> str:
    sentence = {
        "rule": mark("{share:.0f} % of the {cell} fits learned nothing beyond the rule {rule}"),
        "last": mark("{share:.0f} % of the {cell} fits learned nothing beyond the last value"),
    }.get(kind, mark("{share:.0f} % of the {cell} fits learned nothing beyond the training mean"))
    return say(sentence, share=100.0 * share, cell=title(arm), rule=rule)


def _clock_cut(share: float) -> str:
    sentence = mark("the machine became slower: {share:.0f} % of the work were left out to end in time")
    return say(sentence, share=100.0 * share)


def _second_tries(arm: str, tries: int, fits: int) -> str:
    sentence = mark(
        "{tries} of {fits} {cell} fits failed and were redone: if you train your own, check it and retrain what failed"
    )
    return say(sentence, tries=tries, fits=fits, cell=title(arm))


def _second_try_handed_over(arm: str) -> str:
    return say("the saved {cell} is a second try: the first one failed", cell=title(arm))


# --------------------------------------------------------------------------------------------------
# Why not to trust a figure


def _few_origins(origins: int) -> str:
    return say_count(
        "only {count} test block: too few to see how they are correlated",
        "only {count:,} test blocks: too few to see how they are correlated",
        origins,
    )


def _few_data_sets(sets: int) -> str:
    return say_count(
        "only {count} data set: too few for a claim about others",
        "only {count:,} data sets: too few for a claim about others",
        sets,
    )


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
    "better-by-the-margin": mark("it is shown to be better by more than the margin"),
    "bar-does-as-well": mark("no cell is worth its trouble here: the simple rule does as well within the margin"),
    "better-shown": mark("it is shown to be better"),
    "not-worse-shown": mark("it is shown to be no more than the margin worse"),
    "bar-ahead": _bar_ahead,
    "probably-no-worse": _probably_no_worse,
    "costs-less": _costs_less,
    "nothing-compared": _nothing_compared,
    "one-pair-tells-little": _one_pair,
    "one-pair-ahead": _one_pair_ahead,
    "one-pair-behind": _one_pair_behind,
    "regrets-alike": _regrets_alike,
    # the textbook
    "many-steps": mark("{steps} steps: long or plentiful sequences are said to need the LSTM's cell state"),
    "many-examples": mark("{examples:,} examples: long or plentiful sequences are said to need the LSTM's cell state"),
    "short-and-few": _short_and_few,
    # why there is no verdict
    "few-pairs": _few_pairs,
    "pairs-leave-open": mark("{pairs} trainings of each cell tell their difference only to ±{half:.2g}"),
    "few-independent-blocks": _few_independent_blocks,
    "blocks-leave-open": mark("{blocks} tests are too few to tell the cells apart"),
    "fits-unfinished": _unfinished,
    "losses-tied": mark("both cells made the same errors in every test: no evidence either way"),
    # what would bring one
    "more-pairs": _more_pairs,
    "more-test-data": _more_test_data,
    # warnings
    "nothing-tuned": mark("too few fits to tune: all had the same settings"),
    "rate-at-edge": mark("a better learning rate may lie beyond those tried"),
    "rate-at-edge-widened": mark("a better learning rate may lie even further out"),
    "rate-at-edge-unpaid": mark("too few fits to look for a better learning rate"),
    "best-fits-capped": mark("training was cut short: a larger --budget would help"),
    "no-second-fits": mark("too few fits to try the best settings twice"),
    "sizes-differ": _sizes_differ,
    "steps-multiplied": mark("fits were still improving and got {times} times the steps"),
    "environments-mixed": _mixed,
    "clock-cut": _clock_cut,
    "copies-anchor": _copies_anchor,
    "second-tries": _second_tries,
    "second-try-handed-over": _second_try_handed_over,
    "bootstrap-disagrees": _second_method,
    # why not to trust a figure
    "no-noise": mark("all values are equal: there is no noise to judge by, and the interval is a point"),
    "one-pair": mark("one pair says nothing about how training runs vary"),
    "one-test-block": mark("one test block says nothing about how test data vary"),
    "percentile-of-few-pairs": mark("only {pairs} pairs: the percentile interval is too short"),
    "percentile-of-few-test-blocks": mark("only {blocks} test blocks: the percentile interval is too short"),
    "unexplained-noise": mark("mostly noise that neither pairs nor test blocks explain: the interval is too long"),
    "few-draws": mark("too few draws for this level: another seed moves the interval"),
    "blocks-correlated": mark(
        "neighbouring test blocks are correlated: the {blocks:,} say no more than {independent:,} would"
    ),
    "few-origins": _few_origins,
    "few-origins-for-horizon": mark(
        "{origins} test blocks are few for a horizon of {horizon}: the test finds differences too often"
    ),
    "negative-variance": mark(
        "the long-run variance came out negative: neighbouring test blocks are taken as independent"
    ),
    "one-split": mark("one split says nothing about how splits vary"),
    "few-splits": mark("only {splits} splits: the variance is little better than a guess"),
    "one-configuration": mark("one configuration says nothing about others"),
    "random-search-only": mark(
        "it holds for configurations drawn independently at random, not for a grid or a search that learns"
    ),
    "large-budgets-too-low": mark(
        "budgets above {half} of {configurations} rest on the few best scores and come out too low"
    ),
    "few-data-sets": _few_data_sets,
}
"""Code -> its sentence without a full stop: a text with the names of its values, or a function of them.

``said`` is a sentence that an older gatewise stored as it stands."""
