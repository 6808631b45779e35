"""Every command that the documentation shows is one that there is, and the tutorial can be followed line by line."""

import re
import shlex
from pathlib import Path

import click
import pytest

from grader.cli import cli

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
_INDENTED = re.compile(r"^ {4,}(?:\$ )?(grader [a-z][^\n]*)$", re.MULTILINE)
_INLINE = re.compile(r"`(grader [a-z]+(?: [^`]*)?)`")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
#: what stands for something else: `…`, `...`, `[-o DIR]`, `a|b`, `NAME=…`
_GENERAL = re.compile(r"…|\.\.\.|\[|\\?\||COMMAND")


def shown_in(page):
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    found = [*_INDENTED.findall(text), *_INLINE.findall(text)]
    commands = (re.split(r"\s+#|\s+&&|\s+\|\||\s+2?>|,\s+or\s", command)[0] for command in found)
    return [command for command in dict.fromkeys(commands) if not _GENERAL.search(command)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_has_options_that_exist(page):
    for command in shown_in(page):
        name, *words = shlex.split(command)[1:]
        found = cli.get_command(click.Context(cli), name)
        assert found is not None, command
        parser = found.make_parser(click.Context(found, resilient_parsing=True))
        try:
            parser.parse_args([word.replace("${{", "").replace("}}", "") for word in words])
        except click.NoSuchOption as exc:
            pytest.fail(f"{command}: {exc.message}")
        except click.UsageError:
            pass  # `grader adjust` alone, in a sentence


def test_commands_are_found():
    assert sum(len(shown_in(page)) for page in PAGES) > 60


@pytest.mark.slow
def test_tutorial_can_be_followed(tmp_path, monkeypatch, capsys):
    """Each line as it stands, but for the installation, which the environment of the tests has behind it."""
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    lines = _INDENTED.findall(text)
    assert len(lines) > 10
    for line in lines:
        if line.startswith("grader check"):
            continue  # the template has no points: exit code 1
        code = cli.main(shlex.split(line)[1:], standalone_mode=False)
        assert code in (0, None), f"{line}: {capsys.readouterr().err}"
    for place in (
        "demo/grades/index.html",
        "graded/index.html",
        "graded/grades.csv",
        "for-class/index.html",
        "kit/README.md",
    ):
        assert (tmp_path / place).is_file(), place
    assert cli.main(["check", "kit", "-o", "checked"], standalone_mode=False) == 1


def test_a_copy_of_the_assignment_can_have_points_of_its_own(tmp_path, capsys):
    """The recipe in docs/recipes.md, with the points of one check moved to another."""
    recipe = re.search(r"python3 -c \"(import grader\.checks.*?)\"", (ROOT / "docs" / "recipes.md").read_text("utf-8"))[
        1
    ]
    copy = tmp_path / "our_hw2"
    exec(recipe.replace("'our_hw2'", repr(str(copy))))
    rubric = copy / "rubric.toml"
    text = rubric.read_text(encoding="utf-8")
    moved = text.replace('test_conv_forward" = 10', 'test_conv_forward" = 9').replace(
        'test_conv_backward" = 12', 'test_conv_backward" = 13'
    )
    assert moved != text
    rubric.write_text(moved, encoding="utf-8")
    assert cli.main(["rubric", "--assignment", str(copy)], standalone_mode=False) in (0, None)
    assert "100 points in all" in capsys.readouterr().out
