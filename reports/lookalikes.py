"""Tells names that look like another one: letters of several alphabets in one word, or nothing but lookalikes."""

import re
import unicodedata

__all__ = ["lookalike_words"]

#: alphabets whose letters are taken for Latin ones
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "FULLWIDTH", "MATHEMATICAL")
#: not alphabets, but other shapes of Latin letters
_STYLES = frozenset({"FULLWIDTH", "MATHEMATICAL"})
#: letters of other alphabets that look like Latin ones in most fonts
_LIKE_LATIN = frozenset(
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u04bb\u0501\u051b\u051d"
    "\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0422\u0425\u0406\u0408\u0405"
    "\u03bf\u03bd\u03b1\u03c1\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)


def lookalike_words(name: str) -> str:
    """Returns a few words on a name that may be taken for another, "" for an ordinary one.

    Args:
        name: of a submission or a student.
    """
    words = re.findall(r"[^\W\d_]+", name)
    for word in words:
        found = dict.fromkeys(filter(None, map(_alphabet, word)))
        if len(found) > 1:
            return f"letters of several alphabets: {' and '.join(each.capitalize() for each in found)}"
        if not _STYLES.isdisjoint(found):
            return f"{next(iter(found)).capitalize()} letters that look like Latin ones"
    # Of a name in another alphabet some words may be so by chance, hardly all.
    if words and all(_LIKE_LATIN.issuperset(word) for word in words):
        return f"{_alphabet(words[0][0]).capitalize()} letters that look like Latin ones"
    return ""


def _alphabet(letter: str) -> str:
    first = unicodedata.name(letter, "").partition(" ")[0]
    return first if first in _ALPHABETS else ""
