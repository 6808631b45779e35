"""Every platform's bulk download becomes one task a student, the last attempt counting, and nothing is dropped."""

import os
import re
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from grader.classes import discovery
from grader.classes.discovery import discover
from grader.model.errors import UnusableInput, UnusableSubmission
from grader.model.people import Student
from grader.sandbox.removal import remove_folder

ANSWERS = ("cs231n/layers.py", "cs231n/classifiers/cnn.py")
LOGINS = ("ada_king", "bo_king", "cy")


def write(folder, *places, content="x = 1\n"):
    for place in places:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("cs231n/layers.py", f"# {path.name}\n")
        else:
            path.write_text(content)


def old_zip(path, raw_names, extra=b""):
    """Writes a zip whose names do not say their encoding, each with a submission in it; `extra` is the first one's."""
    with zipfile.ZipFile(path.with_suffix(".inner"), "w") as archive:
        archive.writestr("cs231n/layers.py", "x = 1\n")
    with zipfile.ZipFile(path, "w") as archive:
        for place, raw in enumerate(raw_names):
            info = zipfile.ZipInfo("QXZ"[place] * len(raw))
            info.extra = extra if place == 0 else b""
            archive.writestr(info, path.with_suffix(".inner").read_bytes())
    path.with_suffix(".inner").unlink()
    content = path.read_bytes()
    for place, raw in enumerate(raw_names):
        content = content.replace(b"QXZ"[place : place + 1] * len(raw), raw)
    path.write_bytes(content)


def found(folder):
    return discover(folder, ANSWERS)


def names(discovered):
    return [task.name for task in discovered.tasks]


def test_folders_archives_and_loose_notebooks_are_one_student_each(tmp_path):
    write(tmp_path, "ada/cs231n/layers.py", "grace.zip", "alan.ipynb", "edsger.tar.gz", "notes.txt", "roster.csv")
    write(tmp_path, ".hidden/layers.py", "grader.toml")
    discovered = found(tmp_path)
    assert names(discovered) == ["ada", "alan", "edsger", "grace"]
    assert discovered.said[1] == "Found 4 submissions."
    assert "notes.txt" in discovered.said[2]
    assert [sentence for sentence in discovered.said if "roster.csv" in sentence] == [
        "roster.csv may be a class list; [roster] in grader.toml has it used."
    ]
    discovered = discover(tmp_path, ANSWERS, roster=tmp_path / "notes.txt")
    assert discovered.skipped == (".hidden", "roster.csv")


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
    write(tmp_path / "a", "team_alpha_LATE_12_20_layers.py", "team_alpha_LATE_12_21_cnn.py", "adaking_13_22_a2.zip")
    write(tmp_path / "b", "LATE_anon_Ab12C_30_layers.py", "LATE_anon_Ab12C_31_cnn.py", "anon_12345_40_a2.zip")
    late = {name: about.submitted.marked_late for name, about in found(tmp_path / "a").abouts.items()}
    assert late == {"adaking_13": False, "team_alpha_12": True}
    discovered = found(tmp_path / "b")
    assert names(discovered) == ["anon_Ab12C", "anon_12345"]
    assert sorted(discovered.tasks[0].read().files) == ["cnn.py", "layers.py"]
    late = {name: about.submitted.marked_late for name, about in discovered.abouts.items()}
    assert late == {"anon_Ab12C": True, "anon_12345": False}
    assert discovered.abouts["anon_12345"].students == (Student(platform="canvas"),)


@pytest.mark.parametrize(
    ("both", "typed", "only", "name"),
    [
        ("lovelaceada_1_20_a2.zip", "lovelaceada_1_text.html", "bob_LATE_2_text.html", "bob_2"),
        ("lovelaceada_1_20_a2.zip", "lovelaceada_1_text.html", "bob_2_link.html", "bob_2"),
        (
            "Ada L_1_assignsubmission_file_/a2.zip",
            "Ada L_1_assignsubmission_onlinetext_/onlinetext.html",
            "Bob B_2_assignsubmission_onlinetext_/onlinetext.html",
            "Bob B_2",
        ),
        (
            "A2_ada_attempt_2026-11-20-23-59-00_a2.zip",
            "A2_ada_attempt_2026-11-20-23-59-00.txt",
            "A2_bob_attempt_2026-11-20-23-59-00.txt",
            "bob",
        ),
    ],
)
def test_student_who_only_typed_something_is_not_dropped(tmp_path, both, typed, only, name):
    write(tmp_path, both, typed, only)
    discovered = found(tmp_path)
    assert len(discovered.tasks) == 2
    assert name in names(discovered)
    assert typed.partition("/")[0] in discovered.said[-1]
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


