"""The grader's end of the connection: whatever the other one sends is a value, an error or a timeout."""

import json
import os
import socket
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.sandbox.connection import Capture, Link, LinkClosed, LinkTimeout, Patience
from grader.worker import wire

ERRORS = (LinkClosed, LinkTimeout, wire.WireError)
MAX_BODY = 1 << 16


def answer_with(data, *, close=True, max_body=MAX_BODY, seconds=5.0):
    """Returns what a Link makes of some bytes."""
    ours, theirs = socket.socketpair()
    link = Link(ours, max_body)

    def send():
        # The Link may give up and close in the middle.
        try:
            theirs.sendall(data)
            if close:
                theirs.shutdown(socket.SHUT_WR)
        except OSError:
            return

    sender = threading.Thread(target=send)
    sender.start()
    try:
        return link.receive(None, Patience(seconds))
    finally:
        link.close()
        sender.join()
        theirs.close()


def framed(value, **message):
    buffers: list[memoryview] = []
    tree = wire.encode(value, buffers)
    return b"".join(map(bytes, wire.frame({**message, "value": tree}, buffers)))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.builds(
        lambda n, kind: np.arange(n).astype(kind), st.integers(0, 40), st.sampled_from(["f8", "f4", "i2", "?"])
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(a, b):
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return type(a) is type(b) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@given(value=values)
@settings(max_examples=60, deadline=None)
def test_what_is_sent_is_what_arrives(value):
    message, result = answer_with(framed(value, op="x"))
    assert message["op"] == "x"
    # A surrogate is no text that can be shown; it arrives as a question mark.
    assert same(result, value) or "?" in repr(result)


@given(data=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_noise_ends_in_an_error(data):
    with pytest.raises(ERRORS):
        answer_with(data)


@given(
    value=values,
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), max_size=3),
    cut=st.floats(0, 1),
)
@settings(max_examples=100, deadline=None)
def test_damaged_frame_is_refused_or_read_by_the_rules(value, changes, cut):
    data = bytearray(framed(value))
    for place, difference in changes:
        data[place % len(data)] ^= difference
    try:
        message, _ = answer_with(bytes(data[: max(1, round(cut * len(data)))]))
    except ERRORS:
        return
    assert type(message) is dict


kinds = st.sampled_from(["array", "tuple", "list", "dict", "float", "ref", "foreign", "dtype", "pickle"])
contents = st.recursive(
    st.none() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=4), max_leaves=8
)


@given(kind=kinds, content=contents)
@settings(max_examples=100, deadline=None)
def test_lies_in_a_header_are_refused_or_harmless(kind, content):
    header = wire.frame({"value": {kind: content}})[0]
    try:
        _, value = answer_with(bytes(header))
    except ERRORS:
        return
    assert isinstance(value, (wire.RefId, wire.Foreign, np.ndarray, tuple, list, dict, float)), value


def test_silence_and_half_a_frame_end_at_the_time_limit():
    for data in (b"", b"\0\0", framed(np.zeros(100))[:200]):
        with pytest.raises(LinkTimeout):
            answer_with(data, close=False, seconds=0.2)


def test_promise_of_much_costs_no_memory():
    import tracemalloc

    tracemalloc.start()
    with pytest.raises(LinkTimeout):
        answer_with(wire.PREFIX.pack(1 << 20, 1 << 30), close=False, max_body=1 << 31, seconds=0.2)
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_large_value_arrives_whole():
    array = np.arange(1 << 20, dtype="f8")
    assert same(answer_with(framed(array), max_body=1 << 24)[1], array)
    with pytest.raises(wire.WireError, match="over the limit"):
        answer_with(framed(array), max_body=1 << 20)


def test_answer_before_the_question_is_seen():
    ours, theirs = socket.socketpair()
    link = Link(ours, MAX_BODY)
    assert not link.pending()
    theirs.send(b"x")
    assert link.pending()
    theirs.recv(0)
    theirs.close()
    assert Link(ours, MAX_BODY).pending()
    link.close()


def test_closed_other_end_is_told_when_sending():
    ours, theirs = socket.socketpair()
    theirs.close()
    with pytest.raises(LinkClosed):
        Link(ours, MAX_BODY).ask({"op": "x"}, np.zeros(1 << 16), None, Patience(5))
    ours.close()


def test_printing_child_is_never_stuck():
    ours, theirs = socket.socketpair()
    capture = Capture(1000)

    def child():
        os.write(capture.child_fd, b"x" * 300_000)
        theirs.sendall(framed(1))

    thread = threading.Thread(target=child)
    thread.start()
    assert Link(ours, MAX_BODY).receive(capture, Patience(600))[1] == 1
    thread.join()
    capture.close()
    assert capture.text().startswith("x" * 1000 + "\n[")
    assert len(capture.data) + capture.dropped == 300_000
    ours.close()
    theirs.close()


class Clock:
    now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("grader.sandbox.connection.time", clock)
    return clock


def test_patience_ends_at_its_seconds(clock):
    patience = Patience(2.0)
    assert patience.wait_ms() == 2000
    clock.now += 1.5
    assert patience.wait_ms() == 500
    clock.now += 0.4999
    assert patience.wait_ms() == 1
    clock.now += 0.01
    with pytest.raises(LinkTimeout):
        patience.wait_ms()
    assert patience.spent() == pytest.approx(2.0099)


def test_time_in_line_for_a_processor_is_not_counted(clock):
    queued = 0.0
    patience = Patience(2.0, queued=lambda: queued)
    clock.now += 2.5
    queued = 1.5
    assert patience.wait_ms() == 1000
    clock.now += 1.1
    with pytest.raises(LinkTimeout):
        patience.wait_ms()


def test_time_in_line_stretches_a_limit_only_so_far(clock):
    patience = Patience(2.0, queued=lambda: 1e9)
    clock.now += 21.9
    assert patience.wait_ms() > 0
    clock.now += 0.2
    with pytest.raises(LinkTimeout):
        patience.wait_ms()


def test_patience_looks_every_tenth_of_a_second(clock):
    looks = []
    patience = Patience(2.0, look=lambda: looks.append(clock.now))
    assert patience.wait_ms() == pytest.approx(100)
    for _ in range(10):
        clock.now += 0.05
        patience.wait_ms()
    assert len(looks) == 5


def said(header):
    text = json.dumps(header).encode()
    return answer_with(wire.PREFIX.pack(len(text), 0) + text)[0]


def test_reply_says_numbers_and_short_texts_and_nothing_else():
    assert said({"odd": "x" * 5000, "pid": [1], "status": {"a": 1}, "seconds": 2, "absent": True}) == {
        "odd": "x" * 2000,
        "seconds": 2,
        "absent": True,
    }


def test_exception_in_a_reply_has_parts_of_its_kinds_only():
    good, odd = (
        ["layers.py", 3, "f", "x = 1"],
        [["layers.py", 0, "f", ""], ["a", True, "", ""], ["a", 10**9, "", ""], 7],
    )
    error = {"type": ["E"], "text": 5, "frames": [good, *odd], "memory": "yes", "column": -1, "more": [1]}
    assert said({"error": error})["error"] == {"type": "", "text": "", "frames": [good], "memory": False, "column": 0}


@pytest.mark.parametrize("depth", [100, 400, 700, 900, 960])
def test_header_nested_deep_is_refused(depth):
    text = b'{"odd": ' + b"[" * depth + b'"\\ud800"' + b"]" * depth + b"}"
    with pytest.raises(wire.WireError, match=r"nested|not JSON"):
        answer_with(wire.PREFIX.pack(len(text), 0) + text)
