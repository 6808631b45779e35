"""Source text is read as Python reads it; what Python refuses is guessed at and said; Python gets what was read."""

import ast
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.reading.decoding import decode_source, encode_source, python_bytes

TEXT = "# naïve 卷积\nx = 'é'\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        b"# -*- coding: gbk -*-\n" + "卷积 = 1\n".encode("gbk"),
        b"#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\nx = '\xe9'\n",
        b"x = 1\r\ny = 2\r\n",
        b"",
        b"x = 1\x00\n",
    ],
)
def test_file_that_python_reads_stays_the_same_program(data):
    content, odd = python_bytes(data)
    assert odd == ""
    assert content.decode() == decode_source(data).replace("gbk", "utf-8").replace("latin-1", "utf-8")
    assert decode_source(content) == content.decode()
    assert dump(content) == dump(data)


@pytest.mark.parametrize(
    ("data", "odd"),
    [
        (TEXT.encode("utf-16"), "as UTF-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "as UTF-16"),
        (TEXT.encode("utf-32"), "as UTF-32"),
        (b"# caf\xe9\nx = 1\n", "with bytes that its encoding does not have"),
        (b"# -*- coding: ascii -*-\n# caf\xe9\nx = 1\n", "with bytes that its encoding does not have"),
        (b"# -*- coding: klingon -*-\nx = 1\n", "with bytes that its encoding does not have"),
        (b"# -*- coding: rot13 -*-\nx = 1\n", "as rot13, which no editor writes"),
        (b"# -*- coding: utf-7 -*-\nx = 1\n", "as utf-7, which no editor writes"),
        (b"# -*- coding: punycode -*-\nx = 1\n", "as punycode, which no editor writes"),
        (b"\xef\xbb\xbf# -*- coding: gbk -*-\nx = 1\n", "with bytes that its encoding does not have"),
    ],
)
def test_file_that_python_refuses_becomes_utf8(data, odd):
    content, words = python_bytes(data)
    assert words == odd
    ast.parse(content)
    assert decode_source(content).count("\n") == decode_source(data).count("\n")


def test_text_keeps_its_letters_and_its_lines():
    assert decode_source(TEXT.encode("utf-16")) == TEXT
    assert decode_source(b"a\r\nb\rc\n") == "a\nb\nc\n"
    assert decode_source(b"\xef\xbb\xbfx") == "x"


#: encodings of Python's that hide a text in another, and what hides in them
HIDING = [
    b"# coding: utf-7\nx = 1 +AAo-import evil\n",
    b"# coding: unicode_escape\nx = 1 # \\nimport evil\n",
    b"# coding: raw_unicode_escape\nx = 1 # \\u000aimport evil\n",
    b"# coding: cp037\n" + "\nimport evil\n".encode("cp037"),
    b"# coding: hz\nx = '~{ABCD~}'\n",
    b"# coding: iso2022_jp\nx = '\x1b$BAB\x1b(B'\n",
    b"# coding: utf_16\nx = 12\n",
    b"# coding: rot13\nvzcbeg bf\n",
    b"\xef\xbb\xbf# coding: utf-7\nx = 1 +AAo-import evil\n",
    b"\x0c# coding:utf-7\nx = 1 +AAo-import evil\n",
    b"#\r# coding: utf-7\r\nx = 1 +AAo-import evil\n",
    "# coding:ü coding: utf-7\nx = 1 +AAo-import evil\n".encode(),
    b"#!x\n#vim: set fileencoding=utf_7_ :\nx = 1 +AAo-import evil\n",
]


@pytest.mark.parametrize("data", HIDING)
def test_what_is_read_is_what_runs(data):
    content, _ = python_bytes(data)
    assert dump(content) == dump(decode_source(data))
    assert decode_source(content).count("\n") == decode_source(data).count("\n")
    assert "Import" not in dump(content)


NAMES = st.sampled_from(["utf-7", "latin-1", "gbk", "unicode_escape", "utf-8", "UTF_8", "cp037", "x", "ü", ""])
HEADS = st.sampled_from(["#", " #", "\f#", "\t# vim: set file", "", "\x0b#", "x = 1 #", '"""', "# \u2028", "#\x85"])
LINES = st.builds(
    "{}{}coding{}{}{}".format, HEADS, st.sampled_from(["", "#", "coding:ü "]), st.sampled_from("=:~"), NAMES, NAMES
)
LETTERS = st.text("abx=1'\"\\# \n\r\f+-AAo\x1b{~é卷\u2028\x85\u202e", max_size=20)


@given(st.lists(st.one_of(LINES, LETTERS), max_size=4), st.sampled_from(["\n", "\r", "\r\n", "\f\n"]))
def test_every_text_is_the_same_program_to_python(lines, end):
    """However the first lines mention encodings: Python finds in the bytes just the text that was put in."""
    text = end.join(lines).replace("\r\n", "\n").replace("\r", "\n")
    content = encode_source(text)
    assert content.decode().count("\n") == text.count("\n")
    assert dump(content) == dump(content.decode())


@given(st.binary(max_size=60), st.sampled_from(["utf-7", "latin-1", "gbk", "big5", "unicode_escape", "utf-16", "hz"]))
def test_bytes_of_any_kind_are_read_once(data, name):
    content, _ = python_bytes(b"# coding: " + name.encode() + b"\n" + data)
    assert dump(content) == dump(content.decode())


def dump(source):
    """Returns the tree of a source, or that there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return "none"