@pytest.mark.parametrize(
    "value",
    [
        "!binary |-\n      b3V0cHV0IP8=", "!ruby/object:X {a: 1}", "2026-99-99", '"a\x01b"', "!!binary x", "!!int x",
        "!!timestamp x", "!!bool maybe", "!!omap [a]", '"\\ud800"', '"\\q"', "a\x85b", "*unknown", "'open", "a: b: c",
        "@x", "{a: [}", "{? [a, b] : c}", "9999999999999999999999:59",
    ],
)  # fmt: skip
def test_what_nobody_needs_in_gradescope_s_metadata_refuses_nobody(tmp_path, value):
    write(tmp_path, "submission_1/layers.py", "late.zip")
    (tmp_path / "submission_metadata.yml").write_text(
        f"submission_1:\n  :submitters:\n  - :name: Ada King\n    :sid: '11'\n  :results:\n    output: {value}\n"
    )
    assert names(found(tmp_path)) == ["Ada King", "late"]


@pytest.mark.parametrize(("written", "sid"), [("0011", "0011"), ("1_1", "1_1"), ("0x1F", "0x1F"), ("1e5", "1e5")])
def test_gradescope_values_are_read_as_they_are_written(tmp_path, written, sid):
    write(tmp_path, "submission_1/layers.py")
    text = (
        f"submission_1:\n  :submitters:\n  - :name: !binary |-\n      Sm9zw6k=\n    :sid: {written}\n    :email: No\n"
    )
    for created, time in (
        ("2026-11-20 23:00:00.000000000 -08:00", "2026-11-20T23:00:00-08:00"),
        ("2026-11-20 23:00:00 UTC", "2026-11-20T23:00:00+00:00"),
        ("2026-11-20T23:00Z", "2026-11-20T23:00:00+00:00"),
        ("2026-11-31 23:00:00 Z", ""),
        ("!ruby/object:DateTime {a: 1}", ""),
    ):
        (tmp_path / "submission_metadata.yml").write_text(f"---\n{text}  :created_at: {created}\n")
        about = found(tmp_path).abouts["José"]
        assert about.students == (Student("José", sid, email="No", platform="gradescope"),)
        assert about.submitted.time == time or not time


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
    with pytest.raises(UnusableInput, match="is not a folder"):
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


def test_blackboard_logins_may_have_an_underscore(tmp_path):
    write(tmp_path, *(f"Assignment 2_{who}_attempt_2026-11-20-1{i}-00-00_layers.py" for i, who in enumerate(LOGINS)))
    discovered = found(tmp_path)
    assert names(discovered) == list(LOGINS)
    assert [about.students[0].login for about in discovered.abouts.values()] == list(LOGINS)


def test_blackboard_receipts_tell_logins_that_titles_do_not(tmp_path):
    for who in ("s_ada", "s_bo"):
        name = f"A_2_{who}_attempt_2026-11-20-10-00-00"
        write(tmp_path, f"{name}_layers.py")
        write(tmp_path, f"{name}.txt", content=f"Name: Somebody (s_bo) ({who})\nAssignment: A_2\n")
    assert names(found(tmp_path)) == ["s_ada", "s_bo"]


def test_blackboard_titles_that_differ_join_no_two_students(tmp_path):
    write(
        tmp_path, "A1_ada_king_attempt_2026-11-20-10-00-00_layers.py", "B2_bo_king_attempt_2026-11-20-11-00-00_cnn.py"
    )
    assert names(found(tmp_path)) == ["A1_ada_king", "B2_bo_king"]


