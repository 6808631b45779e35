"""Settings come from flags, then grader.toml, then defaults; a wrong entry is named."""

import pytest

from grader.assignment import BUILT_IN
from grader.errors import UnusableInput
from grader.settings import Settings


def test_flags_win_over_the_file_and_the_file_over_defaults(tmp_path):
    (tmp_path / "grader.toml").write_text('seed = 7\njobs = 3\nassignment = "checks"\n')
    settings = Settings.read(tmp_path, seed=8, jobs=None)
    assert (settings.seed, settings.jobs, settings.compat) == (8, 3, False)
    assert settings.assignment == tmp_path / "checks"


def test_no_file_means_defaults(tmp_path):
    assert Settings.read(tmp_path) == Settings()
    assert Settings.read(tmp_path).assignment == BUILT_IN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed = ", "not valid TOML"),
        ("sede = 1", "unknown entry 'sede'; known are"),
        ('seed = "x"', "seed should be int"),
        ("seed = true", "seed should be int"),
        ("compat = 1", "compat should be bool"),
    ],
)
def test_wrong_entry_is_named(tmp_path, text, words):
    (tmp_path / "grader.toml").write_text(text)
    with pytest.raises(UnusableInput, match=words):
        Settings.read(tmp_path)
