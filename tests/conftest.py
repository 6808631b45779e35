"""The surroundings and order of all tests, and what several files use: the command line, called as users type it."""

import os
import signal
import threading
from collections import Counter

import hypothesis
import pytest

from grader import cli


def pytest_configure():
    """Gives every test, and what it starts, the same surroundings on a laptop and on a platform."""
    # Where a platform runs these tests, no repository of a student's is graded.
    for name in ("CI", "GRADER_CONFIG"):
        os.environ.pop(name, None)
    # A shell that starts a command in the background has it ignore Ctrl-C.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # The same examples in every run, and none of them fails because the machine is busy.
    hypothesis.settings.load_profile("ci")


def pytest_collection_modifyitems(items):
    """Puts files with many slow tests first, so that at the end no process waits for one that began late."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    # A training on real images takes as long as so many others.
    slow.update({item.path: 60 for item in items if item.get_closest_marker("data")})
    items.sort(key=lambda item: -slow[item.path])


@pytest.fixture
def grader(monkeypatch, capsys):
    """Runs a command line; returns (exit code, standard output, standard error)."""

    def run(*words):
        monkeypatch.setattr("sys.argv", ["grader", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        said = capsys.readouterr()
        return stopped.value.code or 0, said.out, said.err

    return run
