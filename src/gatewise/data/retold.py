"""Lines that say of data what was understood, in the language of a reader.

A run keeps them in English, and they are many. Those that were kept are recognised by their form, and said in the
language that is spoken; a line of another form stays in English.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from gatewise.languages import language, mark, say

LINES = (
    # series
    mark(
        "{count} series of {each} rows, one for each {keys}, {rows} rows, {first} to {last} ({time}), step {step}",
    ),
    mark("{count} series of {each} rows, one for each {keys}, {rows} rows, in file order"),
    mark("{rows} rows, {first} to {last} ({time}), step {step}"),
    mark("{rows} rows, {first} to {last} ({time})"),
    mark("{rows} rows, in file order"),
    mark("target: steps left at each step, {low} to {high}, mean {mean}"),
    mark("target: {name} at each step, {low} to {high}, mean {mean}"),
    mark(
        "target: {name} at each step to learn from, at the last step of each sequence to test on, {low} to {high}, mean"
        " {mean}",
    ),
    mark("target: {name} at each step, {count} classes: {names}"),
    mark("target: {name}, {low} to {high}, mean {mean}"),
    mark("covariates: {names}"),
    mark("values learned as numbers: {names}; the simple rules see the {count} commonest values"),
    mark("values learned as numbers: {names}"),
    mark("embedded: {names}; the simple rules see the {count} commonest values"),
    mark("embedded: {names}"),
    mark("known ahead: {names}"),
    mark("missing values: {names}"),
    mark("gaps in the time stamps: {gaps}"),
    mark("season: {season}"),
    mark("own split: {learned} rows to learn from, {tested} from {first} on to test on"),
    mark("own split: {learned} rows to learn from, {tested} to test on"),
    # sequences
    mark("{count} sequences of {each} steps, {channels} channels"),
    mark("{count} sequences of {each} steps, {channels} channel"),
    mark("{count} texts of {each} characters, median {rows}"),
    mark("{count} texts of {each} words, median {rows}"),
    mark("{count} classes: {names}"),
    mark("a number each: {low} to {high}, mean {mean}"),
    mark("own split: {learned} to learn from, {tested} to test on"),
    mark("the shorter to learn from, the longer to test on: {learned} to learn from, {tested} to test on"),
    mark("groups: {count} by {name}"),
    # notes
    mark("one column of 0 and 1 for each value of {names}"),
    mark("no time column found: the rows are taken as they come, evenly spaced"),
    mark("own split: {learned} pieces to learn from, {tested} to test on"),
    mark(
        "sounds are read as {count} log-mel energies every {each} ms, of windows of {rows} ms, at {high} samples a"
        " second"
    ),
    mark("{count} missing step filled in as missing values, the first after {first}"),
    mark("{count} missing steps filled in as missing values, the first after {first}"),
    # symbols and frames
    mark("{pieces}, {symbols} in all, to tell what comes next"),
    mark("{count} different characters: {names}"),
    mark("{count} different words: {names}"),
    mark("{count} different events: {names}"),
    mark("less than {count} times: {names}"),
    mark("to test on: the last {symbols}"),
    mark("{count} pieces of {each} steps, {rows} steps in all, {channels} channels on or off"),
    mark("on at a step: {mean} channels on average; to be told: which are on next"),
    # what reading changed
    mark("{name}: {how}, taken as the time"),
    mark("left out, constant: {names}"),
    mark("the target is the steps left to the end of each sequence"),
    mark("{count} outages of more than {rows} steps cut the series: no window crosses them"),
    mark("1 outage of more than {rows} steps cut the series: no window crosses them"),
    mark("events are in the order of {time}"),
    mark("read as an event log: what comes next in a case is learned"),
    mark("{count} cases of {rows} with one event, after which nothing comes"),
    mark("channels are the numbers from {low}, the lowest, to {high}, the highest"),
    mark("the validation part is learned from: gatewise draws validation parts itself"),
    mark("the names of the files say {names}, by {how}"),
    mark(
        "{count} groups by {name}: the sequences of one are kept on one side of every split; --group none splits"
        " without regard to it",
    ),
    mark("{count} groups by {name} to test on are too few for a verdict: it needs 5"),
    mark("{name} is read as one text; --pieces lines reads each of its lines alone"),
    mark("each line of {name} stands alone; --pieces text reads all of it as one text"),
    mark("texts: {name}; classes: {names}"),
    mark("the data's own split is left aside (--resplit)"),
)
"""The forms, the longer of two that fit first."""

PARTS = (
    mark("none"),
    mark("none known"),
    mark("{low} to {high}"),
    mark("{count} second"),
    mark("{count} seconds"),
    mark("{count} minute"),
    mark("{count} minutes"),
    mark("{count} hour"),
    mark("{count} hours"),
    mark("{count} day"),
    mark("{count} days"),
    mark("{count} week"),
    mark("{count} weeks"),
    mark("{count} month"),
    mark("{count} months"),
    mark("{count} year"),
    mark("{count} years"),
    mark("{count} steps"),
    mark("{count} long outage"),
    mark("{count} long outages"),
    mark("{count} missing step filled in as missing values"),
    mark("{count} missing steps filled in as missing values"),
    mark("{count} characters"),
    mark("{count} words"),
    mark("{count} events"),
    mark("{count} text of {rows}"),
    mark("{count} texts of {each}"),
    mark("{count} lines of {each}"),
    mark("{count} cases of {each}"),
    mark("{count} documents of {each}"),
    mark("{count} text"),
)
"""Forms of what stands at a place that `DEEPER` names."""

DEEPER = frozenset(["each", "gaps", "pieces", "season", "step", "symbols"])
"""Places that hold words of ours; at all others stand numbers, and text from the data."""

NUMBERS = frozenset(["channels", "count", "high", "learned", "low", "mean", "rows", "tested"])


MORE = re.compile(r" and ([0-9,]+) more$")
"""What is left of a long list of names."""


def retold(line: str) -> str:
    """A line in the language that is spoken.

    >>> retold("covariates: none")
    'covariates: none'
    """
    return line if language() == "en" else _retold(line, LINES)


def _retold(text: str, forms: tuple[str, ...]) -> str:
    for form in forms:
        if found := _pattern(form).fullmatch(text):
            values = {name: _deeper(name, value) for name, value in found.groupdict().items()}
            return say(form, **values)
    return text


def _deeper(name: str, value: str) -> str:
    """What stands at a place: words of ours, several parts joined by one; names from the data stay."""
    if name == "names":
        return say("none") if value == "none" else MORE.sub(lambda rest: say(" and {count} more", count=rest[1]), value)
    return say(" and ").join(_retold(part, PARTS) for part in value.split(" and ")) if name in DEEPER else value


@cache
def _pattern(form: str) -> re.Pattern[str]:
    parts = []
    for text, name, _, _ in Formatter().parse(form):
        parts.append(re.escape(text))
        if name:
            parts.append(f"(?P<{name}>{r'[-+0-9.,e]+' if name in NUMBERS else '.+?'})")
    return re.compile("".join(parts), re.DOTALL)
