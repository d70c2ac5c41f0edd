"""Korean particles, which depend on the sound that the word before them ends with: 단위는, 매출은.

The last letter or digit decides; a remark in parentheses behind a word does not count.

- Hangul: whether its last syllable has a final consonant.
- Digits are read in Sino-Korean: 0, 1, 3, 6, 7 and 8 end with a consonant.
- Latin letters in capitals, or one alone, are read by their names: L, M, N and R end with a consonant.
- Other Latin words are read as loanwords are written: they end with a consonant if they end with l, m, n or ng, these
  also before a silent e, or with c, k, p, t or b after one vowel letter (`book` after two of them too).
- Of other scripts it is not known: both forms are written, 은(는).
"""

from __future__ import annotations

import re

_REMARK = re.compile(r"(?<=[^\s(])\s*\([^()]*\)$")
_NAMED = {"L": "ㄹ", "M": "ㅁ", "N": "ㄴ", "R": "ㄹ"}
_DIGITS = {"0": "ㅇ", "1": "ㄹ", "3": "ㅁ", "6": "ㄱ", "7": "ㄹ", "8": "ㄹ"}
_LIQUID = re.compile(r"le?$")
_NASAL = re.compile(r"(?:ng|[mn]e?)$")
_STOP = re.compile(r"(?:^|[^aeiouy])(?:[aeiou]|oo)(?:ck|[ckptb])$")


def particle(word: str, pair: str) -> str:
    """The particle that follows a word.

    Args:
        word: What stands before it.
        pair: Both of its forms, that after a consonant first: ``은/는``, ``으로/로``.

    >>> particle("LSTM", "은/는"), particle("GRU", "은/는"), particle("서울", "으로/로")
    ('은', '는', '로')
    """
    after_consonant, after_vowel = pair.split("/")
    sound = final(word)
    if sound is None:
        return f"(으){after_vowel}" if after_consonant == f"으{after_vowel}" else f"{after_consonant}({after_vowel})"
    if after_consonant.startswith("으") and sound == "ㄹ":  # 서울로, 1로
        return after_vowel
    return after_consonant if sound else after_vowel


def final(word: str) -> str | None:
    """The consonant that a word ends with: ``ㄹ``, another one; empty for a vowel, None where it is not known."""
    bare = _REMARK.sub("", word)
    said = [each for each in bare if each.isalnum() or each == "%"]
    if not said:
        return None
    last = said[-1]
    if "가" <= last <= "힣":
        place = (ord(last) - ord("가")) % 28
        return "ㄹ" if place == 8 else "ㅇ" if place else ""
    if last == "%":  # 퍼센트
        return ""
    if last in "0123456789":
        return _DIGITS.get(last, "")
    if last.isascii():
        return _latin(re.findall("[A-Za-z]+", bare)[-1])
    return None


def _latin(word: str) -> str:
    """What a Latin word ends with, by the rule above."""
    if word.isupper() or len(word) == 1:
        return _NAMED.get(word[-1].upper(), "")
    lower = word.lower()
    if _LIQUID.search(lower):
        return "ㄹ"
    return "ㄴ" if _NASAL.search(lower) or _STOP.search(lower) else ""
