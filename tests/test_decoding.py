"""Source text is read as Python reads it; what Python refuses is guessed at, said, and turned to UTF-8."""

import ast

import pytest

from grader.reading.decoding import decode_source, python_bytes

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
def test_file_that_python_reads_is_untouched(data):
    assert python_bytes(data) == (data, "")


@pytest.mark.parametrize(
    ("data", "odd"),
    [
        (TEXT.encode("utf-16"), "as UTF-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "as UTF-16"),
        (TEXT.encode("utf-32"), "as UTF-32"),
        (b"# caf\xe9\nx = 1\n", "with bytes that its encoding does not have"),
        (b"# -*- coding: ascii -*-\n# caf\xe9\nx = 1\n", "with bytes that its encoding does not have"),
        (b"# -*- coding: klingon -*-\nx = 1\n", "with bytes that its encoding does not have"),
        (b"# -*- coding: rot13 -*-\nx = 1\n", "with bytes that its encoding does not have"),
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
