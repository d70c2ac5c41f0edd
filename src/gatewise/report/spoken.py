"""Templates and scripts that speak: `say` within them, and the sentences that a script says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from gatewise.languages import language, say_as, say_count, translated
from gatewise.languages.places import fill
from gatewise.text import visible

if TYPE_CHECKING:
    from jinja2 import Environment

SAID = re.compile(r'\bsay\(\s*("(?:[^"\\]|\\.)*")')
"""A sentence in a script. Its places take plain names, and a translation chooses no particle in them."""


def teach(templates: Environment) -> None:
    """Give templates `say`, `say_as` and `say_count`, and `lang`, the code of the language that is spoken now.

    Sentences may hold markup; what they are filled with is escaped.
    """
    templates.globals.update(
        lang=language(),
        say=lambda sentence, **values: _marked(translated(sentence), values),
        say_as=lambda context, words, **values: _marked(say_as(context, words), values),
        say_count=lambda one, many, count, **values: Markup(say_count(one, many, count, **_safe(values))),  # noqa: S704
    )


def _marked(sentence: str, values: dict[str, object]) -> Markup:
    return Markup(fill(sentence, _safe(values)))  # noqa: S704 of the source or its translation, values escaped


def _safe(values: dict[str, object]) -> dict[str, object]:
    """Values that are no numbers, escaped; control and direction marks are written out."""
    return {
        name: value if isinstance(value, (int, float, Markup)) else escape(visible(str(value)))
        for name, value in values.items()
    }


def of_script(script: str) -> dict[str, str]:
    """Sentence -> its translation, for those that a script says; without those that stay as they are."""
    said = {json.loads(text): translated(json.loads(text)) for text in SAID.findall(script)}
    return {sentence: text for sentence, text in said.items() if text != sentence}
