"""The simple rules that a recurrent net has to beat, listed in `RULES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.rules.convolved import Convolved
from gatewise.rules.ets import Ets
from gatewise.rules.frames import ChannelFrequency, LogisticFrames, RepeatLast
from gatewise.rules.frequency import Frequency
from gatewise.rules.grams import Grams
from gatewise.rules.lags import Ridge, RidgeCalendar, RidgeCalendarOwn, RidgeOwn
from gatewise.rules.naive import (
    Drift,
    LastValue,
    Majority,
    Mean,
    SeasonalNaive,
    SecondSeasonalNaive,
    ThirdSeasonalNaive,
)
from gatewise.rules.ngram import NGram
from gatewise.rules.seasonal import SeasonalMean
from gatewise.rules.summaries import Logistic, SummaryRidge
from gatewise.rules.theta import Theta

if TYPE_CHECKING:
    from gatewise.rules.protocol import Rule

RULES: tuple[Rule, ...] = (
    LastValue(),
    SeasonalNaive(),
    SecondSeasonalNaive(),
    ThirdSeasonalNaive(),
    SeasonalMean(),
    Drift(),
    Theta(),
    Ets(),
    Ridge(),
    RidgeOwn(),
    RidgeCalendar(),
    RidgeCalendarOwn(),
    Majority(),
    Logistic(),
    Grams(),
    Mean(),
    SummaryRidge(),
    Convolved(),
    Frequency(),
    ChannelFrequency(),
    RepeatLast(),
    LogisticFrames(),
    NGram(),
)
"""All rules, in the order in which those that apply to a task are told."""
