"""The calendar: time steps that are counted in months, for months and years are no fixed number of days."""

from __future__ import annotations

import numpy as np

MONTHS = ((28, 31, 1), (89, 92, 3), (181, 184, 6), (365, 366, 12))
"""Least and most days of a month, a quarter, a half-year and a year, wherever they begin, and their months."""


def months_in(step: np.timedelta64) -> int:
    """Months in a time step; 0 where it is not counted in months, such as 360 days.

    >>> months_in(np.timedelta64(182, "D"))
    6
    """
    days = float(step / np.timedelta64(1, "D"))
    return next((months for least, most, months in MONTHS if least <= days <= most), 0)


from dataclasses import asdict, dataclass

CLOCK = {600: 144, 900: 96, 1800: 48, 3600: 24, 86400: 7, 604800: 52}


@dataclass(frozen=True)
class Calendar:
    unit: str
    step: float
    start: object

    def numbers(self, stamps):
        if self.unit == "months":
            m = (stamps.astype("datetime64[M]") - np.datetime64(self.start, "M")).astype(int)
            n = m // int(self.step)
            return n, m % int(self.step) == 0
        x = (stamps - self._start) / (np.timedelta64(int(self.step), "us") if self.unit == "us" else self.step)
        n = np.round(x).astype(np.int64)
        return n, np.abs(x - n) < 0.01

    @property
    def _start(self):
        return np.datetime64(self.start, "us") if self.unit == "us" else self.start

    def stamps(self, n):
        if self.unit == "months":
            d = np.datetime64(self.start, "us") - np.datetime64(self.start, "M").astype("datetime64[us]")
            return (np.datetime64(self.start, "M") + n * int(self.step)).astype("datetime64[us]") + d
        return self._start + n * (np.timedelta64(int(self.step), "us") if self.unit == "us" else self.step)

    @property
    def text(self):
        from gatewise.text import counted

        if self.unit == "months":
            return counted(int(self.step), "month") if self.step < 12 else counted(int(self.step) // 12, "year")
        if self.unit == "us":
            s = self.step / 1e6
            for length, unit in ((604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
                if s >= length and s % length == 0 and (unit != "week" or s == length):
                    return counted(int(s // length), unit)
        return f"{self.step:g}"

    @property
    def cycles(self):
        if self.unit == "months":
            return (("year", 12 // int(self.step)),) if self.step < 12 else ()
        if self.unit == "us" and self.step / 1e6 in CLOCK:
            return (("season", CLOCK[int(self.step / 1e6)]),)
        return ()

    def stored(self):
        return asdict(self)

    @classmethod
    def of(cls, kept):
        return cls(**kept)


@dataclass(frozen=True)
class Found:
    calendar: object
    explained: float


def find_calendar(stamps):
    if len(stamps) < 2:
        return Found(None, 0.0)
    d = np.sort(np.diff(stamps))
    mid = d[(len(d) - 1) // 2]
    if stamps.dtype.kind == "M":
        m = months_in(mid)
        c = (
            Calendar("months", m, str(stamps[0]))
            if m
            else Calendar("us", int(mid / np.timedelta64(1, "us")), str(stamps[0]))
        )
    else:
        c = Calendar("number", float(mid), float(stamps[0]))
    n, ok = c.numbers(stamps)
    return Found(c, float(ok.mean()))
