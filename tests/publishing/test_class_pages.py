"""The pages of a class are written from its store: read once, nothing stale left behind, names hidden on request."""

import itertools
import weakref
from dataclasses import replace

import pytest
from classes import entries_of, renamed
from click.testing import CliRunner
from grades import mixed

from grader.assignment.definition import BUILT_IN, Assignment
from grader.commands.report import report
from grader.model.results import Grade, SubmissionInfo, Ungraded
from grader.publishing import class_pages
from grader.publishing.class_pages import publish_anonymous, publish_class, remember_assignment
from grader.store.database import Store
from reports.overview.resemblance import Resemblance


@pytest.fixture
def store(tmp_path):
    """Returns a store of forty graded students, one of them not graded; 7 and 39 share their code."""
    with Store(tmp_path) as store:
        store.begin_run("a test", "2026-11-22T10:00:00+00:00")
        for number, entry in enumerate(entries_of(40)):
            grade = entry.grade
            if number == 39 and isinstance(grade, Grade):
                copied = store.outcome("copied-from")
                assert isinstance(copied, Grade)
                grade = replace(grade, sources=tuple(map(renamed, copied.sources)))
            if number == 7 and isinstance(grade, Grade):
                grade = replace(grade, submission=SubmissionInfo("copied-from", "sha256:7"))
            store.save("key", grade)
        store.save("key", Ungraded("barbara", "no layers.py in it"))
        yield store


def files_of(folder):
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in (".html", ".csv")}
    return sorted(found)


PAGES = ["checks.html", "grades.csv", "index.html", "matrix.html", "misconceptions.html"]


def test_class_gets_its_pages_and_its_table(store, tmp_path):
    publish_class(tmp_path, store)
    assert files_of(tmp_path) == [*PAGES, "similar/001.html", "similarity.html"]
    assert "copied-from" in (tmp_path / "similar" / "001.html").read_text()
    assert (tmp_path / "grades.csv").read_text().count("\n") == 42
    assert 'href="submissions/copied-from/report.html"' in (tmp_path / "index.html").read_text()


def test_pages_that_no_longer_hold_are_removed(store, tmp_path):
    publish_class(tmp_path, store)
    publish_class(tmp_path, store, similarity=False)
    assert files_of(tmp_path) == PAGES
    assert "similarity.html" not in (tmp_path / "index.html").read_text()


def test_similarity_that_takes_too_long_is_left_out_and_said(store, tmp_path, monkeypatch):
    monkeypatch.setattr(class_pages, "CLASS_SECONDS", 0.5)
    monkeypatch.setattr(Resemblance, "pairs", lambda self: all(number >= 0 for number in itertools.count()))
    assert publish_class(tmp_path, store) == (
        "Similar submissions are not shown: to look for them takes more than 0.5 s."
    )
    assert files_of(tmp_path) == PAGES


def test_what_the_template_gives_is_no_copy(store, tmp_path):
    assignment = Assignment.load(BUILT_IN)
    remember_assignment(store, assignment)
    publish_class(tmp_path, store)
    assert assignment.title in (tmp_path / "index.html").read_text()
    assert "conv_forward_naive" in store.setting("template", "")
    # Their own code is still theirs.
    assert (tmp_path / "similar" / "001.html").exists()


def test_a_class_follows_a_change_of_its_assignments_title(store, tmp_path):
    assignment = Assignment.load(BUILT_IN)
    for title in ("Autumn", "Spring"):
        remember_assignment(store, replace(assignment, title=title))
    publish_class(tmp_path, store)
    assert "Spring" in (tmp_path / "index.html").read_text()


def test_only_one_grade_at_a_time_is_in_memory(tmp_path, monkeypatch):
    alive, most = set(), 0
    real = Store.outcome

    def watched(self, name):
        nonlocal most
        outcome = real(self, name)
        held = type("Held", (Grade,), {"__slots__": ("__weakref__",)})(
            **{name: getattr(outcome, name) for name in Grade.__dataclass_fields__}
        )
        alive.add(number := id(held))
        weakref.finalize(held, alive.discard, number)
        most = max(most, len(alive))
        return held

    with Store(tmp_path) as store:
        store.begin_run("a test", "2026-11-22T10:00:00+00:00")
        for number in range(12):
            store.save("key", replace(mixed(), submission=SubmissionInfo(f"s-{number}", "sha256:0")))
        monkeypatch.setattr(Store, "outcome", watched)
        publish_class(tmp_path, store)
    assert 1 <= most <= 3


def test_anonymous_pages_stay_the_same_and_name_nobody(store, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    publish_anonymous(first, store)
    publish_anonymous(second, store)
    assert files_of(first) == [name for name in PAGES if name != "grades.csv"]
    for name in files_of(first):
        text = (first / name).read_text()
        assert text == (second / name).read_text()
        assert "copied-from" not in text
        assert "barbara" not in text


def test_report_writes_anonymous_pages_into_a_folder_of_their_own(store, tmp_path):
    store.__exit__(None, None, None)
    out = tmp_path / "shown"
    alone = CliRunner().invoke(report, [str(tmp_path), "--anonymous"])
    assert alone.exit_code == 2
    assert "go together" in alone.output
    CliRunner().invoke(report, [str(tmp_path), "--anonymous", "-o", str(out)], standalone_mode=False)
    assert (out / "index.html").exists()
    assert not (tmp_path / "index.html").exists()
