"""Every platform's bulk download becomes one task a student, the last attempt counting, and nothing is dropped."""

import os
import zipfile

import pytest

from grader.classes.discovery import discover
from grader.errors import UnusableInput, UnusableSubmission
from grader.people import Student

ANSWERS = ("cs231n/layers.py", "cs231n/classifiers/cnn.py")


def write(folder, *places, content="x = 1\n"):
    for place in places:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("cs231n/layers.py", f"# {path.name}\n")
        else:
            path.write_text(content)


def found(folder):
    return discover(folder, ANSWERS)


def names(discovered):
    return [task.name for task in discovered.tasks]


def test_folders_archives_and_loose_notebooks_are_one_student_each(tmp_path):
    write(tmp_path, "ada/cs231n/layers.py", "grace.zip", "alan.ipynb", "edsger.tar.gz", "notes.txt", "roster.csv")
    write(tmp_path, ".hidden/layers.py", "grader.toml")
    discovered = found(tmp_path)
    assert names(discovered) == ["ada", "alan", "edsger", "grace"]
    assert discovered.said[0] == "Found 4 submissions."
    assert "notes.txt" in discovered.said[1]
    assert "roster.csv" in discovered.said[1]


def test_canvas_names_say_who_and_whether_late(tmp_path):
    write(tmp_path, "lovelaceada_12345_67890_a2.zip", "hoppergrace_LATE_222_333_a2-1.zip")
    discovered = found(tmp_path)
    assert names(discovered) == ["hoppergrace_222", "lovelaceada_12345"]
    (ada,) = discovered.abouts["lovelaceada_12345"].students
    assert ada == Student(lms_id="12345", platform="canvas", squashed="lovelaceada")
    assert not discovered.abouts["lovelaceada_12345"].submitted.marked_late
    assert discovered.abouts["hoppergrace_222"].submitted.marked_late
    assert discovered.abouts["hoppergrace_222"].submitted.weak


def test_canvas_names_with_underscores_and_without_names(tmp_path):
    write(tmp_path, "team_alpha_LATE_12_20_layers.py", "team_alpha_LATE_12_21_cnn.py", "LATE_anon_Ab12C_30_layers.py")
    write(tmp_path, "LATE_anon_Ab12C_31_cnn.py", "anon_12345_40_a2.zip")
    discovered = found(tmp_path)
    assert names(discovered) == ["anon_Ab12C", "anon_12345", "team_alpha_12"]
    assert sorted(discovered.tasks[0].read().files) == ["cnn.py", "layers.py"]
    late = {name: about.submitted.marked_late for name, about in discovered.abouts.items()}
    assert late == {"anon_Ab12C": True, "anon_12345": False, "team_alpha_12": True}
    assert discovered.abouts["anon_12345"].students == (Student(platform="canvas"),)


@pytest.mark.parametrize(
    ("only", "name"),
    [
        ("bob_LATE_2_text.html", "bob_2"),
        ("bob_2_link.html", "bob_2"),
        ("Bob B_2_assignsubmission_onlinetext_/onlinetext.html", "Bob B_2"),
        ("A2_bob_attempt_2026-11-20-23-59-00.txt", "bob"),
    ],
)
def test_student_who_only_typed_something_is_not_dropped(tmp_path, only, name):
    write(tmp_path, "lovelaceada_1_20_a2.zip", "lovelaceada_1_text.html", only)
    discovered = found(tmp_path)
    assert sorted(names(discovered)) == sorted([name, "lovelaceada_1"])
    assert "lovelaceada_1_text.html" in discovered.said[-1]
    assert only.partition("/")[0] not in discovered.said[-1]


@pytest.mark.parametrize("places", [("layers.py",), ("layers.py", "cnn.py", "readme.txt"), ("cnn.py", "a2.ipynb")])
def test_answer_files_side_by_side_are_one_submission(tmp_path, places):
    write(tmp_path, *places)
    with pytest.raises(UnusableInput, match="is one submission, not a class"):
        found(tmp_path)


def test_canvas_resubmission_takes_the_place_of_the_earlier_file(tmp_path):
    write(tmp_path, "lovelaceada_1_20_a2.zip", "lovelaceada_1_21_a2-2.zip", "lovelaceada_1_19_a2-1.zip")
    (task,) = found(tmp_path).tasks
    assert task.path.name == "lovelaceada_1_21_a2-2.zip"
    assert "earlier" in found(tmp_path).abouts["lovelaceada_1"].notes[0]


def test_loose_files_of_a_canvas_student_belong_together(tmp_path):
    write(tmp_path, "lovelaceada_1_20_layers.py", content="old\n")
    write(tmp_path, "lovelaceada_1_22_layers-1.py", "lovelaceada_1_21_cnn.py", content="new\n")
    write(tmp_path, "lovelaceada_1_23_answers.pdf", content="%PDF-1.7 ")
    (task,) = found(tmp_path).tasks
    tree = task.read()
    assert dict(tree.files) == {"layers.py": b"new\n", "cnn.py": b"new\n"}
    assert "a PDF" in tree.notes[0]


