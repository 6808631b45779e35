"""What is planted in a repository or in a class: no link is written through, nothing made up stands, nobody is lost.

The tiny assignment is graded, since what is attacked lies around the checks.
"""

import json
import os
import sqlite3
import subprocess
import sys

import pytest
from grades import mixed
from planted_modules import plant_modules
from small_class import RIGHT, WRONG, class_in, spec_in

from grader.commands import grade as grade_command
from grader.publishing.submission_files import RESULT_NAMES, publish_outcome
from grader.store.database import FILE_NAME, Store
from grader.store.made_folders import made_here, remember_made

TINY = ("--sandbox", "limits")
OFF = ("--training", "off", "--speed", "off", "--notebook", "off", *TINY)
PLANTED = "made up: 100 points"
RESULTS = [name for name in RESULT_NAMES if name != "notebook.ipynb"]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A student's repository, graded from within; outside lies what a link could lead to."""
    class_in(tmp_path, {"hw2": WRONG})
    (tmp_path / "hw2" / ".git").mkdir()
    (tmp_path / "outside").mkdir()
    for name in RESULT_NAMES:
        (tmp_path / "outside" / name).write_text(PLANTED)
    monkeypatch.chdir(tmp_path / "hw2")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    return tmp_path / "hw2"


@pytest.fixture
def grade(grader, repository):
    spec = spec_in(repository.parent)

    def run(*words):
        code, out, err = grader("grade", ".", "--assignment", spec.assignment, *TINY, *words)
        # Whatever was planted: the rest of the disk is as it was.
        outside = repository.parent / "outside"
        assert {path.name: path.read_text() for path in outside.iterdir()} == dict.fromkeys(RESULT_NAMES, PLANTED)
        return code, out + err

    return run


