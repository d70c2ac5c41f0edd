"""A forecast in words: what is asked, how the rows were read, and where the test parts begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.languages import mark, say, say_count
from gatewise.tasks.forecast_section import ForecastSection
from gatewise.tasks.protocol import TaskWords
from gatewise.text import enumerated, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.run.plan import Setting

KEPT = {
    "first": mark("of rows with equal time the first was kept"),
    "last": mark("of rows with equal time the last was kept"),
    "mean": mark("of rows with equal time the mean was kept"),
}


def forecast_words(setting: Setting) -> TaskWords:
    """Target, horizon and window; time column, duplicates and season; the origins."""
    asked = ForecastSection.model_validate(setting.section)
    return TaskWords(_subject(setting, asked), "rows", tuple(_details(asked)), _origins(setting, asked))


def _subject(setting: Setting, asked: ForecastSection) -> str:
    targets, back = enumerated(asked.targets), setting.data.window
    if not asked.quantiles:
        return say_count(
            "{targets}, {count} step ahead from {back} steps back",
            "{targets}, {count:,} steps ahead from {back} steps back",
            asked.horizon,
            targets=targets,
            back=back,
        )
    *most, last = map(str, asked.quantiles)
    return say_count(
        "{targets} in quantiles {levels}, {count} step ahead from {back} steps back",
        "{targets} in quantiles {levels}, {count:,} steps ahead from {back} steps back",
        asked.horizon,
        targets=targets,
        levels=say("{most} and {last}", most=", ".join(most), last=last) if most else last,
        back=back,
    )


def _details(asked: ForecastSection) -> Iterator[str]:
    how, series = asked.how, len(asked.names)
    if series > 1 and not how.series:
        yield say("{count:,} series, each on a scale of its own", count=series)
    elif series > 1:
        told = mark("{count:,} series, one for each {columns}, each on a scale of its own")
        yield say(told, count=series, columns=enumerated(_keys(asked)))
    if how.time:
        yield say("in the order of {time}", time=shorten(how.time, 40))
    if how.duplicates:
        yield say(KEPT[how.duplicates])
    if asked.seasons:
        steps = say(" or ").join(f"{season:,}" for season in asked.seasons)
        yield say("a season has {steps} steps", steps=steps)


def _keys(asked: ForecastSection) -> tuple[str, ...]:
    """The columns that name the series: as many as a series has names."""
    typed = asked.how.series or ""
    return (typed,) if len(asked.names[0]) == 1 else tuple(name.strip() for name in typed.split(","))


ORIGINS = {
    "row": (
        mark(
            "{rolled}, testing from row {starts} up to row {end:,}, each window a block; it trains on rows before its"
            " test rows only."
        ),
        mark(
            "{rolled}, testing from rows {starts} up to row {end:,}, each window a block; each trains on rows before"
            " its test rows only."
        ),
    ),
    "step": (
        mark(
            "{rolled}, testing from step {starts} up to step {end:,}, each window a block; it trains on steps before"
            " its test steps only."
        ),
        mark(
            "{rolled}, testing from steps {starts} up to step {end:,}, each window a block; each trains on steps before"
            " its test steps only."
        ),
    ),
}
"""What was tested, of one origin and of several."""


def _origins(setting: Setting, asked: ForecastSection) -> str:
    splits = setting.splits
    own = splits.kind == "own"
    rolled = (
        say("The test part as given")
        if own
        else say_count("{count} rolling origin", "{count:,} rolling origins", splits.count)
    )
    starts = ", ".join(f"{border:,}" for border in splits.borders[:-1])
    what = ORIGINS["step" if len(asked.names) > 1 else "row"][splits.count > 1]
    return say(what, rolled=rolled, starts=starts, end=splits.borders[-1])
