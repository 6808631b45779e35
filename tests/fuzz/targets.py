"""What is fuzzed: each target takes arbitrary bytes and raises when a promise about them breaks."""

import tempfile
from pathlib import Path

import numpy as np

from grader.assignment.definition import Assignment
from grader.model.errors import UnusableSubmission
from grader.reading.older_python import with_compat
from grader.reading.submission import Submission
from grader.syntax.integrity import integrity_notes
from grader.syntax.source import function_sources
from grader.worker import wire

__all__ = ["TARGETS", "archive", "notebook", "reply", "source"]

ASSIGNMENT = Assignment.load()
ENDINGS = (".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz")
MAX_BODY = 1 << 20
#: all that the reader of the connection may build
KINDS = (type(None), bool, int, float, str, tuple, list, dict, np.ndarray, wire.RefId, wire.Foreign)


def reply(data: bytes) -> None:
    """A worker's reply: a frame that keeps the rules becomes plain values, any other is refused."""
    try:
        header_size, body_size = wire.parse_prefix(data[: wire.PREFIX.size].ljust(wire.PREFIX.size, b"\0"), MAX_BODY)
        header_end = wire.PREFIX.size + min(header_size, len(data))
        body = bytearray(data[header_end:][:body_size])
        message = wire.parse_header(data[wire.PREFIX.size : header_end])
        value = wire.decode(message.get("value"), memoryview(body))
    except wire.WireError:
        return
    _require_plain(value)


def archive(data: bytes) -> None:
    """An archive that was handed in: it is read, or refused in one sentence."""
    _hand_in(f"hw{ENDINGS[data[0] % len(ENDINGS)]}" if data else "hw.zip", data[1:])


def source(data: bytes) -> None:
    """An answer file: whatever its text, it is read, noted and rewritten without being run."""
    _hand_in("layers.py", data)


def notebook(data: bytes) -> None:
    """A notebook that was handed in."""
    _hand_in("hw.ipynb", data)


TARGETS = {target.__name__: target for target in (reply, archive, source, notebook)}


def _require_plain(value: object) -> None:
    assert type(value) in KINDS, type(value)
    if isinstance(value, np.ndarray):
        assert value.dtype.kind in "fiub"
        assert value.dtype.isnative
        return
    parts = value.items() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    for part in parts:
        if isinstance(value, dict):
            assert type(part[0]) is str
        _require_plain(part[1] if isinstance(value, dict) else part)


def _require_sentence(text: str) -> None:
    assert text.endswith((".", "!"))
    assert text.isprintable()


def _hand_in(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        try:
            submission = Submission.from_path(path, ASSIGNMENT)
        except UnusableSubmission as refusal:
            _require_sentence(str(refusal))
            return
        places = set(ASSIGNMENT.given_files)
        for place in submission.files:
            assert place not in places
            assert not Path(place).is_absolute()
            assert ".." not in Path(place).parts
        integrity_notes(submission.files)
        function_sources(submission, ASSIGNMENT)
        with_compat(submission, ASSIGNMENT.given_files)
        assert [path.name for path in Path(folder).iterdir()] == [name]
