"""What is shown to a reader, in a language of theirs: sentences are looked up when shown, never when stored.

Text from the data is filled into a sentence and never looked up.
"""

from gatewise.languages.spoken import (
    LANGUAGES,
    language,
    mark,
    mark_count,
    say,
    say_as,
    say_count,
    speaking,
    translated,
)
from gatewise.languages.told import Told, said, told_count

__all__ = [
    "LANGUAGES",
    "Told",
    "language",
    "mark",
    "mark_count",
    "said",
    "say",
    "say_as",
    "say_count",
    "speaking",
    "told_count",
    "translated",
]
