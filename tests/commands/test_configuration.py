"""Which grader.toml counts, and that each command says which one it has read and which one it has not."""

import os
import subprocess
import sys

import pytest
from planted_modules import plant_modules
from small_class import RIGHT, class_in, spec_in

from grader.commands.configuration import class_settings, named_settings, own_settings, submission_settings
from grader.commands.reach import Reach
from grader.model.errors import UnusableInput

EVIL = "sandbox = 'limits'\nseed = 1\n"


def one(submission, flags, *, ci=False):
    return submission_settings(submission, Reach.of(submission, ci=ci), flags)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A student's repository with a grader.toml in it; it is the current folder."""
    folder = tmp_path / "hw2"
    (folder / "src").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "src" / "layers.py").touch()
    (folder / "grader.toml").write_text(EVIL)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("place", ["src", ".", "src/layers.py"])
@pytest.mark.parametrize("ci", [True, False])
def test_nothing_in_or_around_a_submission_is_read(repository, capsys, place, ci):
    assert one(repository / place, {}, ci=ci).seed is None
    assert "is not read: the student who is graded may have written it" in capsys.readouterr().err


def test_file_that_the_caller_names_is_read_and_said(repository, tmp_path, capsys):
    (tmp_path / "mine.toml").write_text("seed = 7")
    assert one(repository, {"config": tmp_path / "mine.toml"}, ci=True).seed == 7
    assert capsys.readouterr().err == f"Settings: {tmp_path / 'mine.toml'}\n"


def test_what_is_named_may_not_lie_in_the_repository(repository, tmp_path, monkeypatch):
    (tmp_path / "link.toml").symlink_to(repository / "grader.toml")
    (repository / "out.toml").symlink_to(tmp_path / "mine.toml")
    (tmp_path / "mine.toml").write_text("seed = 7")
    for flags in (
        {"config": repository / "grader.toml"},
        {"config": repository / "out.toml"},
        {"config": tmp_path / "link.toml"},
        {"assignment": repository / "checks"},
        {"data": str(repository / "cifar")},
    ):
        with pytest.raises(UnusableInput, match="lies in the repository that is graded"):
            one(repository / "src", dict(flags), ci=True)
    monkeypatch.setenv("GRADER_CACHE", str(repository / "cache"))
    with pytest.raises(UnusableInput, match="GRADER_CACHE names another"):
        one(repository / "src", {}, ci=True)
    assert one(repository / "src", {}).seed is None  # an instructor's own repository may hold submissions


def test_settings_of_a_class_lie_among_its_submissions(tmp_path, capsys):
    (tmp_path / "ada").mkdir()
    (tmp_path / "bob.zip").touch()
    (tmp_path / "grader.toml").write_text("seed = 7")
    (tmp_path / "ada" / "grader.toml").write_text(EVIL)
    assert class_settings(tmp_path, {}).seed == 7
    assert class_settings(tmp_path / "bob.zip", {}).seed == 7
    assert capsys.readouterr().err == f"Settings: {tmp_path / 'grader.toml'}\n" * 2
    assert class_settings(tmp_path / "ada", {"config": tmp_path / "grader.toml"}).seed == 7


def test_settings_beside_the_folder_of_a_class_count_where_none_lie_in_it(tmp_path, capsys):
    (tmp_path / "subs" / "ada").mkdir(parents=True)
    assert class_settings(tmp_path / "subs", {}).seed is None
    assert f"Settings: defaults; {tmp_path / 'subs'} and {tmp_path} hold no grader.toml." in capsys.readouterr().err
    (tmp_path / "grader.toml").write_text("seed = 7")
    assert class_settings(tmp_path / "subs", {}).seed == 7
    assert capsys.readouterr().err == f"Settings: {tmp_path / 'grader.toml'}\n"
    (tmp_path / "subs" / "grader.toml").write_text("seed = 8")
    assert class_settings(tmp_path / "subs", {}).seed == 8
    assert f"{tmp_path / 'grader.toml'} is not read: the one in {tmp_path / 'subs'} counts." in capsys.readouterr().err


@pytest.mark.parametrize("name", [".git/", "layers.py", "cs231n/", "CNN.py"])
def test_what_may_be_one_submission_is_no_class(tmp_path, capsys, name):
    (tmp_path / "grader.toml").write_text(EVIL)
    (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    assert class_settings(tmp_path, {}).seed is None
    assert "grader.toml is not read: " in capsys.readouterr().err


def test_settings_of_a_class_are_no_link(tmp_path, capsys):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "grader.toml").write_text(EVIL)
    (tmp_path / "grader.toml").symlink_to(tmp_path / "ada" / "grader.toml")
    assert class_settings(tmp_path, {}).seed is None
    assert "is not read: it is a link" in capsys.readouterr().err


def test_student_has_the_settings_of_the_kit_but_not_in_ci(repository, monkeypatch, capsys):
    assert own_settings(repository, {}).seed == 1
    assert "Settings: " in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    assert own_settings(repository, {}).seed is None
    assert "in CI nothing is taken from the repository" in capsys.readouterr().err
    with pytest.raises(UnusableInput, match="lies in the repository that is graded"):
        own_settings(repository / "src", {"config": repository / "grader.toml"})


def test_other_commands_take_no_file_of_the_current_folder(repository, capsys):
    assert named_settings({}, repository).seed is None
    assert "is not read: nobody has named it" in capsys.readouterr().err


def test_environment_names_a_file_as_the_flag_does(grader, tmp_path, monkeypatch):
    spec = spec_in(tmp_path)
    class_in(tmp_path / "in", {"ada": RIGHT})
    (tmp_path / "mine.toml").write_text(f"assignment = '{spec.assignment}'\nsandbox = 'limits'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADER_CONFIG", "mine.toml")
    code, _, err = grader("grade", "in/ada", "-o", "out")
    assert code == 0, err
    assert f"Settings: {tmp_path / 'mine.toml'}" in err
    assert (tmp_path / "out" / "report.html").is_file()
    assert os.getcwd() == str(tmp_path)
    monkeypatch.setenv("GRADER_CONFIG", "nowhere.toml")
    code, _, err = grader("grade", "in/ada", "-o", "out")
    assert code == 2
    assert "nowhere.toml cannot be read" in err
    assert list((tmp_path / "out").iterdir()) == []


def test_modules_of_the_current_folder_are_not_imported(tmp_path):
    """Where `python -m grader` is called in a student's repository; sys.path begins with it."""
    names = ("numpy", "click", "jinja2", "reports", "reference", "sitecustomize")
    plant_modules(tmp_path, *names, code="raise SystemExit(99)")
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "grader", "check", "nowhere"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2, done.stderr
    assert "nowhere" in done.stderr
