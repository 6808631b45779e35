"""The page of verdicts over versions: what differs is found and explained, and its table is the one that check uses."""

import json
from pathlib import Path

from submissions import versions_page
from submissions.versions_page import Words, compared, known, page

from grader.kit import server_versions

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "versions.md"
CELLS = {
    "python3.14-numpy2.5": ["3.14.8", "2.5.5"],
    "python3.14-numpy1.26": "NumPy 1.26 has no wheel for Python 3.14",
    "python3.11-numpy2.5": "NumPy 2.5 has no wheel for Python 3.11",
    "python3.11-numpy1.26": ["3.11.7", "1.26.4"],
}
FILES = {"plain": {"a.py": b"y = 1"}, "bound": {"a.py": b"import numpy as np\ny = np.msort(x)"}}


def row(name, **changed):
    check = {
        "id": "test_f[x]",
        "status": "passed",
        "points": 2.0,
        "message": "",
        "hint": "",
        "remarks": [],
        "output": "",
    }
    return {"name": name, "complete": True, "notes": [], "checks": [{**check, **changed}]}


def verdicts(**changed):
    """Returns rows of two pairs, where one submission has another verdict on the older one."""
    newest = {name: row(name) for name in FILES}
    older = {**newest, **{name: row(name, **what) for name, what in changed.items()}}
    return {"python3.14-numpy2.5": newest, "python3.11-numpy1.26": older}


def test_the_page_shows_the_table_that_check_uses_and_the_pairs_that_kits_name():
    text = PAGE.read_text(encoding="utf-8")
    assert text.endswith(known()), "the table has changed: run tox -e versions, which goes on with what it has graded"
    for python, numpy in json.loads((Path(server_versions.__file__).parent / "tried_versions.json").read_text()):
        assert f"Python {python}" in text
        assert f"| NumPy {numpy} |" in text


def test_a_difference_is_explained_by_what_check_finds_in_the_code():
    text, unexplained = page(CELLS, verdicts(bound={"status": "failed", "points": 0.0, "message": "no msort"}), FILES)
    assert unexplained == []
    assert "| NumPy 1.26.4 | 1 of 2 differ | NumPy 1.26 has no wheel for Python 3.14 |" in text
    assert "| NumPy 2.0 removed np.msort | yes | bound | 1.26 / 3.11 |" in text
    assert "| bound | 0.0 | 2.0 |" in text


def test_a_difference_that_nothing_explains_is_returned():
    text, unexplained = page(CELLS, verdicts(plain={"message": "other words"}), FILES)
    assert unexplained == ["python3.11-numpy1.26, plain: 'other words', on the newest ''"]
    assert "| plain | 2.0\\* | 2.0 |" in text


def test_other_words_are_explained_by_a_row_of_their_own(monkeypatch):
    monkeypatch.setattr(versions_page, "WORDS", (Words("Python", "3.14", "the message of f", "^other words"),))
    text, unexplained = page(CELLS, verdicts(plain={"message": "other words"}), FILES)
    assert unexplained == []
    assert "| the message of f | no, only words differ | plain |" in text


def test_what_hangs_on_the_machine_is_no_difference():
    ours, theirs = row("one", message="took 1.2 s"), row("one", message="took 1.4 s")
    assert compared({"one": ours}, {"one": theirs}) == {}
    ours = row("one", output="/tmp/grader-ab/workspace/cs231n/layers.py:3: Warning")
    theirs = row("one", output="/tmp/grader-cd/workspace/cs231n/layers.py:3: Warning")
    assert compared({"one": ours}, {"one": theirs}) == {}
    ours, theirs = row("one", remarks=["a"]), row("one", remarks=["b"])
    assert compared({"one": ours}, {"one": theirs}) == {"one": [("['a']", "['b']")]}


def test_a_check_that_one_side_lacks_is_a_difference():
    assert compared({"one": {**row("one"), "checks": []}}, {"one": row("one")})
    assert compared({"one": row("one")}, {"one": {**row("one"), "checks": []}})