def test_one_foreign_clone_among_clones_hides_no_login(tmp_path):
    write(
        tmp_path, *(f"{name}/.git/x" for name in ("hw-2-ada-k", "hw-2-bo", "hw-2-cy", "hw-2-dee", "hw-1-eve", "other"))
    )
    write(tmp_path, *(f"{name}/layers.py" for name in ("hw-2-ada-k", "hw-2-bo", "hw-2-cy", "hw-2-dee", "other")))
    logins = {name: [s.login for s in about.students] for name, about in found(tmp_path).abouts.items()}
    assert logins["hw-2-ada-k"] == ["2-ada-k"]  # two strangers in six are too many
    (tmp_path / "hw-1-eve" / ".git" / "x").unlink()
    (tmp_path / "hw-1-eve" / ".git").rmdir()
    logins = {name: [s.login for s in about.students] for name, about in found(tmp_path).abouts.items()}
    assert logins["hw-2-ada-k"] == ["ada-k"]
    assert logins["other"] == []


@pytest.mark.parametrize(
    ("clones", "logins"),
    [
        (["hw-2-ada", "hw-2-bo", "my-fork"], ["ada", "bo", ""]),
        (["hw-2-ada", "hw-2-bo-k", "hw-2-cy", "hw-1-dee"], ["", "ada", "bo-k", "cy"]),
        (["hw-al-a", "hw-al-b", "hw-al-c", "hw-dee"], ["al-a", "al-b", "al-c", "dee"]),
        (["hw-ada-k", "hw-ada-l", "hw-bo"], ["ada-k", "ada-l", "bo"]),
        (["conv-nets-ada", "conv-nets-bo"], ["ada", "bo"]),
        (["hw-ada"], [""]),
    ],
)
def test_what_clones_share_at_their_beginning_is_the_assignment(tmp_path, clones, logins):
    write(tmp_path, *(f"{name}/{place}" for name in clones for place in (".git/x", "layers.py")), "zed.zip")
    abouts = found(tmp_path).abouts
    assert ["".join(s.login for s in abouts[name].students) for name in sorted(clones)] == logins


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("first.last.zip", "first.last"),
        ("ada.king@x.edu.zip", "ada.king@x.edu"),
        ("ada 1.2.tar.gz", "ada 1.2"),
        ("dr. ada.ipynb", "dr. ada"),
        ("A.B.ZIP", "A.B"),
    ],
)
def test_names_are_cut_at_known_endings_only(tmp_path, entry, name):
    write(tmp_path, "bo.zip", entry, content="{}")
    assert name in names(found(tmp_path))


def test_one_letter_with_its_accent_is_one_name_however_it_is_written(tmp_path):
    write(tmp_path, "Jos\u00e9_layers.py", "Jose\u0301_cnn.py", "bo.zip")
    discovered = found(tmp_path)
    assert names(discovered) == ["José", "bo"]
    assert sorted(discovered.tasks[0].read().files) == ["cnn.py", "layers.py"]
    write(tmp_path, "An\u00e9.zip", "Ane\u0301.zip")
    discovered = found(tmp_path)
    assert len(discovered.tasks) == 4
    assert any("Names that several submissions claim" in sentence for sentence in discovered.said)


@pytest.mark.parametrize(
    ("encoding", "people"),
    [
        ("big5", ["許志明", "許功蓋", "王小明"]),
        ("gbk", ["王小明", "李娜", "张伟"]),
        ("cp932", ["山田太郎", "表十能", "タナカ"]),
        ("cp1251", ["Иванов Иван", "Петрова Анна"]),
        ("cp866", ["Иванов Иван", "Петрова Анна"]),
        ("cp949", ["김철수", "이영희"]),
        ("cp437", ["José", "Jörg Müller"]),
        ("cp1252", ["João", "Jörg Müller"]),
        ("utf-8", ["José", "王小明"]),
    ],
)
def test_names_of_a_zip_in_an_old_encoding_are_guessed_and_told(tmp_path, encoding, people):
    old_zip(tmp_path / "class.zip", [f"{who}.zip".encode(encoding) for who in people])
    discovered = discover(tmp_path / "class.zip", ANSWERS, tmp_path / "room")
    assert sorted(names(discovered)) == sorted(people)
    assert any(f"were read as {encoding}" in sentence for sentence in discovered.said)
    assert all(dict(task.read().files) for task in discovered.tasks)


