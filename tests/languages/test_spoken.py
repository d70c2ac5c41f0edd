"""Which language is spoken, and sentences in it."""

import pytest

from gatewise.errors import OptionError
from gatewise.languages import language, say, say_as, say_count, speaking
from gatewise.languages.catalogue import Entry, compiled, read, written
from gatewise.languages.spoken import LOCALE


@pytest.mark.parametrize(
    ("variables", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "GATEWISE_LANG": "ko"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "GATEWISE_LANG": "en"}, "en"),
    ],
)
def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], spoken: str) -> None:
    """GATEWISE_LANG comes before the locale, and a language that is not spoken is English."""
    for name in (*LOCALE, "GATEWISE_LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert language() == spoken


def test_what_is_asked_for_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """And an unknown language is refused, with those that are known."""
    monkeypatch.setenv("GATEWISE_LANG", "ko")
    with speaking("en"):
        assert language() == "en"
    assert language() == "ko"

    monkeypatch.setenv("GATEWISE_LANG", "fr")
    with pytest.raises(OptionError, match="GATEWISE_LANG: got 'fr', expected en"):
        language()


def test_english_is_what_the_source_says() -> None:
    """Sentences, contexts and numbers of things are filled; what is filled in is looked up nowhere."""
    with speaking("en"):
        assert say("Take the {cell}.", cell="{GRU}") == "Take the {GRU}."
        assert say_as("of a door", "open") == "open"
        assert [say_count("{count} fit", "{count:,} fits", n) for n in (1, 1200)] == ["1 fit", "1,200 fits"]


def test_a_catalogue_goes_through_its_file() -> None:
    """Quotes, lines, contexts and plurals are read as they were written, and compiled as gettext reads them."""
    import gettext
    import io

    entries = [
        Entry((None, "", None), ("Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n",)),
        Entry((None, 'a "word" \\ and\na line', None), ("줄",), ("#: where",)),
        Entry(("of a gate", "open", None), ("열림",)),
        Entry((None, "one", "many"), ("여럿",)),
        Entry((None, "not yet", None), ("",)),
    ]
    text = written(entries)
    spoken = gettext.GNUTranslations(io.BytesIO(compiled(text)))

    assert read(text) == entries
    assert spoken.gettext('a "word" \\ and\na line') == "줄"
    assert spoken.pgettext("of a gate", "open") == "열림"
    assert spoken.ngettext("one", "many", 1) == "여럿"
    assert spoken.gettext("not yet") == "not yet"
