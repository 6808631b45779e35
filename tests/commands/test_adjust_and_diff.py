"""`grader adjust` and `grader diff` as users type them: what people change is kept, what regrades change is shown."""

import json
from dataclasses import replace

import pytest
from grades import incomplete, mixed, perfect

from grader.model.people import About, Student
from grader.model.results import SubmissionInfo, Ungraded
from grader.store.database import Store


def named(grade, name, digest="sha256:0"):
    return replace(grade, submission=SubmissionInfo(name, digest))


@pytest.fixture
def graded(tmp_path):
    """A class graded twice: with other checks, Ada handed in again, Eve withdrew, Oto is new."""
    with Store(tmp_path) as store:
        store.begin_run(json.dumps({"checks": "1", "seed": 7}), "2026-11-20T10:00:00+00:00")
        for name, grade in (("ada", mixed()), ("eve", perfect()), ("inc", incomplete())):
            store.save("1", named(grade, name))
        store.save("1", Ungraded("zoe", "no layers.py in it"))
        store.tell({"ada": About((Student("Ada Lovelace", email="ada@x.edu"),))})
        store.end_run()
        store.begin_run(json.dumps({"checks": "2", "seed": 7}), "2026-11-21T10:00:00+00:00")
        store.forget({"eve"})
        store.save("2", named(perfect(), "ada", "sha256:1"))
        store.save("2", named(mixed(), "oto"))
        store.end_run()
    return tmp_path


def test_adjustment_is_said_listed_shown_and_taken_back(grader, graded):
    words = (
        "--points",
        2.5,
        "--reason",
        "regrade request",
        "--comment",
        "Well\nargued <b>",
        "--author",
        "kim",
        "--yes",
    )
    code, out, _ = grader("adjust", graded, "Ada Lovelace", *words, "--yes")
    assert (code, out.startswith("Adjustment 1 of ada: ")) == (0, True)
    page = (graded / "submissions" / "ada" / "report.html").read_text()
    assert "+2.5 points by the course staff: Well argued &lt;b&gt;" in page
    assert "adjusted by +2.5" in (graded / "index.html").read_text()
    _, listed, _ = grader("adjust", graded)
    assert "1  ada +2.5  regrade request; “Well argued <b>”  (kim, " in listed
    assert grader("adjust", graded, "--remove", 1)[0] == 0
    assert "by the course staff" not in (graded / "submissions" / "ada" / "report.html").read_text()
    assert "Nothing was adjusted." in grader("adjust", graded, "ada@x.edu")[1]


def test_check_s_points_end_at_its_maximum(grader, graded):
    check = next(each for each in mixed().checks if each.points < each.max_points)
    gap = check.max_points - check.points
    grader("adjust", graded, "oto", "--check", check.id, "--points", gap + 50, "--reason", "ours")
    assert f"adjusted by {gap:+g}" in (graded / "index.html").read_text()


def test_adjustment_that_moves_nothing_says_so(grader, graded):
    full = next(each for each in mixed().checks if each.points == each.max_points > 0)
    words = ("adjust", graded, "oto", "--check", full.id, "--reason", "again")
    assert grader(*words, "--points", 5)[1].endswith("This changes no points at present.\n")
    assert grader(*words, "--points", -6)[1].endswith("points; the checks gave 14.5.\n")


def test_adjustments_of_who_is_gone_are_listed(grader, graded):
    with Store(graded) as store:
        store.begin_run("{}", "")
        store.save("1", named(perfect(), "eve"))
        grader("adjust", graded, "eve", "--points", 1, "--reason", "late mail", "--yes")
        store.forget({"eve"})
    assert "eve +1  late mail" in grader("adjust", graded, "eve")[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nobody", "--points", 1, "--reason", "x"), "No submission or student is called 'nobody'."),
        (("ad", "--points", 1, "--reason", "x"), "did you mean ada?"),
        (("ada", "--points", 1), "Points need a reason"),
        (("ada", "--points", "nan", "--reason", "x"), "is not a number of points"),
        (("ada", "--check", "none", "--comment", "x"), "ada has no check 'none'"),
        (("--comment", "x"), "Whose points?"),
        (("--remove", 9), "There is no adjustment 9"),
        (("ada", "--points", 1, "--reason", " \t"), "Points need a reason"),
        (("ada", "--reason", "x"), "That changes nothing"),
        (("ada", "--check", "x"), "That changes nothing"),
        (("--remove", 1, "--points", 2, "--reason", "x"), "--remove takes only a number"),
        (("ada", "--comment", ""), "--comment is empty"),
        (("ada", "--points", 500, "--reason", "x"), "points; nothing was changed. Add --yes"),
        (("eve", "--points", 1, "--reason", "x"), "No submission or student is called 'eve'."),
    ],
)
def test_wrong_adjustment_is_one_sentence(grader, graded, words, sentence):
    code, _, err = grader("adjust", graded, *words)
    assert code == 2
    assert sentence in err


def test_diff_names_who_changed_by_which_checks_and_why(grader, graded):
    code, out, _ = grader("diff", graded)
    assert code == 1
    assert "The checks were changed." in out
    assert "seed" not in out
    ada = next(line for line in out.splitlines() if line.startswith("ada: "))
    assert ada.endswith(", handed in again")
    assert "(+" in ada
    assert "eve: 100 → absent" in out or "→ absent" in out
    assert any(line.startswith("oto: absent → ") for line in out.splitlines())
    assert not any(line.startswith(("zoe", "inc")) for line in out.splitlines())
    assert "failed → passed" in out
    assert grader("diff", graded, "--run", 2, 2)[1].endswith("Nothing differs.\n")
    back = grader("diff", graded, "--run", 2, 1)[1]
    assert any(line.startswith("ada: ") and "(-" in line for line in back.splitlines())
    assert "1  2026-11-20" in grader("diff", graded, "--runs")[1]
    assert "There is no run 5" in grader("diff", graded, "--run", 1, 5)[2]


def test_one_run_has_nothing_to_compare(grader, tmp_path):
    with Store(tmp_path) as store:
        store.begin_run("{}", "")
        store.save("1", named(mixed(), "ada"))
        store.end_run()
    assert "only one run" in grader("diff", tmp_path)[2]