def test_canvas_student_with_nothing_readable_is_a_task_that_says_so(tmp_path):
    write(tmp_path, "lovelaceada_1_20_answers.pdf", content="%PDF-1.7 ")
    (task,) = found(tmp_path).tasks
    with pytest.raises(UnusableSubmission, match="is a PDF"):
        task.read()


def test_moodle_folders_and_files_say_who(tmp_path):
    write(tmp_path, "Ada Lovelace_101_assignsubmission_file_/a2.zip", "Grace Hopper_102_assignsubmission_file_a2.zip")
    write(tmp_path, "Ada Lovelace_101_assignsubmission_onlinetext_/onlinetext.html")
    discovered = found(tmp_path)
    assert names(discovered) == ["Ada Lovelace_101", "Grace Hopper_102"]
    assert discovered.abouts["Grace Hopper_102"].students[0].name == "Grace Hopper"
    assert list(discovered.tasks[0].read().files) == ["a2.zip/cs231n/layers.py"]


def test_gradescope_export_says_who_and_when(tmp_path):
    write(tmp_path, "assignment_9_export/submission_11/layers.py", "assignment_9_export/submission_12/layers.py")
    (tmp_path / "assignment_9_export" / "submission_metadata.yml").write_text(
        "submission_11:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: 'a1'\n    :email: ada@x.edu\n"
        "  - :name: Grace Hopper\n    :sid: 'g2'\n    :email: g@x.edu\n"
        "  :created_at: 2026-11-20 06:59:59.123456789 Z\n  :score: 3.0\n"
        "  :history:\n  - :id: 7\n    :created_at: 2026-11-19 00:00:00 Z\n"
        "submission_13:\n  :submitters:\n  - :name: Alan Turing\n    :sid: 't3'\n"
    )
    discovered = found(tmp_path)
    assert names(discovered) == ["Ada Lovelace, Grace Hopper", "submission_12"]
    about = discovered.abouts["Ada Lovelace, Grace Hopper"]
    assert [student.email for student in about.students] == ["ada@x.edu", "g@x.edu"]
    assert about.submitted.time == "2026-11-20T06:59:59+00:00"
    assert not about.submitted.weak
    assert about.notes == ("The last of 2 attempts.",)
    assert any("submission_13" in sentence for sentence in discovered.said)


def test_gradescope_namesakes_keep_their_names_when_one_hands_in_again(tmp_path):
    def told(*rows):
        export = tmp_path / f"export_{rows[0][0]}"
        write(export, *(f"submission_{number}/layers.py" for number, _ in rows))
        text = "submission_{}:\n  :submitters:\n  - :name: Kim Lee\n    :sid: '{}'\n"
        (export / "submission_metadata.yml").write_text("".join(text.format(*row) for row in rows))
        return {task.name: task.path.name for task in found(export).tasks}

    assert told((11, "k1"), (12, "k2")) == {"Kim Lee (k1)": "submission_11", "Kim Lee (k2)": "submission_12"}
    assert told((12, "k2"), (13, "k1")) == {"Kim Lee (k1)": "submission_13", "Kim Lee (k2)": "submission_12"}
    assert told((14, "k1")) == {"Kim Lee": "submission_14"}


def test_gradescope_metadata_that_would_build_objects_is_refused(tmp_path):
    write(tmp_path, "submission_11/layers.py")
    (tmp_path / "submission_metadata.yml").write_text("!!python/object/apply:os.system ['touch /tmp/owned']\n")
    with pytest.raises(UnusableInput, match="cannot be read as Gradescope"):
        found(tmp_path)


def test_blackboard_attempts_count_whole_and_the_last(tmp_path):
    write(tmp_path, "A2_ada1_attempt_2026-11-19-10-00-00_layers.py", "A2_ada1_attempt_2026-11-20-10-00-00_cnn.py")
    write(tmp_path, "A2_ada1_attempt_2026-11-20-10-00-00.txt", "A2_ada1_attempt_2026-11-20-10-00-00_layers.py")
    discovered = found(tmp_path)
    assert names(discovered) == ["ada1"]
    assert {name for name, _ in discovered.tasks[0].parts} == {"cnn.py", "layers.py"}
    assert all("11-20" in path.name for _, path in discovered.tasks[0].parts)
    assert discovered.abouts["ada1"].submitted.time == "2026-11-20T10:00:00"


def test_brightspace_folders_say_who_and_when(tmp_path):
    write(
        tmp_path,
        "55-77 - Ada Lovelace - Nov 20, 2026 1159 PM/a2.zip",
        "55-77 - Ada Lovelace - Nov 9, 2026 900 AM/b.zip",
    )
    discovered = found(tmp_path)
    assert names(discovered) == ["Ada Lovelace_55"]
    assert "Nov 20" in discovered.tasks[0].path.name
    assert discovered.abouts["Ada Lovelace_55"].submitted.time == "2026-11-20T23:59:00"


