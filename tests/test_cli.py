"""The commands as users type them: files, exit codes, one sentence per kind of bad input, nothing half-written."""

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from editable import editable_python

from grader.assignment.definition import Assignment
from grader.kit.student_kit import release
from grader.model.results import Grade
from grader.sandbox import level as levels


@pytest.fixture
def grader(grader):
    """Runs a command line, without training."""

    def run(*words):
        words += ("--training", "off") if words[:1] in (("grade",), ("batch",)) and "--training" not in words else ()
        words += ("--speed", "off", "--notebook", "off") if words[:1] == ("grade",) else ()
        return grader(*words)

    return run


#: what trains, measures and executes takes a minute, and has tests of its own
FUNCTIONS_ONLY = 'training = "off"\nspeed = "off"\nnotebook = "off"\n'


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """The solved tree and the student kit, written once."""
    root = tmp_path_factory.mktemp("trees")
    assignment = Assignment.load()
    release(assignment, root / "solved", solution=True)
    release(assignment, root / "kit")
    return root


def test_check_of_the_kit_says_what_is_missing(grader, trees, tmp_path):
    code, out, _ = grader("check", trees / "kit", "-k", "conv_forward or affine", "-o", tmp_path / "r")
    assert code == 1
    assert "conv_forward_naive" in out
    selection = tmp_path / "r" / "selection"
    assert "is it implemented" in (selection / "report.html").read_text()
    grade = Grade.from_json((selection / "grade.json").read_text())
    assert (grade.environment.hidden, grade.environment.selection) == (False, "conv_forward or affine")


def test_selected_checks_never_replace_the_full_report_and_claim_no_full_marks(grader, trees, tmp_path, monkeypatch):
    grader("check", trees / "solved", "-k", "affine_forward", "-o", tmp_path / "r")
    assert {path.name for path in (tmp_path / "r").iterdir()} == {"selection", ".gitignore"}
    code, out, _ = grader("check", trees / "solved" / "affine_forward", "-o", tmp_path / "r")
    assert code == 0
    assert "no points at stake in these checks" in out
    assert "All 2 checks that ran pass." in out
    assert "Full marks" not in out
    code, out, _ = grader("check", trees / "kit", "-k", "affine_forward", "-o", tmp_path / "r")
    assert code == 1
    assert "Begin with: affine_forward  cs231n/layers.py:" in out
    # From where a terminal can open it.
    monkeypatch.chdir(trees)
    _, out, _ = grader("check", trees / "kit", "-k", "affine_forward", "-o", tmp_path / "r")
    assert f"Begin with: affine_forward  {Path('kit/cs231n/layers.py')}:" in out


