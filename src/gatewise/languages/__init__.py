"""What is shown to a reader, in a language of theirs: sentences are looked up when shown, never when stored.

Text from the data is filled into a sentence and never looked up.
"""

from gatewise.languages.spoken import LANGUAGES, language, mark, say, say_as, say_count, speaking, translated

__all__ = ["LANGUAGES", "language", "mark", "say", "say_as", "say_count", "speaking", "translated"]
