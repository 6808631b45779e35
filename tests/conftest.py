"""What tests of several files use: the command line, called as users type it."""

import pytest

from grader import cli


@pytest.fixture
def grader(monkeypatch, capsys):
    """Runs a command line; returns (exit code, standard output, standard error)."""

    # Where a platform runs these tests, no repository of a student's is graded.
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GRADER_CONFIG", raising=False)

    def run(*words):
        monkeypatch.setattr("sys.argv", ["grader", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        said = capsys.readouterr()
        return stopped.value.code or 0, said.out, said.err

    return run