@pytest.mark.slow
def test_check_keeps_what_a_saved_function_cannot_change(grader, trees, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    mine = tmp_path / "mine"
    shutil.copytree(trees / "solved", mine)
    assert grader("check", mine, "-o", tmp_path / "r")[0] == 0
    layers = mine / "cs231n" / "layers.py"
    layers.write_text(layers.read_text().replace("np.sum(window * w[f]) + b[f]", "np.sum(window * w[f])"))
    code, out, _ = grader("check", mine, "-o", tmp_path / "r")
    assert code == 1
    assert "Next: conv_forward_naive" in out
    assert "Passed, kept: nothing of it changed: affine_forward" in out
    grade = Grade.from_json((tmp_path / "r" / "grade.json").read_text())
    # The network calls the given fast layers.
    changed = {"conv_forward_naive", "conv_backward_naive"}
    assert {check.function for check in grade.checks} - {*grade.kept} == changed
    assert "kept: " not in grader("check", mine, "--fresh", "-k", "affine_forward", "-o", tmp_path / "r")[1]


def test_check_finds_what_headings_say_and_the_folder_that_is_meant(grader, trees, tmp_path, monkeypatch):
    assert grader("check", trees / "kit", "-k", "max_pool_backward_naive", "-o", tmp_path / "r")[0] == 1
    code, _, err = grader("check", trees / "kit" / "conv_forwrd", "-o", tmp_path / "r")
    assert (code, "did you mean conv_forward_naive" in err) == (2, True)
    code, _, err = grader("check", trees / "kit", "-k", "conv and", "-o", tmp_path / "r")
    assert code == 2
    assert "-k 'conv and' is not a valid expression" in err
    _, _, err = grader("check", trees / "kit" / "cs231n" / "classifiers", "-k", "affine_forward", "-o", tmp_path / "r")
    assert f"Checking {trees / 'kit'}, the folder that" in err


def test_check_of_the_solution_is_content(grader, trees, tmp_path):
    code, _, _ = grader("check", trees / "solved", "-o", tmp_path / "r")
    grade = Grade.from_json((tmp_path / "r" / "grade.json").read_text())
    assert code == 0
    assert grade.full_marks
    assert grade.environment.sandbox == "limits"


def test_keyword_without_a_match_is_one_sentence(grader, trees, tmp_path):
    code, _, err = grader("check", trees / "kit", "-k", "nosuch", "-o", tmp_path / "r")
    assert code == 2
    assert "No check matches" in err
    assert not (tmp_path / "r").exists()


def test_grade_writes_what_github_reads(grader, trees, tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    words = ("grade", trees / "kit", "-o", tmp_path / "r", "--ci", "github", "--seed", "5", "--sandbox", "limits")
    code, out, _ = grader(*words)
    assert code == 1
    assert out.count("::error file=cs231n/layers.py") + out.count("::error file=cs231n/classifiers/cnn.py") > 1
    assert "|" in summary.read_text()
    assert ElementTree.parse(tmp_path / "r" / "junit.xml").getroot().find("testsuite") is not None
    assert json.loads((tmp_path / "r" / "grade.json").read_text())["environment"]["hidden"] is True


def test_min_decides_the_exit_code(grader, trees, tmp_path):
    words = ("grade", trees / "kit", "-o", tmp_path / "r", "--seed", "5", "--sandbox", "limits")
    assert grader(*words, "--min", "0")[0] == 0
    assert grader(*words, "--min", "1")[0] == 1


def broken_zip(folder):
    (folder / "x.zip").write_bytes(b"PK\x03\x04 not really")
    return folder / "x.zip"


def empty_folder(folder):
    (folder / "empty").mkdir()
    return folder / "empty"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "nowhere", "nowhere"),
        (empty_folder, "empty"),
        (broken_zip, "x.zip"),
    ],
)
def test_submission_that_cannot_be_read_is_one_sentence(grader, tmp_path, make, words):
    code, out, err = grader("grade", make(tmp_path), "-o", tmp_path / "r", "--sandbox", "limits")
    assert code == 2
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("grade",),
        ("nosuchcommand",),
        ("check", "--nosuchflag"),
        ("batch", "x", "-j", "0"),
        ("grade", "x", "--sandbox", "magic"),
        ("grade", "x", "--seed", "-1"),
        ("grade", "x", "--assignment", "/nonexistent"),
        ("report", "/nonexistent"),
        ("batch", "/nonexistent"),
    ],
)
def test_wrong_arguments_are_exit_code_two(grader, words):
    code, _, err = grader(*words)
    assert code == 2
    assert err
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [("demo",), ("batch", "in"), ("report", "graded", "--anonymous"), ("grade", "in")])
def test_output_that_is_a_file_is_one_sentence(grader, tmp_path, words):
    (tmp_path / "in").mkdir()
    (tmp_path / "file").write_text("mine")
    paths = [tmp_path / word if word in ("in", "graded") else word for word in words[1:]]
    code, out, err = grader(words[0], *paths, "-o", tmp_path / "file")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "is not a folder; choose another place" in err


def test_folder_of_others_is_no_place_for_grades(grader, tmp_path):
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("mine")
    code, _, err = grader("batch", tmp_path / "in", "-o", tmp_path / "thesis")
    assert code == 2
    assert "is not empty and was not created by `grader batch`" in err
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["thesis.tex"]


def test_broken_settings_file_is_named(grader, trees, tmp_path):
    (tmp_path / "grader.toml").write_text("seed = nonsense")
    (tmp_path / "sub").mkdir()
    code, _, err = grader("grade", tmp_path / "sub", "-o", tmp_path / "r", "--config", tmp_path / "grader.toml")
    assert code == 2
    assert "grader.toml is not valid TOML" in err


