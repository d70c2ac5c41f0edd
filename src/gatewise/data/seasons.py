"""stub"""


def seasons(values, numbers, calendar, series=None):
    return tuple(s for _, s in calendar.cycles[:1]) if calendar else ()
