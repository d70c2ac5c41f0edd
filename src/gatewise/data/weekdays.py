"""Days of a week and times of a day in words."""

from __future__ import annotations

import numpy as np

from gatewise.languages import Told
from gatewise.text import listed, with_commas

WEEKDAYS = (
    Told("Monday"),
    Told("Tuesday"),
    Told("Wednesday"),
    Told("Thursday"),
    Told("Friday"),
    Told("Saturday"),
    Told("Sunday"),
)


def days_text(days: list[int]) -> Told:
    """Weekdays in words: ``Monday to Friday``, ``Sunday to Thursday``, ``Monday, Wednesday and Friday``."""
    if len(days) == 7:
        return Told("every day")
    for first in days if len(days) > 2 else ():
        if {(first + place) % 7 for place in range(len(days))} == set(days):
            last = WEEKDAYS[(first + len(days) - 1) % 7]
            return Told("{first} to {last}", first=WEEKDAYS[first], last=last)
    return with_commas([WEEKDAYS[day] for day in days])


def hours_text(clock: tuple[int, ...]) -> Told:
    """Times of day in words: ``08:00 to 16:00``, or two or three of them one by one."""
    shown = [str(np.datetime64(int(moment), "us"))[11:16] for moment in clock]
    if len(shown) < 4 and len(np.unique(np.diff(clock))) != 1:
        return listed(shown)
    return Told("{first} to {last}", first=shown[0], last=shown[-1])