def test_encoding_of_a_zip_s_names_can_be_told(tmp_path):
    old_zip(tmp_path / "class.zip", [f"{who}.zip".encode("big5") for who in ("許志明", "王小明")])
    told = discover(tmp_path / "class.zip", ANSWERS, tmp_path / "room", "cp1251")
    assert "王小明" not in names(told)
    assert names(discover(tmp_path / "class.zip", ANSWERS, tmp_path / "room", "big5")) == ["王小明", "許志明"]
    with pytest.raises(UnusableInput, match="names that are not utf-8; name another encoding"):
        discover(tmp_path / "class.zip", ANSWERS, tmp_path / "room", "utf-8")


def test_name_that_a_zip_tells_twice_is_the_one_in_utf_8(tmp_path):
    raw = "許功蓋.zip".encode("big5")
    field = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + "許功蓋.zip".encode()
    old_zip(tmp_path / "class.zip", [raw, b"bo.zip"], extra=struct.pack("<HH", 0x7075, len(field)) + field)
    discovered = discover(tmp_path / "class.zip", ANSWERS, tmp_path / "room")
    assert names(discovered) == ["bo", "許功蓋"]
    assert not any("encoding" in sentence for sentence in discovered.said)


def test_names_in_a_download_that_no_disk_takes_lose_nobody(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for name in ("王" * 90 + ".zip", "王" * 91 + ".zip", "a\x01.zip", "a\x02.zip", "bo.zip"):
            archive.writestr(name, b"x")
    assert len(discover(tmp_path / "class.zip", ANSWERS, tmp_path / "room").tasks) == 5


def test_links_in_a_download_are_told(tmp_path):
    info = zipfile.ZipInfo("mallory")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(info, "ada.zip")
        archive.writestr("ada.zip", b"x")
        archive.writestr("bo.zip", b"x")
    discovered = discover(tmp_path / "class.zip", ANSWERS, tmp_path / "room")
    assert names(discovered) == ["ada", "bo"]
    assert any("Left out of the download" in said and "mallory" in said for said in discovered.said)


def test_sections_of_a_class_are_entered_and_keep_namesakes_apart(tmp_path):
    write(
        tmp_path,
        *(f"section {s}/{who}/cs231n/layers.py" for s in "ab" for who in (f"kim{s}", "lee", f"ada{s}", f"z{s}")),
    )
    write(tmp_path, "roster.csv")
    discovered = found(tmp_path)
    assert names(discovered) == ["adaa", "kima", "lee", "za", "adab", "kimb", "lee (section b)", "zb"]
    assert "The class is in several folders: section a, section b." in discovered.said


def test_parts_of_one_download_are_one_class(tmp_path):
    write(
        tmp_path,
        "one/adaking_1_20_layers.py",
        "one/bolee_2_21_a2.zip",
        "two/adaking_1_22_cnn.py",
        "two/cyday_3_23_a2.zip",
    )
    discovered = found(tmp_path)
    assert names(discovered) == ["adaking_1", "bolee_2", "cyday_3"]
    assert sorted(discovered.tasks[0].read().files) == ["cnn.py", "layers.py"]


def test_numbered_zips_of_google_drive_are_one_download(tmp_path):
    for number, places in enumerate(
        (["Hand-ins/ada/layers.py", "Hand-ins/bo.zip"], ["Hand-ins/ada/cnn.py", "Hand-ins/cy.zip"])
    ):
        with zipfile.ZipFile(tmp_path / f"Hand-ins-20261120T100000Z-1-00{number + 1}.zip", "w") as archive:
            for place in places:
                archive.writestr(place, "x = 1\n")
    for place in (tmp_path, tmp_path / "Hand-ins-20261120T100000Z-1-001.zip"):
        discovered = discover(place, ANSWERS, tmp_path.with_name(f"{tmp_path.name}-room"))
        assert names(discovered) == ["ada", "bo", "cy"]
        assert sorted(discovered.tasks[0].read().files) == ["cnn.py", "layers.py"]
        assert "1 more zips of the same download were unpacked" in discovered.said[0]


def test_students_folders_with_several_versions_are_no_sections(tmp_path):
    write(
        tmp_path,
        *(f"{who}/{copy}/cs231n/layers.py" for who in ("ada", "bo", "cy") for copy in ("a2_starter", "assignment2")),
    )
    write(tmp_path, *(f"dee/dee_{part}.zip" for part in ("code", "inline", "rest")))
    assert names(found(tmp_path)) == ["ada", "bo", "cy", "dee"]


def test_section_among_students_is_told(tmp_path):
    write(tmp_path, "ada.zip", "bo.zip", *(f"late/{who}/layers.py" for who in ("cy", "dee", "eve")))
    discovered = found(tmp_path)
    assert names(discovered) == ["ada", "bo", "late"]
    assert any("late holds several folders or archives" in sentence for sentence in discovered.said)


def test_files_that_are_not_on_the_disk_are_told(tmp_path):
    write(tmp_path, ".ada.zip.icloud", "bo/layers.py", "bo/.cnn.py.icloud", "bo/.git/.x.icloud", ".roster.csv.icloud")
    ada, bo = found(tmp_path).tasks
    assert found(tmp_path).skipped == (".roster.csv.icloud",)
    assert (ada.name, bo.name) == ("ada", "bo")
    with pytest.raises(UnusableSubmission, match=r"ada\.zip is not on this disk"):
        ada.read()
    assert bo.read().notes == ("cnn.py is not on this disk: iCloud keeps it elsewhere; download it, then grade again.",)


def test_everything_in_the_folder_is_counted(tmp_path):
    write(tmp_path, "ada.zip", "bo.md", ".hidden/layers.py", ".DS_Store", "grader.toml", "cy/layers.py")
    discovered = found(tmp_path)
    assert discovered.n_entries == 4
    assert discovered.skipped == (".hidden", "bo.md")
    assert discovered.said[-1] == "Skipped 2 of 4 entries, not recognised as submissions: .hidden, bo.md."


def test_document_in_a_plain_folder_is_a_submission_that_cannot_be_graded(tmp_path):
    papers = ("ada report.pdf", "report_ada.docx", "syllabus.pdf", "CS 231n Assignment 2.pdf", "a2_solutions.PDF")
    write(tmp_path, "ada.zip", "bo.pdf", "cy lee.docx", "dee.pages", *papers, content="%PDF-1.7 ")
    discovered = found(tmp_path)
    assert sorted(names(discovered)) == ["ada", "bo", "cy lee", "dee"]
    assert sorted(discovered.skipped) == sorted(papers)
    with pytest.raises(UnusableSubmission, match=r"bo\.pdf is a PDF"):
        next(task for task in discovered.tasks if task.name == "bo").read()


def test_document_beside_what_a_platform_has_named_is_told(tmp_path):
    write(tmp_path, "lovelaceada_1_20_a2.zip", "hoppergrace_2_21_a2.zip", "bo.pdf")
    assert found(tmp_path).skipped == ("bo.pdf",)


SECTIONS = {
    "one-with-one": ["S1/ada/layers.py", "S1/bo/layers.py", "S2/cy/layers.py"],
    "zips": ["Section 1/ada.zip", "Section 1/bo.zip", "Section 2/cy.zip"],
    "tutors": [
        "Tutor A/Mon/ada/layers.py",
        "Tutor A/Mon/bo/layers.py",
        "Tutor A/Tue/cy/layers.py",
        "Tutor B/X/d.zip",
        "Tutor B/X/e.zip",
    ],
    "namesakes": ["lab1/ada/layers.py", "lab1/bo/layers.py", "lab2/ada/layers.py", "lab2/cy.zip"],
    "notebooks": ["G1/ada.ipynb", "G1/bo.ipynb", "G2/cy.ipynb"],
    "files": ["G1/ada_layers.py", "G1/ada_cnn.py", "G1/bo_layers.py", "G2/cy_layers.py"],
    "unlike": ["Meyer/ada/layers.py", "Meyer/bo/layers.py", "Stein/cy/layers.py", "Stein/dee/layers.py"],
    "with-nothing-to-grade": ["S1/ada/layers.py", "S1/bo/essay.pdf", "S1/cy.rar", "S1/d.zip", "S2/e.zip", "S2/f.zip"],
    "around-it-a-folder": ["all/S1/ada.zip", "all/S1/bo.zip", "all/S2/cy.zip", "README.md"],
}


@pytest.mark.parametrize("places", SECTIONS.values(), ids=SECTIONS.keys())
def test_folders_of_folders_are_found(tmp_path, places):
    write(tmp_path, *places)
    discovered = found(tmp_path)
    ends = [place.split("/")[-2:] for place in places if "/" in place]
    people = {folder if file in ("layers.py", "essay.pdf") else re.split("[._]", file)[0] for folder, file in ends}
    assert {name.partition(" (")[0] for name in names(discovered)} == people
    assert discovered.n_entries == len(discovered.skipped) + sum(max(1, len(task.parts)) for task in discovered.tasks)


ZIPPED = {
    "sections": ["S1/ada/layers.py", "S1/bo/layers.py", "S2/cy/layers.py"],
    "archives": ["hand-ins/ada.zip", "hand-ins/bo.zip", "hand-ins/cy.rar"],
    "folders": ["ada/cs231n/layers.py", "bo/cs231n/layers.py", "cy/hw.ipynb"],
}


@pytest.mark.parametrize("places", ZIPPED.values(), ids=ZIPPED.keys())
@pytest.mark.parametrize("around", ["", "in"])
def test_zip_of_a_class_that_no_platform_has_named_is_unpacked(tmp_path, places, around):
    zipped(tmp_path / around / "all.zip", places)
    (tmp_path / around / "README.md").write_text("")
    place = tmp_path / around if around else tmp_path / "all.zip"
    assert sorted(names(discover(place, ANSWERS, tmp_path / "room"))) == ["ada", "bo", "cy"]


def zipped(path, places):
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for place in places:
            archive.writestr(place, "x = 1\n")


def test_zips_of_sections_are_unpacked_and_those_of_students_are_not(tmp_path):
    zipped(tmp_path / "in" / "S1.zip", ["ada/layers.py", "bo/layers.py"])
    zipped(tmp_path / "in" / "S2.zip", ["cy/layers.py", "dee/layers.py"])
    assert names(discover(tmp_path / "in", ANSWERS, tmp_path / "room")) == ["ada", "bo", "cy", "dee"]
    for who in ("ada", "bo"):
        zipped(tmp_path / "own" / f"{who}.zip", ["assignment2/layers.py", "a2_starter/layers.py"])
    assert names(found(tmp_path / "own")) == ["ada", "bo"]
    zipped(tmp_path / "own" / "late.zip", [])
    with zipfile.ZipFile(tmp_path / "own" / "late.zip", "w") as archive:
        for number, who in enumerate(("cy", "dee")):
            archive.writestr(f"{who}/layers.py", WRITTEN.format(number))
    with pytest.raises(UnusableSubmission, match=r"late\.zip holds several submissions, .*: cy, dee"):
        found(tmp_path / "own").tasks[-1].read()


def test_what_lies_beside_sections_is_somebody_s_too(tmp_path):
    write(tmp_path, "S1/ada/layers.py", "S1/bo/layers.py", "S2/cy.zip", "README.md", ".dee.zip.icloud", "eve.pdf")
    (tmp_path / "S3").mkdir()
    discovered = found(tmp_path)
    assert sorted(names(discovered)) == ["ada", "bo", "cy", "dee", "eve"]
    assert discovered.skipped == ("README.md",)
    assert "S3 holds no submission." in discovered.said


STUB = "def f(x):\n    pass\n"
WRITTEN = "def f(x):\n    return x + {}\n"


@pytest.mark.parametrize("inside", [("cy", "dee"), ("x/cy", "x/dee"), ("cy", "dee", "old")])
def test_folder_of_several_works_is_refused_by_name(tmp_path, inside):
    write(tmp_path, "ada.zip", "bo.zip")
    for number, who in enumerate(inside):
        write(tmp_path, f"late/{who}/cs231n/layers.py", content=WRITTEN.format(number))
    task = next(task for task in found(tmp_path).tasks if task.name == "late")
    with pytest.raises(UnusableSubmission, match=r"late holds several submissions, .*: cy, dee\. If it is"):
        task.read()


@pytest.mark.parametrize(
    ("inside", "contents"),
    [
        (("assignment2", "a2_starter"), (1, 2)),
        (("cs231n", "backup"), (1, 2)),
        (("mine", "old"), (1, 2)),
        (("late_code", "other"), (1, 2)),  # called after whose it is
        (("one", "two"), (1, 1)),
        (("one", "two"), (1, None)),  # as handed out
    ],
)
def test_folder_of_one_work_and_its_copies_is_graded(tmp_path, inside, contents):
    write(tmp_path, "ada.zip", "bo.zip")
    for folder, content in zip(inside, contents, strict=True):
        write(
            tmp_path,
            f"late/{folder}/layers.py",
            content=WRITTEN.format(content) if content else "def f(x):\n    pass\n",
        )
    assert next(task for task in found(tmp_path).tasks if task.name == "late").read().files


@pytest.mark.parametrize(
    ("places", "last"),
    [
        (["1/layers.py", "2/layers.py", "10/layers.py"], "10"),
        (["Assignment 2/Version 1/layers.py", "Assignment 2/Version 2/layers.py"], "Assignment 2/Version 2"),
        (["attempt_1.zip", "attempt_2.zip"], "attempt_2.zip"),
        (["v1/layers.py", "v2/layers.py", "feedback.pdf"], "v2"),
        (["1/layers.py", "2/cnn.py"], ""),
        (["2nd try/layers.py", "1st try/layers.py"], "2nd try"),
        (["2026-11-20/layers.py", "2026-11-21/layers.py"], "2026-11-21"),
        (["HW/1_handin.zip", "HW/2_handin.zip"], "HW/2_handin.zip"),
        (["ada_1.zip", "ada_2.zip"], "ada_2.zip"),
        (["attempt_1/layers.py", "attempt_2/layers.py", "notes/plan.txt"], "attempt_2"),
        (["attempt_1/layers.py", "attempt_2/readme.txt"], "attempt_1"),
        (["1001/layers.py", "1002/layers.py"], ""),
        (["1/layers.py", "notes/layers.py"], ""),
    ],
)
def test_last_attempt_in_a_student_s_folder_counts(tmp_path, places, last):
    write(tmp_path, "bo.zip", *(f"ada/{place}" for place in places))
    assert found(tmp_path).tasks[0].path == tmp_path / "ada" / last


def test_a_thousand_folders_inside_each_other_stop_nobody(tmp_path):
    write(tmp_path, "class/ada/layers.py", "class/bo/attempt_1/layers.py", "class/bo/attempt_2/layers.py")
    folder = tmp_path / "class" / "deep" / "x"
    folder.mkdir(parents=True)
    before = os.getcwd()
    try:
        os.chdir(folder)
        for _ in range(1_500):
            os.mkdir("x")
            os.chdir("x")
        Path("layers.py").write_text("")
    finally:
        os.chdir(before)
    assert names(found(tmp_path / "class")) == ["ada", "bo", "deep"]
    remove_folder(str(tmp_path / "class"))


def test_what_cannot_be_looked_into_is_graded_for_what_its_reading_says(tmp_path, monkeypatch):
    def fail(*_):
        raise RecursionError

    write(tmp_path, "ada/layers.py", "bo/layers.py")
    monkeypatch.setattr(discovery, "last_attempt_in", fail)
    assert names(found(tmp_path)) == ["ada", "bo"]


def test_path_that_no_disk_takes_is_left_out_of_a_download_and_stops_nobody(tmp_path):
    zipped(tmp_path / "class.zip", ["ada/layers.py", "bo/layers.py", f"deep/{'d/' * 1_500}layers.py", "bo/x/" * 900])
    discovered = discover(tmp_path / "class.zip", ANSWERS, tmp_path / "room")
    assert names(discovered) == ["ada", "bo", "deep"]
    assert any("with a path that is too long or leads out of it: deep/d/d" in sentence for sentence in discovered.said)
