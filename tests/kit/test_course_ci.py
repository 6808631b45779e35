"""What a course gives to its platform works step by step: Gradescope's autograder in a root as there, CI workflows."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import yaml

from grader.assignment.definition import Assignment
from grader.cli import cli
from grader.kit.student_kit import release

ROOT = Path(__file__).parents[2]
SEED = 730118205117
#: a submission whose function looks for what it must not see, and says what it has found
THIEF = """

def max_pool_forward_naive(x, pool_param):
    import os
    seen = []
    for place in ("/autograder/source/grader.toml", "/autograder/source/wheels", "/autograder/results"):
        try:
            seen.append(open(place).read() if os.path.isfile(place) else os.listdir(place))
        except OSError as exc:
            seen.append(type(exc).__name__)
    try:
        import reference
        seen.append("reference")
    except ImportError:
        seen.append("no reference")
    print("SEEN", seen)
    raise ValueError(f"SEEN {seen}")
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A folder with settings, the files of each platform, and a solved tree whose pooling is a thief."""
    root = tmp_path_factory.mktemp("course")
    settings = root / "grader.toml"
    settings.write_text(f'seed = {SEED}\ntraining = "off"\nspeed = "off"\nnotebook = "off"\n')
    for form, place in (("gradescope-autograder", "autograder.zip"), ("github-action", "gh"), ("gitlab-ci", "gl")):
        words = [
            "export",
            "--to",
            form,
            "-o",
            str(root / place),
            "--config",
            str(settings),
            "--url",
            str(root / "gl/from"),
        ]
        assert cli.main(words, standalone_mode=False) == 0
    release(Assignment.load(), root / "solved", solution=True)
    shutil.copytree(root / "solved", root / "thief")
    with (root / "thief" / "cs231n" / "layers.py").open("a") as file:
        file.write(THIEF)
    return root


def environment(folder, **more):
    """Where pip finds what is installed here already, and no index."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GRADER", "PIP_", "CI"))
    }
    return {**clean, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "HOME": str(folder), **more}


