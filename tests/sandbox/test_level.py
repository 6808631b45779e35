"""The choice of a level: the best that works, never less than is safe for strangers' code, and honest about why."""

import json
from pathlib import Path

import pytest

from grader.model.errors import SandboxUnavailable
from grader.model.sandbox_levels import LEVELS
from grader.sandbox import bubblewrap, landlock, level, seccomp
from grader.sandbox.level import Level, choose_level
from grader.sandbox.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def host(monkeypatch):
    """Makes a host on which only some levels work."""

    def make(*working):
        reasons = {name: "" if name in working else f"no {name} here." for name in Level}
        monkeypatch.setattr(level, "why_unavailable", reasons.__getitem__)

    return make


def test_levels_are_listed_best_first():
    assert list(Level) == ["bubblewrap", "landlock", "limits", "process"]
    assert list(LEVELS) == list(Level)


def test_schema_and_documents_name_the_levels_of_the_table():
    schema = json.loads((ROOT / "grader" / "model" / "grade.schema.json").read_text())
    assert schema["properties"]["environment"]["properties"]["sandbox"]["enum"] == list(Level)
    header = "| | " + " | ".join(f"`{name}`" for name in Level) + " |"
    assert header in (ROOT / "docs" / "security.md").read_text()


def test_worker_finds_its_folders_where_its_level_puts_them():
    with Workspace.lay({}, {}) as workspace:
        assert workspace.places(Level.LIMITS).tree == workspace.places(Level.LANDLOCK).tree == str(workspace.tree)
        assert workspace.places(Level.BUBBLEWRAP).scratch == "/tmp"


@pytest.mark.parametrize("trusted", [True, False])
def test_best_that_works_is_chosen(host, trusted):
    host(*Level)
    assert choose_level(None, trusted=trusted) is Level.BUBBLEWRAP
    host(Level.LANDLOCK, Level.LIMITS)
    assert choose_level(None, trusted=trusted) is Level.LANDLOCK


def test_strangers_code_never_runs_at_limits_unasked(host):
    host(Level.LIMITS)
    assert choose_level(None, trusted=True) is Level.LIMITS
    assert choose_level("limits", trusted=False) is Level.LIMITS
    with pytest.raises(SandboxUnavailable, match=r"no bubblewrap here.*no landlock here.*--sandbox limits"):
        choose_level(None, trusted=False)


def test_a_level_that_does_not_work_is_refused_with_its_reason(host):
    host(Level.LIMITS)
    with pytest.raises(SandboxUnavailable, match="landlock does not work here: no landlock here"):
        choose_level("landlock", trusted=True)


@pytest.mark.parametrize(
    ("module", "closed"),
    [(bubblewrap, {Level.BUBBLEWRAP}), (landlock, {Level.LANDLOCK}), (seccomp, {Level.BUBBLEWRAP, Level.LANDLOCK})],
)
def test_what_is_missing_closes_its_levels(monkeypatch, module, closed):
    for part in (bubblewrap, landlock, seccomp):
        monkeypatch.setattr(part, "why_unavailable", lambda part=part: "gone." if part is module else "")
    monkeypatch.setattr(seccomp, "supported", lambda: True)
    level.why_unavailable.cache_clear()
    try:
        assert {name for name in Level if level.why_unavailable(name) == "gone."} == closed
        monkeypatch.setattr(seccomp, "supported", lambda: False)
        level.why_unavailable.cache_clear()
        assert "processor" in level.why_unavailable(Level.BUBBLEWRAP) or module is bubblewrap
    finally:
        level.why_unavailable.cache_clear()


def test_missing_bubblewrap_is_said(monkeypatch):
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: None)
    bubblewrap._variant.cache_clear()
    try:
        assert "apt install bubblewrap" in bubblewrap.why_unavailable()
        with pytest.raises(ValueError, match="does not work here"):
            bubblewrap.command(None)
    finally:
        bubblewrap._variant.cache_clear()


def test_old_or_forbidden_bubblewrap_is_said(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    for body, words in [
        ("echo usage", "older than 0.6"),
        ("echo ' --size '; [ $# = 1 ] || { echo no namespaces >&2; exit 1; }", "forbids it .no namespaces"),
    ]:
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
        monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: str(program))
        bubblewrap._variant.cache_clear()
        try:
            assert __import__("re").search(words, bubblewrap.why_unavailable())
        finally:
            bubblewrap._variant.cache_clear()


def test_level_of_own_code_is_that_of_the_system(monkeypatch):
    assert level.level_for_own_code() is Level.LIMITS
    assert Level.PROCESS not in level.available_levels()
    monkeypatch.setattr(level, "HAS_FORK", False)
    assert level.level_for_own_code() is Level.PROCESS
    level.why_unavailable.cache_clear()
    try:
        assert level.available_levels() == (Level.PROCESS,)
        with pytest.raises(SandboxUnavailable, match="--sandbox process"):
            level.choose_level(None, trusted=False)
    finally:
        level.why_unavailable.cache_clear()