def test_strangers_code_needs_a_sandbox(grader, trees, tmp_path, monkeypatch):
    real = levels.why_unavailable
    monkeypatch.setattr(levels, "why_unavailable", lambda level: real(level) if level == "limits" else "not here.")
    code, _, err = grader("grade", trees / "solved", "-o", tmp_path / "r")
    assert code == 2
    assert "--sandbox limits" in err


def test_fault_of_ours_is_a_sentence_and_exit_code_three(grader, trees, tmp_path, monkeypatch):
    monkeypatch.setattr("grader.commands.one_submission.publish_pages", lambda *_: 1 / 0)
    code, _, err = grader("grade", trees / "solved", "-o", tmp_path / "r", "--sandbox", "limits")
    assert code == 3
    assert "Internal error (not your code): ZeroDivisionError" in err


@pytest.mark.slow
def test_batch_grades_resumes_and_loses_nothing(grader, trees, tmp_path):
    class_folder, out = tmp_path / "class", tmp_path / "out"
    class_folder.mkdir()
    (class_folder / "grader.toml").write_text(FUNCTIONS_ONLY)
    with zipfile.ZipFile(class_folder / "ada.zip", "w") as archive:
        for path in sorted((trees / "solved").rglob("*.py")):
            archive.write(path, path.relative_to(trees / "solved"))
    (class_folder / "bob").mkdir()
    (class_folder / "bob" / "layers.py").write_text("import os\nos._exit(0)\n")
    broken_zip(class_folder)
    words = ("batch", class_folder, "-o", out, "--sandbox", "limits", "-j", "2")

    code, _, err = grader(*words)
    assert code == 0  # lost points and a submission that is no archive are no failure of grading
    assert grader(*words, "--strict")[0] == 2
    assert "[3/3]" in err
    rows = {row["name"]: row for row in csv.DictReader((out / "grades.csv").read_text("utf-8-sig").splitlines())}
    assert (rows["ada"]["score"], rows["bob"]["score"], rows["x"]["score"]) == ("100", "0", "")
    assert "x.zip" in rows["x"]["note"]
    first = Grade.from_json((out / "submissions" / "ada" / "grade.json").read_text())
    assert "ada" in (out / "index.html").read_text()

    _, _, err = grader(*words)
    assert err.count("unchanged") == 2
    again = Grade.from_json((out / "submissions" / "ada" / "grade.json").read_text())
    assert again == first

    (class_folder / "bob" / "layers.py").write_text("x = 1\n")
    (class_folder / "x.zip").unlink()
    code, _, err = grader(*words, "--strict")
    assert code == 1
    assert err.count("unchanged") == 1
    assert [row["name"] for row in csv.DictReader((out / "grades.csv").read_text("utf-8-sig").splitlines())] == [
        "ada",
        "bob",
    ]

    (out / "index.html").unlink()
    assert grader("report", out)[0] == 0
    assert (out / "index.html").is_file()
    assert grader("export", out, "--to", "junit")[0] == 0
    assert (out / "submissions" / "bob" / "junit.xml").is_file()


def test_golden_archive_agrees_with_the_reference(grader):
    code, out, err = grader("golden", "verify", "--quick")
    assert (code, err) == (0, "")
    assert "agrees" in out


def test_rubric_shows_a_hundred_points(grader):
    code, out, _ = grader("rubric")
    assert code == 0
    assert "100 points in all" in out
    assert "Convolution: 22 points" in out
    assert max(map(len, out.splitlines())) <= 80
    checks = json.loads(grader("rubric", "--json")[1])
    rows = list(csv.DictReader(grader("rubric", "--csv")[1].splitlines()))
    assert [row["id"] for row in rows] == [check["id"] for check in checks]
    assert all(check["id"] in out for check in checks)
    cases = json.loads(grader("rubric", "--json", "--cases")[1])
    assert list(dict.fromkeys(case["id"].partition("[")[0] for case in cases)) == [check["id"] for check in checks]
    assert sum(check["cases"] for check in checks) == len(cases)
    assert sum(check["max_points"] for check in checks) == pytest.approx(100)
    listed = grader("rubric", "--cases")[1]
    assert all(case["id"].partition("[")[2] in listed for case in cases)


