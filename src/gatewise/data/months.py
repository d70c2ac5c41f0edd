"""Names of months and weekdays, in the languages that exports are written in."""

from __future__ import annotations

LONG = {
    "en": "january february march april may june july august september october november december",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
SHORT = {
    "en": "jan feb mar apr may jun jul aug sep oct nov dec",
    "de": "jan feb mär apr mai jun jul aug sep okt nov dez",
    "fr": "janv févr mars avr mai juin juil août sept oct nov déc",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "it": "gen feb mar apr mag giu lug ago set ott nov dic",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}
MONTH_NAMES = {
    f"{language}_{length}": tuple(names[language].split())
    for length, names in (("long", LONG), ("short", SHORT))
    for language in names
}
"""The twelve months by language and length: ``en_short``, ``de_long``."""

_OTHERS = {
    **{"jänner": 1, "feber": 2, "fevrier": 2, "fév": 2, "maerz": 3, "mrz": 3, "marco": 3, "aout": 8},
    **{"sept": 9, "setiembre": 9, "decembre": 12},
}

MONTHS = {name: number for names in MONTH_NAMES.values() for number, name in enumerate(names, 1)} | _OTHERS
"""The number of a month by its name, in small letters and without a dot."""

WEEKDAY_NAMES = {
    "en_long": tuple("monday tuesday wednesday thursday friday saturday sunday".split()),
    "en_short": tuple("mon tue wed thu fri sat sun".split()),
    "de_long": tuple("montag dienstag mittwoch donnerstag freitag samstag sonntag".split()),
    "de_short": tuple("mo di mi do fr sa so".split()),
    "fr_long": tuple("lundi mardi mercredi jeudi vendredi samedi dimanche".split()),
    "fr_short": tuple("lun mar mer jeu ven sam dim".split()),
    "es_long": tuple("lunes martes miércoles jueves viernes sábado domingo".split()),
    "es_short": tuple("lun mar mié jue vie sáb dom".split()),
    "it_long": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
    "it_short": ("lun", "mar", "mer", "gio", "ven", "sab", "dom"),
    "ko_long": tuple("월요일 화요일 수요일 목요일 금요일 토요일 일요일".split()),
    "ko_short": tuple("월 화 수 목 금 토 일".split()),
}
"""The seven weekdays by language and length."""

WEEKDAYS = ("tues", "thur", "thurs", "sonnabend", *(name for names in WEEKDAY_NAMES.values() for name in names))
"""Names of weekdays, in small letters: they say nothing that the date does not."""