def installed_beside(venv):
    """Makes an environment that sees the packages of this one, pip too, behind its own."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (site,) = venv.glob("lib/python3*/site-packages")
    (site / "beside.pth").write_text(f"{sysconfig.get_path('purelib')}\n")


def in_container(folder, *words):
    """Runs a command where /autograder and /opt are folders of ours, as in a fresh container."""
    places = [f"/{name}" for name in os.listdir("/") if name not in ("proc", "dev", "tmp", "autograder", "opt", "run")]
    binds = [word for place in places for word in ("--ro-bind", place, place)]
    own = ["--bind", folder / "autograder", "/autograder", "--bind", folder / "opt", "/opt", "--tmpfs", "/tmp"]
    # The tests' own Python, wherever it is.
    own += [word for place in {sys.prefix, sys.base_prefix, str(ROOT)} for word in ("--ro-bind", place, place)]
    command = ["bwrap", "--die-with-parent", *binds, "--proc", "/proc", "--dev", "/dev", *own, *words]
    return subprocess.run(
        list(map(str, command)), env=environment("/tmp"), capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("bwrap"), reason="lays out a root of its own")
def test_autograder_in_an_empty_container(course, tmp_path):
    autograder = tmp_path / "autograder"
    for name in ("source", "results"):
        (autograder / name).mkdir(parents=True)
    (tmp_path / "opt").mkdir()
    with zipfile.ZipFile(course / "autograder.zip") as archive:
        assert {"setup.sh", "run_autograder"} <= set(archive.namelist())
        archive.extractall(autograder / "source")
    shutil.copytree(course / "thief", autograder / "submission")
    (autograder / "submission_metadata.json").write_text(json.dumps({"id": 1, "users": [{"name": "Ada"}]}))
    shutil.copy(autograder / "source" / "run_autograder", autograder / "run_autograder")
    for name in ("source/setup.sh", "run_autograder"):
        (autograder / name).chmod(0o755)
    installed_beside(tmp_path / "opt" / "grader")
    done = in_container(tmp_path, "/autograder/source/setup.sh")
    assert done.returncode == 0, done.stderr
    assert "installed: hidden checks can run" in " ".join(done.stdout.split())
    assert (autograder / "source").stat().st_mode & 0o077 == 0
    done = in_container(tmp_path, "/autograder/run_autograder")
    assert done.returncode == 0, done.stderr
    results = json.loads((autograder / "results" / "results.json").read_text())
    tests = {test["name"]: test for test in results["tests"]}
    assert sum(test.get("score", 0) for test in tests.values()) > 50
    assert any(test.get("visibility") == "after_published" for test in tests.values())
    told = json.dumps(results)
    seen = re.findall(r"SEEN \[(.*?)\]", told)
    assert seen
    errors = r"'(PermissionError|FileNotFoundError|NotADirectoryError)'"
    assert all(re.fullmatch(rf"{errors}, {errors}, {errors}, 'no reference'", what) for what in seen), seen[0]
    assert str(SEED) not in told
    assert str(SEED) not in done.stdout + done.stderr


def steps_of(workflow):
    (job,) = workflow["jobs"].values()
    return job["steps"]


def run_steps(steps, folder, outputs, **more):
    """Runs the steps of a workflow that are commands, as a runner does, in order; returns the last one's outcome."""
    done = None
    for step in steps:
        if "run" not in step:
            assert "@" in step["uses"]
            continue
        own = {name: more["secrets"][value.split(".")[1].strip(" }")] for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder,
            env={**environment(folder), **outputs, **own},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == step.get("expected", 0), (step["run"], done.stdout, done.stderr)
    return done


@pytest.mark.slow
def test_github_grades_in_the_course_s_repository_and_students_check_without_a_secret(course, tmp_path):
    installed_beside(tmp_path / "venv")
    runner = {
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "PATH": f"{tmp_path / 'venv' / 'bin'}:{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "CI": "true",
        "GITHUB_ACTIONS": "true",
    }
    (tmp_path / "temp").mkdir()
    work = tmp_path / "work"
    shutil.copytree(course / "gh" / "course", work / "course")
    shutil.copytree(course / "solved", work / "submission")
    text = (work / "course" / ".github" / "workflows" / "grade.yml").read_text()
    workflow = yaml.safe_load(text)
    # yaml reads the key `on` as true.
    assert set(workflow[True]) == {"workflow_dispatch"}
    assert workflow["permissions"] == {"contents": "read"}
    run_steps(steps_of(workflow), work, runner, secrets={"GRADER_SEED": str(SEED)})
    assert "100 of 100" in (tmp_path / "summary.md").read_text()
    assert not (tmp_path / "temp" / "course" / "with-seed.toml").exists()
    bundle = (work / "course" / "course.zip").read_bytes()
    assert hashlib.sha256(bundle).hexdigest() in text
    assert str(SEED).encode() not in bundle
    # What a student's repository gets names no secret.
    check = (course / "gh" / "students" / ".github" / "workflows" / "check.yml").read_text()
    assert "secrets" not in check
    (wheel,) = (course / "gh" / "download").glob("*.whl")
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in check
    assert f'curl --fail --silent --show-error --location --output "$RUNNER_TEMP/{wheel.name}"' in check


@pytest.mark.slow
def test_github_stops_where_the_bundle_is_another_one(course, tmp_path):
    work = tmp_path / "work"
    shutil.copytree(course / "gh" / "course", work / "course")
    with (work / "course" / "course.zip").open("ab") as file:
        file.write(b"more")
    workflow = yaml.safe_load((work / "course" / ".github" / "workflows" / "grade.yml").read_text())
    install = next(step for step in steps_of(workflow) if step.get("name", "").startswith("Install"))
    script = install["run"][: install["run"].index("python -m zipfile")]
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=work, env=environment(work), check=False)
    assert done.returncode != 0


@pytest.mark.slow
def test_gitlab_grades_with_the_course_s_file(course, tmp_path):
    installed_beside(tmp_path / "venv")
    remote = course / "gl" / "from"
    shutil.copytree(course / "gl" / "course", remote)
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=remote, check=True)
    shutil.copytree(course / "solved", tmp_path / "project")
    (tmp_path / "seed").write_text(str(SEED))
    job = yaml.safe_load((remote / "grade.yml").read_text())["grade"]
    script = "\n".join([*job["before_script"], *job["script"]])
    own = {
        "PATH": f"{tmp_path / 'venv' / 'bin'}:{os.environ['PATH']}",
        "GRADER_SEED": str(tmp_path / "seed"),
        "CI": "true",
    }
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=tmp_path / "project",
        env={**environment(tmp_path), **own},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    for name in job["artifacts"]["reports"].values():
        assert (tmp_path / "project" / name).is_file()
    # A merge request from a fork is not graded.
    assert all("merge_request" not in rule["if"] for rule in job["rules"])
    assert str(SEED) not in done.stdout + done.stderr


def test_what_grades_takes_no_folder_of_grades_and_grades_need_one(tmp_path, capsys):
    for words, sentence in (
        (["export", str(tmp_path), "--to", "gitlab-ci"], "writes what grades, not grades"),
        (["export", "--to", "csv"], "needs the folder of a graded class"),
        (["export", "--to", "gradescope-autograder", "-o", str(tmp_path)], "is a folder; name the zip"),
    ):
        with pytest.raises(Exception, match=sentence):
            cli.main(words, standalone_mode=False)
