"""No name and no link of one student changes what is graded of another, and nobody vanishes behind either."""

import os

import pytest
from attack import ASSIGNMENT
from names import FORGED, NAMES, RIGHT

from grader.classes.discovery import discover
from grader.model.errors import UnusableSubmission
from grader.model.people import Submitted

ANSWERS = tuple(ASSIGNMENT.modules.values())


def lay_out(folder, *contents):
    for path, content in ((path, content) for each in contents for path, content in each.items()):
        place = folder / path.removesuffix(" ->")
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(" ->"):
            place.symlink_to(content.replace("@HERE@", str(folder)))
        else:
            place.write_text(content)


def read(task):
    try:
        return dict(task.read().files)
    except UnusableSubmission as exc:
        return str(exc)


def found(folder):
    """Returns what each submission of a class holds, what else is known of it but times, and the sentences."""
    discovered = discover(folder, ANSWERS)
    known = {name: (about.students, about.notes) for name, about in discovered.abouts.items()}
    return {task.name: (read(task), known[task.name]) for task in discovered.tasks}, discovered


@pytest.mark.parametrize("attack", NAMES, ids=lambda attack: attack.name)
def test_name_of_one_student_changes_nothing_for_another(attack, tmp_path):
    lay_out(tmp_path / "without", attack.others, attack.victim)
    lay_out(tmp_path / "with", attack.others, attack.victim, attack.attacker)
    without, _ = found(tmp_path / "without")
    within, discovered = found(tmp_path / "with")
    assert without[attack.claims][0]
    assert {name: within.get(name) for name in without} == without
    (attacker,) = within.keys() - without.keys()
    assert attack.attacker_is in attacker
    content = within[attacker][0]
    assert isinstance(content, str) or {*content.values()} <= {FORGED.encode(), b""}
    assert any(attack.said in sentence for sentence in discovered.said)


def test_pipe_in_a_clone_s_log_is_not_waited_for(tmp_path):
    lay_out(tmp_path, {f"a2-{who}/layers.py": RIGHT for who in ("ada", "bo")}, {"a2-ada/.git/logs/x": ""})
    os.mkfifo(tmp_path / "a2-ada" / ".git" / "logs" / "HEAD")
    discovered = discover(tmp_path, ANSWERS)
    assert len(discovered.tasks) == 2
    assert all(about.submitted != Submitted() for about in discovered.abouts.values())


def test_pipes_and_sockets_in_a_class_are_told_and_stop_nobody(tmp_path):
    lay_out(tmp_path, {"ada/layers.py": RIGHT, "bo/layers.py": RIGHT})
    os.mkfifo(tmp_path / "mallory")
    contents, _ = found(tmp_path)
    assert contents["mallory"][0].startswith("mallory is neither a file nor a folder")
    assert contents["ada"][0] == {"layers.py": RIGHT.encode()}
