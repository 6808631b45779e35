"""The flags of a command are those of the assignment that is meant."""

import click
import pytest
from click.testing import CliRunner
from tiny import write_assignment

from grader.commands.assignment_flags import AssignmentCommand, OwnCommand
from grader.commands.flags import grading_options

DECLARED = '[options.tempo]\nvalues = ["off", "slow"]\nhelp = "How fast."\n[options.shoe_box]\n'


@click.command(cls=AssignmentCommand)
@click.argument("path", default=".")
@grading_options
def grade(**flags):
    click.echo(repr({name: value for name, value in flags.items() if value is not None}))


@click.command(cls=OwnCommand)
@click.argument("path", default=".")
@grading_options
def check(**flags):
    click.echo(repr({name: value for name, value in flags.items() if value is not None}))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    made = write_assignment(tmp_path / "tiny").folder
    with (made / "assignment.toml").open("a") as file:
        file.write(DECLARED)
    (tmp_path / "grader.toml").write_text('assignment = "tiny"\n')
    monkeypatch.chdir(tmp_path)
    return made


def said(command, *args):
    return CliRunner().invoke(command, args).output


def test_flags_are_those_of_the_assignment_that_is_named(folder):
    assert "'tempo': 'slow'" in said(grade, "--assignment", str(folder), "--tempo", "slow")
    assert "'tempo': 'slow'" in said(grade, f"--assignment={folder}", "--tempo", "slow")
    assert "No such option '--training'" in said(grade, "--assignment", str(folder), "--training", "off")
    assert "is not one of 'off', 'slow'" in said(grade, "--assignment", str(folder), "--tempo", "fast")
    shown = said(grade, "--assignment", str(folder), "--help")
    assert "--tempo [off|slow]" in shown
    assert "--shoe-box PATH" in shown


def test_a_file_of_settings_names_the_assignment_where_it_is_named_or_ones_own(folder):
    assert "'tempo': 'slow'" in said(grade, "--config", "grader.toml", "--tempo", "slow")
    assert "'tempo': 'slow'" in said(check, "--tempo", "slow")
    assert "'tempo': 'slow'" in said(check, str(folder.parent), "--tempo", "slow")
    # Whoever is graded may have written it.
    assert "No such option '--tempo'" in said(grade, "--tempo", "slow")
    assert "'training': 'off'" in said(grade, "--training", "off")


def test_an_option_may_not_be_called_like_a_flag(folder):
    with (folder / "assignment.toml").open("a") as file:
        file.write("[options.compat]\n")
    result = CliRunner().invoke(grade, ["--assignment", str(folder)])
    assert "calls an option compat, and --compat is a flag of the command" in str(result.exception)
