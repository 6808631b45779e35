"""What was saved is there after a restart, one outcome per name, and a folder of something else is refused."""

import pytest
from test_results import make_grade

from grader.errors import UnusableInput
from grader.results import Ungraded
from grader.store import Store


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


def test_first_value_of_a_setting_is_kept(tmp_path):
    with Store(tmp_path) as store:
        assert store.setting("seed", "1") == "1"
        assert store.setting("seed", "2") == "1"


def test_folder_without_a_store_is_refused(tmp_path):
    with pytest.raises(UnusableInput, match="no folder that `grader batch` has written"):
        Store.open_existing(tmp_path)


def test_file_that_is_no_store_is_refused(tmp_path):
    (tmp_path / "grades.sqlite").write_text("no database at all, only text\n" * 50)
    with pytest.raises(UnusableInput, match="cannot be used"):
        Store(tmp_path)