def plant(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in RESULTS:
        (folder / name).write_text(PLANTED)


def results_of(folder):
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def linked_folder(repository):
    (repository / "grader-report").symlink_to(repository.parent / "outside")


def linked_files(repository):
    (repository / "grader-report").mkdir()
    for name in RESULTS:
        (repository / "grader-report" / name).symlink_to(repository.parent / "outside" / name)


def link_to_nothing(repository):
    (repository / "grader-report").symlink_to(repository.parent / "outside" / "new")


def link_to_itself(repository):
    (repository / "grader-report").symlink_to("grader-report")


def folders_named_as_files(repository):
    for name in RESULTS:
        (repository / "grader-report" / name / "deep" / "er").mkdir(parents=True)
        (repository / "grader-report" / name / "link").symlink_to(repository.parent / "outside")


def made_up_results(repository):
    plant(repository / "grader-report")


WAYS = [linked_folder, linked_files, link_to_nothing, link_to_itself, folders_named_as_files, made_up_results]


@pytest.mark.parametrize("platform", ["github", "gitlab", "gradescope", "prairielearn"])
@pytest.mark.parametrize("way", WAYS)
def test_output_folder_holds_this_run_and_nothing_else(grade, repository, way, platform):
    way(repository)
    code, said = grade("--ci", platform)
    assert code == 1, said
    report = repository / "grader-report"
    assert not report.is_symlink()
    names = results_of(report)
    assert {"grade.json", "report.html"} < names
    assert all(not (report / name).is_symlink() and PLANTED not in (report / name).read_text() for name in names)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("words", [(), ("--config", "nowhere.toml"), ("--assignment", "nowhere")])
def test_nothing_stands_after_a_run_without_a_grade(grade, repository, way, words):
    way(repository)
    if not words:
        (repository / "main.py").unlink()
    code, said = grade("--ci", "github", *words)
    assert code == 2, said
    assert not results_of(repository / "grader-report")


@pytest.mark.parametrize(
    "words", [("--seed", "x"), ("--sed", "7"), ("--ci", "gitlap"), ("--training",), ("--ci", "github", "more")]
)
def test_nothing_stands_after_a_line_that_cannot_be_understood(grade, grader, repository, monkeypatch, words):
    made_up_results(repository)
    assert grade(*words)[0] == 2
    assert bool(results_of(repository / "grader-report")) == ("--ci" not in words), "outside of CI it is one's own"
    monkeypatch.setenv("CI", "true")
    assert grade(*words)[0] == 2
    assert not results_of(repository / "grader-report")
    made_up_results(repository)
    assert grader("check", *words, ".")[0] == 2
    assert not results_of(repository / "grader-report")


def test_links_on_the_way_are_not_followed(grade, repository):
    (repository / "out").symlink_to(repository.parent / "outside")
    code, said = grade("--ci", "-o", "out/deep/er")
    assert code == 1, said
    assert "was a link in the repository that is graded and is removed" in said
    assert "report.html" in results_of(repository / "out" / "deep" / "er")


def test_link_of_ones_own_outside_of_the_repository_is_followed(grade, repository):
    (repository.parent / "mine").mkdir()
    (repository.parent / "results").symlink_to("mine")
    assert grade("--ci", "-o", repository.parent / "results")[0] == 1
    assert "report.html" in results_of(repository.parent / "mine")


@pytest.mark.parametrize(("output", "words"), [(".", "would take the place"), ("main.py", "is not a folder")])
def test_output_is_never_the_submission(grade, repository, output, words):
    code, said = grade("--ci", "-o", output)
    assert code == 2
    assert words in said
    assert (repository / "main.py").read_text() == WRONG


def test_submission_with_a_name_of_ours_is_not_removed(grader, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebook.ipynb").write_text("{}")
    code, _, err = grader("check", "notebook.ipynb", "-o", ".")
    assert code == 2
    assert "choose a folder of its own" in err
    assert (tmp_path / "notebook.ipynb").exists()


def test_settings_checks_and_configuration_of_a_repository_count_nowhere(grade, repository):
    evil = repository / "evil"
    evil.mkdir()
    (evil / "assignment.toml").write_text("title = 'evil'")
    (repository / "checks").mkdir()
    for place in (evil, repository / "checks", repository):
        for name in ("conftest.py", "sitecustomize.py", "test_tiny.py", "pytest_evil.py", "matplotlib.py"):
            (place / name).write_text(f"open({str(repository.parent / 'ran')!r}, 'w')\nraise SystemExit(0)\n")
    (repository / "grader.toml").write_text("assignment = 'evil'\nseed = 1\nminimum = 0\n")
    (repository / "pytest.ini").write_text("[pytest]\naddopts = --collect-only -p pytest_evil\n")
    (repository / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '-p pytest_evil'\n")
    (repository / "matplotlibrc").symlink_to("/dev/zero")
    (repository / ".env").write_text("GRADER_CONFIG=grader.toml\nGRADER_CACHE=.\n")
    (repository / "lab").mkdir()
    (repository / "lab" / "index.html.j2").write_text("{{ cycler.__init__.__globals__.os.system('touch ../ran') }}")
    code, said = grade("--ci")
    assert code == 1
    assert "grader.toml is not read" in said
    assert not (repository.parent / "ran").exists()


def test_variables_for_other_tests_change_no_grade(grade, repository, monkeypatch):
    (repository / "pytest_evil.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(repository)
    monkeypatch.setenv("PYTEST_PLUGINS", "pytest_evil")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p pytest_evil --collect-only -k nothing")
    assert grade("--ci")[0] == 1


def forged_store(folder):
    """Writes what looks like an output folder of ours, with a grade in it."""
    with Store(folder) as store:
        store.setting("seed", "1")
    for name in ("grader.toml", "adjustments.json", "index.html", ".lock"):
        (folder / name).write_text("[]" if name.endswith("json") else "")


@pytest.mark.slow
def test_nobody_vanishes_from_a_class(grader, tmp_path):
    spec = spec_in(tmp_path)
    class_in(tmp_path / "in", dict.fromkeys(("ada", "bob", "grader.toml", "grades", "index.html"), RIGHT))
    for name in ("bob", "grades"):
        forged_store(tmp_path / "in" / name)
    (tmp_path / "in" / "bob" / "grader-report").symlink_to("../ada")
    words = ("batch", tmp_path / "in", "--assignment", spec.assignment, *TINY, "-j", 1)
    code, _, err = grader(*words, "-o", tmp_path / "out")
    assert code == 0, err
    with Store.open_existing(tmp_path / "out") as store:
        assert [grade.submission.name for grade in store.outcomes()] == [
            "ada",
            "bob",
            "grader.toml",
            "grades",
            "index.html",
        ]
    assert f"Taken for submissions, though {FILE_NAME} is in them: bob, grades." in err


def test_output_that_somebody_else_has_made_is_not_believed(grader, tmp_path):
    spec = spec_in(tmp_path)
    class_in(tmp_path / "in", {"ada": RIGHT, "grades": RIGHT})
    forged_store(tmp_path / "in" / "grades")
    before = sorted(path.name for path in (tmp_path / "in" / "grades").iterdir())
    words = ("batch", tmp_path / "in", "--assignment", spec.assignment, *TINY, "-j", 1, "-o")
    code, _, err = grader(*words, tmp_path / "in" / "grades")
    assert code == 2
    assert "may be one of them" in err
    assert sorted(path.name for path in (tmp_path / "in" / "grades").iterdir()) == before


def test_store_that_was_exchanged_is_not_ours_any_more(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "grades"
    forged_store(folder)
    assert not made_here(folder)
    remember_made(folder)
    assert made_here(folder)
    content = (folder / FILE_NAME).read_bytes()
    (folder / FILE_NAME).rename(folder / "old")
    (folder / FILE_NAME).write_bytes(content)
    assert not made_here(folder)
    (folder / FILE_NAME).unlink()
    (folder / FILE_NAME).symlink_to("old")
    assert not made_here(folder)


def test_output_among_the_submissions_is_none_of_them(grader, tmp_path):
    spec = spec_in(tmp_path)
    class_in(tmp_path / "in", {"ada": RIGHT, "bob": RIGHT})
    (tmp_path / "in" / "link").symlink_to("bob")
    words = ("batch", tmp_path / "in", "--assignment", spec.assignment, *TINY, "-j", 1, "-o")
    for name in ("ada", "link"):
        code, _, err = grader(*words, tmp_path / "in" / name)
        assert code == 2
        assert "may be one of them" in err
    assert sorted(path.name for path in (tmp_path / "in" / "ada").iterdir()) == ["main.py"]


def graded_as(grade):
    """Returns what stands in for the grading of one submission."""

    def grade_one(path, grader, answers, output, **_):
        publish_outcome(output, grade)
        return grade

    return grade_one


@pytest.mark.slow
def test_secret_seed_is_nowhere_a_student_looks(grader, tmp_path, monkeypatch):
    """The built-in assignment, all platforms' files and exports; only the store has the seed."""
    seed = "730118205117"
    source = "import numpy as np\n\ndef max_pool_forward_naive(x, pool_param):\n    print(x)\n    1 / 0\n"
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "layers.py").write_text(source)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output.txt"))
    out, words = tmp_path / "out", ("--seed", seed, *OFF)
    said = "".join(grader("batch", tmp_path / "in", "-o", out, "-j", 1, *words)[1:])
    with Store.open_existing(out) as store:
        grade = store.outcome("ada")
    monkeypatch.setattr(grade_command, "grade_one", graded_as(grade))
    for platform in ("github", "gitlab", "gradescope", "prairielearn"):
        said += "".join(
            grader("grade", tmp_path / "in" / "ada", "-o", tmp_path / platform, "--ci", platform, *words)[1:]
        )
    said += "".join(grader("grade", tmp_path / "in" / "ada", "-o", tmp_path / "plain", *words)[1:])
    for form in ("json", "junit", "gradescope", "prairielearn", "classroom", "csv"):
        said += "".join(grader("export", out, "--to", form)[1:])
    assert seed not in said
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.name.startswith(FILE_NAME)]
    assert len(files) > 15
    assert not [path for path in files if seed.encode() in path.read_bytes()]
    with sqlite3.connect(out / FILE_NAME) as db:
        assert seed in str(db.execute("SELECT how FROM run").fetchall())
    assert f"seed {seed}" in grader("diff", out, "--runs")[1]
    # What it prints in a hidden check are the inputs of that.
    assert {check.visible for check in grade.checks if check.output} == {True, False}
    for path in (out / "submissions" / "ada" / "grade.json", tmp_path / "github" / "grade.json"):
        shown = json.loads(path.read_text())
        assert all("[notebook" in check["id"] for check in shown["checks"] if check["output"])


def test_seed_that_was_drawn_for_one_grade_is_noted_for_staff(grader, tmp_path, monkeypatch):
    monkeypatch.setattr(grade_command, "grade_one", graded_as(mixed()))
    (tmp_path / "ada").mkdir()
    grader("grade", tmp_path / "ada", *OFF, "-o", tmp_path / "here")
    noted = tmp_path / "here" / "staff.json"
    assert json.loads(noted.read_text())["seed"] > 0
    assert os.stat(noted).st_mode & 0o077 == 0
    grader("grade", tmp_path / "ada", *OFF, "-o", tmp_path / "ci", "--ci")
    assert (tmp_path / "ci" / "grade.json").exists()
    assert not (tmp_path / "ci" / "staff.json").exists()


@pytest.mark.slow
def test_command_within_a_repository_of_traps(repository):
    """The command itself, called where everything that Python and its libraries could take is planted."""
    spec = spec_in(repository.parent)
    traps = repository / "traps"
    traps.mkdir()
    code = f"open({str(repository.parent / 'ran')!r}, 'w')\nraise SystemExit(99)\n"
    plant_modules(traps, "numpy", "jinja2", "matplotlib", "reports", "reference", "pytest", code=code)
    (traps / "matplotlibrc").write_bytes(b"\xff\xfe: broken")
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    words = [sys.executable, "-m", "grader", "grade", "..", "--ci", "--assignment", spec.assignment, *TINY]
    done = subprocess.run(
        list(map(str, words)),
        cwd=traps,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 1, done.stderr
    assert not (repository.parent / "ran").exists()
