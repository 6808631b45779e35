"""The targets of `tox -e fuzz`, here for a moment each: arbitrary bytes break none of their promises."""

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import targets

HEADERS = st.sampled_from(
    [b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b'{"nbformat": 4, "cells": [', b"def f("]
)


@pytest.mark.parametrize("name", sorted(targets.TARGETS))
def test_bytes_break_no_promise(name):
    @settings(max_examples=40, deadline=None)
    @given(HEADERS, st.binary(max_size=400))
    def examine(header, data):
        targets.TARGETS[name](header + data)

    examine()


def test_broken_promise_is_noticed(monkeypatch):
    monkeypatch.setattr(targets.wire, "decode", lambda tree, body: object())
    with pytest.raises(AssertionError):
        targets.reply(b"\0\0\0\x02" + bytes(8) + b"{}")
