"""Kept results come back as they were, and a file that is damaged or not ours is as good as none."""

import json
import os
from dataclasses import replace

import pytest
from grades import LOST_CHECKS, PASSED_CHECKS

from grader.store.kept_checks import FOLDER, MAX_FILES, KeptChecks, KeptFunction, _digest

FUNCTION = KeptFunction("f", ("f", "g"), "abc", True, (PASSED_CHECKS[0], LOST_CHECKS[1]), 0.25)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    return KeptChecks(tmp_path / "work")


def test_results_come_back_as_they_were(store, tmp_path):
    nan = replace(LOST_CHECKS[1], measures=(replace(LOST_CHECKS[1].measures[0], value=float("inf")),))
    function = replace(FUNCTION, results=(PASSED_CHECKS[0], nan))
    store.write("key", [function])
    assert KeptChecks(tmp_path / "work").read("key") == {"f": function}
    assert store.read("another key") == {}
    assert KeptChecks(tmp_path / "another").read("key") == {}


def signed(data):
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return _digest(content) + b"\n" + content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not ours",
        b"\xff\n{}",
        signed([]),
        signed({"format": 1, "key": "key"}),
        signed({"format": 1, "key": "key", "functions": [{"function": "f"}]}),
        signed({"format": 1, "key": "key", "functions": ["f"]}),
        signed(b"[" * 100_000),
        signed({"format": 0, "key": "key", "functions": []}),
    ],
)
def test_foreign_file_is_ignored(store, content):
    store.write("key", [FUNCTION])
    store.path.write_bytes(content)
    assert store.read("key") == {}


def test_what_is_no_file_is_not_read(store):
    store.path.mkdir(parents=True)
    assert store.read("key") == {}
    store.path.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(store.path)
        assert store.read("key") == {}


def test_damaged_file_is_ignored_and_replaced(store):
    store.write("key", [FUNCTION])
    content = store.path.read_bytes()
    store.path.write_bytes(content.replace(b"abc", b"abd"))
    assert store.read("key") == {}
    store.write("key", [FUNCTION])
    assert store.path.read_bytes() == content


def test_what_is_forgotten_is_kept_no_more(store):
    store.write("key", [FUNCTION])
    store.forget()
    store.forget()
    assert store.read("key") == {}


def test_place_that_cannot_be_written_costs_nothing(store):
    store.path.parent.parent.mkdir()
    store.path.parent.write_text("a file")
    store.write("key", [FUNCTION])
    assert store.read("key") == {}


def test_results_of_few_folders_stay(store, tmp_path):
    for number in range(MAX_FILES + 2):
        KeptChecks(tmp_path / str(number)).write("key", [])
    assert len([*(tmp_path / "cache" / FOLDER).iterdir()]) == MAX_FILES
