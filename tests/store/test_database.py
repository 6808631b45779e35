"""What was saved is there after a restart, one outcome per name, and a folder of something else is refused."""

import os
import resource
from contextlib import contextmanager
from dataclasses import replace

import pytest
from full_grade import make_grade

from grader.model.errors import UnusableInput
from grader.model.people import About, Adjustment, Lateness, Student, Submitted
from grader.model.results import Attachment, Ungraded
from grader.store.database import Store


def test_outcomes_survive_a_restart(tmp_path):
    with Store(tmp_path) as store:
        store.save("k1", make_grade())
        store.save("k2", Ungraded("bob", "No answer files.", ours=True))
    with Store.open_existing(tmp_path) as store:
        assert store.keys() == {"ada": "k1", "bob": "k2"}
        first, second = store.outcomes()
    assert first.to_json() == make_grade().to_json()
    assert second == Ungraded("bob", "No answer files.", ours=True)


def test_later_outcome_replaces_an_earlier_one(tmp_path):
    with Store(tmp_path) as store:
        store.save("k1", Ungraded("ada", "broken"))
        store.save("k2", make_grade())
        assert store.keys() == {"ada": "k2"}
        store.forget({"ada"})
        with pytest.raises(KeyError):
            store.outcome("ada")


def test_last_value_of_a_setting_counts(tmp_path):
    with Store(tmp_path) as store:
        assert store.setting("title", "none yet") == "none yet"
        store.remember("title", "Autumn")
        store.remember("title", "Spring")
        assert store.setting("title", "none yet") == "Spring"


def test_what_is_remembered_once_stays(tmp_path):
    with Store(tmp_path) as store:
        assert store.remember_once("secret", "1") == "1"
        assert store.remember_once("secret", "2") == "1"


def test_folder_without_a_store_is_refused(tmp_path):
    with pytest.raises(UnusableInput, match="was not created by `grader batch`"):
        Store.open_existing(tmp_path)


def test_file_that_is_no_store_is_refused(tmp_path):
    (tmp_path / "grades.sqlite").write_text("no database at all, only text\n" * 50)
    with pytest.raises(UnusableInput, match="cannot be used"):
        Store(tmp_path)


def test_damaged_store_is_one_sentence(tmp_path):
    with Store(tmp_path) as store:
        for number in range(50):
            store.save("k", Ungraded(f"s{number}", "x" * 2000))
    path = tmp_path / "grades.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(UnusableInput, match="cannot be used as a store of grades"):
        Store.open_existing(tmp_path)


