"""Settings come from flags, then grader.toml, then defaults; a wrong entry is named."""

import os
from dataclasses import replace

import pytest
from tiny import write_assignment

from grader.assignment.definition import BUILT_IN
from grader.commands.settings import Settings
from grader.model.errors import UnusableInput
from grader.model.options import Options

DUE = "[deadline]\ndue = 2026-11-20T23:59:00Z\n"


def test_flags_win_over_the_file_and_the_file_over_defaults(tmp_path):
    write_assignment(tmp_path / "checks")
    (tmp_path / "grader.toml").write_text('seed = 7\njobs = 3\nassignment = "checks"\n')
    settings = Settings.read(tmp_path / "grader.toml", seed=8, jobs=None)
    assert (settings.seed, settings.jobs, settings.compat) == (8, 3, False)
    assert settings.assignment == tmp_path / "checks"


def test_no_file_means_defaults():
    assert replace(Settings.read(None), options=Options()) == Settings()
    assert Settings.read(None).assignment == BUILT_IN


def test_file_that_was_named_has_to_be_there(tmp_path):
    with pytest.raises(UnusableInput, match=r"nowhere\.toml cannot be read: No such file"):
        Settings.read(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed = ", "not valid TOML"),
        ("sede = 1", "unknown entry 'sede'; did you mean seed"),
        ("zzz = 1", "unknown entry 'zzz'; known are assignment, seed"),
        ('seed = "x"', "seed should be a whole number from 0"),
        ("seed = true", "seed should be a whole number .* not true"),
        ("seed = -5", "seed should be a whole number from 0 .* not -5"),
        ('sandbox = "docker"', "sandbox should be one of bubblewrap, landlock, limits, process, not 'docker'"),
        ("jobs = 0", "jobs should be a whole number from 1 to 256, not 0"),
        ("minimum = nan", "minimum should be a number of points"),
        ('training = "on"', "training should be one of off, certified, full, not 'on'"),
        ("compat = 1", "compat should be true or false, not 1"),
        ("[roster]", r"\[roster\] needs the entry file"),
        ("[roster]\nfile = 3", r"file in \[roster\] should be the path"),
        ("roster = 'x.csv'", r"\[roster\] needs the entry file"),
        ("[deadline]\ngrace = 1", r"\[deadline\] needs the entry due"),
        ("[deadline]\ndue = 2026-11-20", r"due in .* a time such as .*, not the date 2026-11-20 without a time"),
        ("[deadline]\ndue = 2026-11-20T23:59:00", r"due in \[deadline\] needs an offset"),
        ("[deadline]\ndue = 0001-01-01T00:00:00+14:00", "due in .* should be a time such as"),
        (
            "[deadline]\ndue = 2026-11-20T23:59:00\nzone = 'Mars/Base'",
            "zone .* not a time zone known here: 'Mars/Base'",
        ),
        ("[deadline]\ndue = 2026-11-20T23:59:00\nzone = '../x'", "zone in .* is not a time zone"),
        ("[deadline]\ndue = 2026-11-20T23:59:00Z\nlate = 1", "unknown entry 'late'"),
        ("[deadline]\ndue = 2026-11-20T23:59:00Z\nlate_days = 1.5", "late_days in .* should be a number of days"),
        ("[deadline]\ndue = 2026-11-20T23:59:00Z\nmax = -1", "max in .* should be a number of points"),
        ("[deadline]\ndue = 2026-11-20T23:59:00Z\ngrace = nan", "grace in .* should be a number of minutes"),
        ("[extensions]\nada = 2026-11-25T23:59:00Z", r"\[extensions\] needs a \[deadline\]"),
        (DUE + "[extensions]\nada = 3", "time of 'ada' in .extensions. should be a time such as"),
        (DUE + "[extensions]\nada = 2026-11-25T23:59:00", "time of 'ada' in .extensions. needs an offset"),
        ("extensions = 3", r"\[extensions\] should be a table"),
    ],
)
def test_wrong_entry_is_named(tmp_path, text, words):
    (tmp_path / "grader.toml").write_text(text)
    with pytest.raises(UnusableInput, match=words):
        Settings.read(tmp_path / "grader.toml")


def test_tables_of_the_course_are_read(tmp_path):
    (tmp_path / "grader.toml").write_text(
        '[roster]\nfile = "list.csv"\n[deadline]\ndue = 2026-11-20T23:59:00-08:00\npenalty_per_day = 10\n'
    )
    settings = Settings.read(tmp_path / "grader.toml")
    assert settings.roster == tmp_path / "list.csv"
    assert settings.deadline.due.isoformat() == "2026-11-20T23:59:00-08:00"
    assert (settings.deadline.penalty_per_day, settings.deadline.max) == (10, None)


@pytest.mark.parametrize("due", ["2026-11-20T23:59:00", "2026-11-21T08:59:00+01:00"])
def test_due_time_in_a_zone_needs_no_offset(tmp_path, due):
    (tmp_path / "grader.toml").write_text(f'[deadline]\ndue = {due}\nzone = "America/Los_Angeles"\n')
    deadline = Settings.read(tmp_path / "grader.toml").deadline
    assert deadline.due.isoformat() == "2026-11-20T23:59:00-08:00"
    assert str(deadline.due.tzinfo) == "America/Los_Angeles"


def test_extension_without_an_offset_is_in_the_zone_of_the_course(tmp_path):
    (tmp_path / "grader.toml").write_text(
        '[deadline]\ndue = 2026-11-20T23:59:00\nzone = "America/Los_Angeles"\n'
        '[extensions]\n"Ada Lovelace" = 2026-11-25T23:59:00\n'
    )
    extensions = Settings.read(tmp_path / "grader.toml").extensions
    assert extensions["Ada Lovelace"].isoformat() == "2026-11-25T23:59:00-08:00"


def test_options_are_those_of_the_assignment(tmp_path):
    folder = write_assignment(tmp_path / "tiny").folder
    with (folder / "assignment.toml").open("a") as file:
        file.write('[optional]\n"First" = "tempo"\n[options.tempo]\nvalues = ["off", "slow"]\n[options.tools]\n')
    (tmp_path / "grader.toml").write_text('assignment = "tiny"\ntools = "here"\n')
    read = Settings.read(tmp_path / "grader.toml", tempo="off")
    assert dict(read.options.chosen) == {"tempo": "off", "tools": str(tmp_path / "here")}
    assert Settings.read(tmp_path / "grader.toml").options["tempo"] == "slow"
    assert Settings.read(tmp_path / "grader.toml", "own").options["tempo"] == "off"
    with pytest.raises(
        UnusableInput, match=r"--speed is not an option of the assignment in .*tiny; available: --tempo, --tools"
    ):
        Settings.read(tmp_path / "grader.toml", speed="on")
    (tmp_path / "grader.toml").write_text('assignment = "tiny"\nspeed = "on"\n')
    with pytest.raises(UnusableInput, match="unknown entry 'speed'"):
        Settings.read(tmp_path / "grader.toml")


def test_a_relative_folder_of_data_in_the_environment_is_the_callers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CIFAR10_DIR", "pictures")
    Settings.read(None)
    assert os.environ["CIFAR10_DIR"] == str(tmp_path / "pictures")
