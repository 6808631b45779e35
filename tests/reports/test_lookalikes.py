"""A name that may be taken for another one is told from names of people who write in that alphabet."""

import pytest

from reports.lookalikes import lookalike_words

ORDINARY = (
    "ada",
    "Ada Lovelace-2",
    "Jos\u00e9 \u0141\u00f3d\u017a",
    "\u0421\u0430\u0440\u0430 \u041f\u0435\u0442\u0440\u043e\u0432\u0430",
    "\u03a3\u03c9\u03ba\u03c1\u03ac\u03c4\u03b7\u03c2",
    "hw2_\u674e\u96f7",
    "2026",
    "",
)


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_names_have_no_mark(name):
    assert lookalike_words(name) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("\u0430da", "letters of several alphabets: Cyrillic and Latin"),
        ("grace h\u03bfpper", "letters of several alphabets: Latin and Greek"),
        ("\u0441\u043e\u0441\u043e", "Cyrillic letters that look like Latin ones"),
        ("\uff41\uff44\uff41", "Fullwidth letters that look like Latin ones"),
        ("\U0001d41a\U0001d41d\U0001d41a", "Mathematical letters that look like Latin ones"),
    ],
)
def test_lookalikes_are_marked(name, words):
    assert lookalike_words(name) == words