def test_folder_that_cannot_be_written_can_be_read(tmp_path, monkeypatch):
    with Store(tmp_path) as store:
        store.save("k", Ungraded("ada", "unreadable"))
        store.adjust(BONUS)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with Store.open_existing(tmp_path) as store:
        assert store.outcome("ada") == Ungraded("ada", "unreadable")
        assert [each.reason for each in store.adjustments()] == ["a bonus"]
        with pytest.raises(UnusableInput, match="cannot be written"):
            store.save("k", Ungraded("bob", "unreadable"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    (tmp_path / "grades.sqlite-wal").write_bytes(b"what a killed run left")
    with pytest.raises(UnusableInput, match="copy the folder to a place of your own"):
        Store.open_existing(tmp_path)


def test_attachments_come_and_go_with_their_grade(tmp_path):
    grade = replace(make_grade(), attachments=(Attachment("executed.ipynb", b"{}"),))
    with Store(tmp_path) as store:
        store.save("k1", grade)
        assert store.with_attachments(store.outcome("ada")).attachments == grade.attachments
        store.save("k2", make_grade())
        assert store.with_attachments(store.outcome("ada")).attachments == ()


def test_earlier_runs_are_kept_as_they_were(tmp_path):
    first, second = make_grade(), replace(make_grade(), score=2.0)
    with Store(tmp_path) as store:
        assert store.begin_run("a", "t1") == 1
        store.save("k1", first)
        store.save("k1", Ungraded("bob", "no files"))
        store.end_run()
        assert store.begin_run("b", "t2") == 2
        store.save("k2", second)
        store.save("k2", replace(second, score=1.0))
        store.forget({"bob"})
        store.end_run()
    with Store.open_existing(tmp_path) as store:
        ada, bob = store.at(1)
        assert ada.to_json() == first.to_json()
        assert bob == Ungraded("bob", "no files")
        assert [outcome.score for outcome in store.at(2)] == [1.0]
        assert [run.finished for run in store.runs()] == [True, True]


def test_interrupted_run_goes_on_and_an_empty_one_leaves_no_trace(tmp_path):
    with Store(tmp_path) as store:
        assert store.begin_run("a", "t1") == 1
        store.save("k1", make_grade())
    with Store(tmp_path) as store:
        assert store.begin_run("a", "t2") == 1
        store.end_run()
        assert store.begin_run("a", "t3") == 2
        store.end_run()
        assert [run.started for run in store.runs()] == ["t1"]


def test_adjustments_outlive_regrades_and_withdrawals(tmp_path):
    adjustment = Adjustment("ada", "", 1.5, "Fine.", "request", "kim", "2026")
    with Store(tmp_path) as store:
        store.save("k1", make_grade())
        assert store.adjust(adjustment) == 1
        store.save("k2", make_grade())
        store.forget({"ada"})
        store.save("k3", make_grade())
        assert store.about("ada").adjustments == (replace(adjustment, number=1),)
        store.take_back(replace(adjustment, number=1))
        assert store.about("ada") == About()


def test_what_changes_counts_as_unwritten(tmp_path):
    about = About(
        (Student("Ada", platform="canvas"),), Submitted("2026", "x"), Lateness("a", "b", 1, 0, 2.0), (), ("n",)
    )
    with Store(tmp_path) as store:
        store.save("k1", make_grade())
        assert store.unpublished() == ["ada"]
        store.mark_published("ada")
        store.tell({"ada": about})
        assert store.unpublished() == ["ada"]
        assert store.about("ada") == about
        store.mark_published("ada")
        store.tell({"ada": about})
        assert store.unpublished() == []


@contextmanager
def files_of_at_most(n_bytes):
    """A disk on which no file may grow beyond a size, as a stand-in for a full one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _fill(store, saved):
    for number in range(1000):
        store.save(f"k{number}", Ungraded(f"s{number:03}", "x" * 2000))
        saved.append(f"s{number:03}")


def test_full_disk_is_one_sentence_and_what_was_saved_is_kept(tmp_path):
    saved = []
    with (
        Store(tmp_path) as store,
        files_of_at_most(200_000),
        pytest.raises(UnusableInput, match="What was graded before is kept"),
    ):
        _fill(store, saved)
    assert 5 < len(saved) < 1000
    with Store.open_existing(tmp_path) as store:
        assert sorted(store.keys()) == saved
        store.save("k", Ungraded("later", "there is room again"))


BONUS = Adjustment("ada", "", 2.0, "well done", "a bonus", "staff", "2026-11-23T00:00:00+00:00")


@pytest.mark.parametrize("damage", [b"", b"no database at all\n" * 99])
def test_adjustments_outlive_a_damaged_store(tmp_path, damage):
    with Store(tmp_path) as store:
        for reason in ("first", "second", "third"):
            store.adjust(replace(BONUS, reason=reason))
        store.take_back(next(store.adjustments()))
        before = list(store.adjustments())
        assert store.taken_over == 0
    path = tmp_path / "grades.sqlite"
    path.write_bytes(damage or path.read_bytes()[:5000])
    with pytest.raises(UnusableInput, match=r"Adjustments are kept: adjustments\.json beside it has them"):
        Store(tmp_path)
    path.rename(tmp_path / "away")
    with Store(tmp_path) as store:
        assert list(store.adjustments()) == before
        assert store.taken_over == len(before) == 2
        assert store.adjust(BONUS) == 4  # numbers are not given twice
    with Store(tmp_path) as store:
        assert store.taken_over == 0


def test_adjustments_that_were_taken_back_stay_so(tmp_path):
    with Store(tmp_path) as store:
        number = store.adjust(BONUS)
        store.take_back(replace(BONUS, number=number))
    with Store(tmp_path) as store:
        assert list(store.adjustments()) == []


# At 100 bytes the file beside the store does not fit, at 1000 it does and the store does not.
@pytest.mark.parametrize("n_bytes", [100, 1000])
def test_adjustment_on_a_full_disk_is_refused_and_earlier_ones_stay_recoverable(tmp_path, n_bytes):
    with Store(tmp_path) as store:
        store.adjust(BONUS)
        with files_of_at_most(n_bytes), pytest.raises(UnusableInput, match="cannot be written"):
            store.adjust(replace(BONUS, reason="again"))
        assert [each.reason for each in store.adjustments()] == ["a bonus"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adjustments.json", "grades.sqlite"]
    (tmp_path / "grades.sqlite").unlink()
    with Store(tmp_path) as store:
        assert "a bonus" in [each.reason for each in store.adjustments()]
        assert store.adjust(BONUS) > 1


def test_adjustments_of_an_earlier_version_are_written_twice_too(tmp_path):
    with Store(tmp_path) as store:
        store.adjust(BONUS)
    text = (tmp_path / "adjustments.json").read_text()
    (tmp_path / "adjustments.json").unlink()
    with Store(tmp_path) as store:
        assert store.taken_over == 0
    assert (tmp_path / "adjustments.json").read_text() == text


@pytest.mark.parametrize("text", ["{", "[1]", '[{"submission": "ada"}]', "{}x"])
def test_file_that_holds_no_adjustments_is_named_each_time(tmp_path, text):
    (tmp_path / "adjustments.json").write_text(text)
    for _ in range(2):
        with pytest.raises(UnusableInput, match="cannot be read as adjustments"):
            Store(tmp_path)
