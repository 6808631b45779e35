"""Hostile text comes out harmless, and honest text comes out unchanged."""

import unicodedata
from xml.etree import ElementTree as ET

import pytest
from grades import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from grader.model.phrases import join_words
from reports.text import clean, csv_cell, excerpt, one_line, plural, visible, xml_text

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    "text", ["", "out.shape is (2, 3)", "Zoë Ångström", "שלום עולם", "किताब", "日本語", "a\n\tb", "1e-8 < 2", "👩‍💻"]
)
def test_honest_text_is_left_alone(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]8;;http://evil.example\x07here\x1b]8;;\x1b\\", "here"),
        ("\x1b]0;title\x9cx", "x"),
        ("\x1bPq#0;2\x1b\\x", "x"),
        ("\x1b(0x\x1bc\x1b7y", "xy"),
        ("a\x00\x07\x08\x7f\x85b", "a\nb"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("ad\u202em\u2066i\u2069n\u200f\u061c", "admin"),
        ("Ad\u200ba\ufeff\U000e0041", "Ada"),
        ("\ud800\uffff", "\ufffd\ufffd"),
        ("Z" + "\u0300" * 50, "Z" + "\u0300" * 3),
    ],
)
def test_tricks_are_taken_out(text, expected):
    assert clean(text) == expected


def test_string_sequence_without_an_end_hides_nothing():
    assert clean("\x1b]0;visible text") == "0;visible text"


@given(ANY_TEXT)
def test_clean_text_holds_no_control_and_no_direction(text):
    shown = clean(text)
    assert all(char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"} for char in shown)
    assert not any(unicodedata.bidirectional(char) in {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI"} for char in shown)
    shown.encode()


@given(ANY_TEXT)
def test_xml_text_is_read_back_as_it_was_written(text):
    shown = xml_text(text)
    element = ET.Element("a", b=shown)
    element.text = shown
    again = ET.fromstring(ET.tostring(element, encoding="utf-8"))
    assert (again.text or "") == shown
    assert again.get("b") == shown


def test_xml_text_shows_what_xml_lacks():
    assert xml_text("bell\x07 half\ud800 tab\t") == "bell#x07 half#xD800 tab\t"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n1", " =", "\x00=", "\u200b=", "＝"])
def test_cell_that_could_be_a_formula_starts_with_a_quote(start):
    assert csv_cell(f"{start}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("name", ["Ada", "O'Neill, Bob", "a-b", "x=y", "1e-8"])
def test_cell_that_is_no_formula_is_left_alone(name):
    assert csv_cell(name) == name


def test_one_line_is_one_line_and_says_that_it_was_cut():
    assert one_line("a\n b\t c") == "a b c"
    assert one_line("x" * 300, 10) == "x" * 9 + "…"
    assert one_line("x" + " " * 5000 + "y", 10).endswith("…")
    assert "\n" not in one_line(HOSTILE, 10_000)


def test_excerpt_keeps_both_ends_and_counts_what_is_missing():
    cut = excerpt("a" * 500 + "middle" + "z" * 500, 100)
    assert cut.text.startswith("a" * 60)
    assert cut.text.endswith("z" * 30)
    assert "middle" not in cut.text
    assert "906 characters" in cut.left_out
    assert excerpt("short", 100).left_out == ""


def test_words_for_counts():
    assert [plural(1, "check"), plural(2000, "check")] == ["1 check", "2,000 checks"]
    assert [join_words(["a"]), join_words(["a", "b", "c"]), join_words([])] == ["a", "a, b and c", ""]


def test_code_shows_what_would_hide_in_it():
    hidden = "x = 1  # \u202e \u2028return y\n\ts = '\x1b]'; evil(); '\x07\u200b\x0c\u00ad'\n"
    shown = clean(visible(hidden))
    assert shown == (
        "x = 1  # ⟨U+202E⟩ ⟨U+2028⟩return y\n\ts = '⟨U+001B⟩]'; evil(); '⟨U+0007⟩⟨U+200B⟩⟨U+000C⟩⟨U+00AD⟩'\n"
    )
    assert visible("def f(x):\n\treturn 'é卷'\n") == "def f(x):\n\treturn 'é卷'\n"
