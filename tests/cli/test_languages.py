"""``--lang``."""

import pytest
from typer.testing import CliRunner

from gatewise.cli import app
from gatewise.errors import OptionError
from gatewise.languages import language


def test_a_command_speaks_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--lang`` is spoken over the environment; afterwards the environment counts again."""
    monkeypatch.setenv("GATEWISE_LANG", "en")
    korean = CliRunner().invoke(app, ["cells", "--lang", "ko"]).output
    english = CliRunner().invoke(app, ["cells"]).output

    assert "망각 게이트" in korean
    assert "forget gate" in english
    assert language() == "en"


def test_an_unknown_language_is_refused_before_anything_is_done() -> None:
    """With those that are known."""
    result = CliRunner().invoke(app, ["cells", "--lang", "fr"])

    assert isinstance(result.exception, OptionError)
    assert str(result.exception) == "--lang: got 'fr', expected en (English) or ko (Korean)"