@pytest.mark.parametrize(("encoding", "install"), [("ascii", "editable"), ("cp1252", "")])
def test_terminal_that_lacks_our_signs_gets_others_in_every_install(trees, tmp_path, encoding, install):
    words = ("check", trees / "kit", "-k", "affine_forward or relu_forward", "-o", tmp_path / "r")
    here = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} if install else os.environ
    done = subprocess.run(
        [editable_python(tmp_path / "venv") if install else sys.executable, "-m", "grader", *map(str, words)],
        env={**here, "PYTHONIOENCODING": encoding},
        cwd=tmp_path if install else None,
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 1, done.stderr
    assert b"o Not written yet" in done.stdout
    (report,) = (tmp_path / "r").rglob("*.html")
    assert "<table" in report.read_text()
    assert "“".encode(encoding, "replace") in done.stdout or b'"affine' in done.stdout


def test_doctor_tells_the_levels(grader):
    code, out, _ = grader("doctor")
    assert code == 0
    assert "Sandbox limits" in out


def test_doctor_tells_which_images_are_used(grader, tmp_path, monkeypatch):
    # Wide enough that no row is broken into lines.
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    said = grader("doctor")[1]
    assert "generated stand-in for CIFAR-10" in said
    assert "nothing yet; the first grading runs the reference" in said
    (tmp_path / "data_batch_1").write_bytes(b"")
    assert f"CIFAR-10 in {tmp_path}" in grader("doctor", "--data", tmp_path)[1]
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path / "nowhere"))
    assert "nowhere has no data_batch_1" in grader("doctor")[1]


def test_images_that_cannot_be_read_are_one_sentence(grader, trees, tmp_path):
    words = ("grade", trees / "solved", "--sandbox", "limits", "--training", "full", "--data", tmp_path / "nowhere")
    code, _, err = grader(*words, "-o", tmp_path / "r")
    assert code == 2
    assert "The images cannot be read" in err
    assert "nowhere has no data_batch_1" in err


def test_release_writes_a_kit(grader, tmp_path):
    code, _, _ = grader("release", tmp_path / "kit")
    assert code == 0
    assert (tmp_path / "kit" / "cs231n" / "layers.py").is_file()
    assert not list((tmp_path / "kit").rglob("*.pyc"))


def test_check_takes_functions_what_failed_last_and_prints_json_alone(grader, trees, tmp_path):
    report = tmp_path / "r"
    words = ("--function", "affine_forward", "--function", "relu_forward", "--json", "-o", report)
    code, out, _ = grader("check", trees / "solved", *words)
    assert code == 0
    assert {check.function for check in Grade.from_json(out).checks} == {"affine_forward", "relu_forward"}
    code, _, err = grader("check", trees / "solved", "--function", "affine_forwrd", "-o", report)
    assert (code, "No function is called affine_forwrd; did you mean affine_forward" in err) == (2, True)
    code, _, err = grader("check", trees / "solved", "--last-failed", "-o", report)
    assert (code, "holds no results of a full check" in err) == (2, True)
    code, _, err = grader("check", trees / "solved", "-k", "conv", "--last-failed", "-o", report)
    assert (code, "give one of them" in err) == (2, True)


def test_what_failed_in_the_last_full_check_is_checked_again(grader, trees, tmp_path):
    tree = tmp_path / "hw"
    shutil.copytree(trees / "solved", tree)
    layers = tree / "cs231n" / "layers.py"
    right = layers.read_text()
    layers.write_text(right + "\n\ndef max_pool_forward_naive(x, pool_param):\n    return x, x\n")
    assert grader("check", tree, "-o", tmp_path / "r")[0] == 1
    layers.write_text(right)
    code, out, _ = grader("check", tree, "--last-failed", "--json", "-o", tmp_path / "r")
    assert code == 0
    assert "max_pool_forward_naive" in {check.function for check in Grade.from_json(out).checks}
    assert "conv_forward_naive" not in {check.function for check in Grade.from_json(out).checks}
    # A selection leaves the results of the full check as they are.
    assert not Grade.from_json((tmp_path / "r" / "grade.json").read_text()).full_marks