def test_clones_of_github_classroom_say_the_login(tmp_path):
    write(
        tmp_path, "a2-ada/cs231n/layers.py", "a2-grace-h/cs231n/layers.py", "a2-ada/.git/x", "a2-grace-h/.git/logs/HEAD"
    )
    line = "0" * 40 + " " + "1" * 40 + " G <g@x.edu> 1795000000 +0100\t"
    (tmp_path / "a2-grace-h/.git/logs/HEAD").write_text(f"{line}clone: from x\n{line}commit: done\n")
    discovered = found(tmp_path)
    assert [about.students[0].login for about in discovered.abouts.values()] == ["ada", "grace-h"]
    assert discovered.abouts["a2-grace-h"].submitted.time == "2026-11-18T11:06:40+00:00"
    assert discovered.abouts["a2-grace-h"].submitted.source == "the last commit"
    assert all(about.submitted.weak for about in discovered.abouts.values())


def test_last_of_several_attempts_counts(tmp_path):
    write(
        tmp_path, "ada_attempt1.zip", "ada_attempt10.zip", "ada_attempt2.zip", "bob.zip", "bob (1).zip", "team_v1.zip"
    )
    write(tmp_path, "eve/attempt_1/layers.py", "eve/attempt_2/layers.py")
    discovered = found(tmp_path)
    assert {task.name: task.path.name for task in discovered.tasks} == {
        "ada": "ada_attempt10.zip", "bob": "bob (1).zip", "eve": "attempt_2", "team_v1": "team_v1.zip",
    }  # fmt: skip
    assert discovered.said[1] == "Of several attempts the last one counts: ada, bob, eve."


def test_answer_files_with_a_name_before_them_belong_together(tmp_path):
    write(tmp_path, "ada_layers.py", "ada_cnn.py", "grace-layers.py")
    discovered = found(tmp_path)
    assert names(discovered) == ["ada", "grace"]
    assert sorted(discovered.tasks[0].read().files) == ["cnn.py", "layers.py"]


def test_download_that_is_still_a_zip_is_unpacked_once(tmp_path):
    write(tmp_path, "class/lovelaceada_1_20_a2.zip", "class/hoppergrace_2_21_a2.zip")
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        for path in (tmp_path / "class").iterdir():
            archive.write(path, path.name)
        archive.writestr("../outside.py", "")
    first = discover(tmp_path / "submissions.zip", ANSWERS, tmp_path / "room")
    assert names(first) == ["hoppergrace_2", "lovelaceada_1"]
    assert first.tasks == discover(tmp_path / "submissions.zip", ANSWERS, tmp_path / "room").tasks
    assert not (tmp_path / "outside.py").exists()
    (tmp_path / "inside").mkdir()
    os.rename(tmp_path / "submissions.zip", tmp_path / "inside" / "submissions.zip")
    assert names(discover(tmp_path / "inside", ANSWERS, tmp_path / "room")) == names(first)


def test_half_unpacked_download_of_a_killed_run_is_no_class_and_goes(tmp_path):
    write(tmp_path, "class/ada_layers.py", "room/.unpacked-0-0/bob_layers.py", "room/.unpacked-1-1.77/eve_layers.py")
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        archive.write(tmp_path / "class" / "ada_layers.py", "ada_layers.py")
    assert names(discover(tmp_path / "submissions.zip", ANSWERS, tmp_path / "room")) == ["ada"]
    assert [path.name.partition("-")[0] for path in (tmp_path / "room").iterdir() if path.is_dir()] == ["unpacked"]


def test_single_folder_around_a_class_is_entered_and_around_a_submission_is_not(tmp_path):
    write(tmp_path / "a", "submissions/ada/cs231n/layers.py", "submissions/grace.zip")
    assert names(found(tmp_path / "a")) == ["ada", "grace"]
    write(tmp_path / "b", "ada/cs231n/layers.py", "ada/notebooks/x.ipynb")
    assert names(found(tmp_path / "b")) == ["ada"]


def test_names_that_differ_in_their_ending_only_stay_apart(tmp_path):
    write(tmp_path, "ada.zip", "ada.tar.gz", "ada/layers.py")
    assert sorted(names(found(tmp_path))) == ["ada", "ada.tar.gz", "ada.zip"]


def test_what_is_no_class_is_one_sentence(tmp_path):
    with pytest.raises(UnusableInput, match="is no folder"):
        found(tmp_path / "nowhere")
    with pytest.raises(UnusableInput, match="holds no folder"):
        found(tmp_path)
    write(tmp_path, "cs231n/layers.py")
    with pytest.raises(UnusableInput, match="is one submission, not a class"):
        found(tmp_path)
    write(tmp_path, "broken.zip/x")
    (tmp_path / "download.zip").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(UnusableInput, match="cannot be unpacked"):
        found(tmp_path / "download.zip")
