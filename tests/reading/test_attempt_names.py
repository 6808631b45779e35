"""The last attempt in a submission counts, whatever attempts are called; what is no attempt stays."""

import io
import zipfile

import pytest
from handins import ASSIGNMENT, LAYERS, make_folder

from grader.reading.attempt_names import order_of_attempts
from grader.reading.submission import Submission

CONV = "def conv_forward_naive(x):\n    return x + {}, x\n"


@pytest.mark.parametrize(
    "stems",
    [
        ["1", "2", "10"],
        ["01", "02"],
        ["#1", "#2"],
        ["attempt_1", "attempt_2", "attempt_10"],
        ["Attempt #1", "Attempt #2"],
        ["Version 1", "Version 2"],
        ["v1.2", "v1.10"],
        ["try1", "try2"],
        ["rev-1", "rev-2"],
        ["Submission 1", "Submission 2"],
        ["1st attempt", "2nd attempt", "3rd attempt"],
        ["2. Versuch", "11. Versuch"],
        ["(1)", "(2)"],
        ["2026-9-30", "2026-10-01"],
        ["2026-11-20T10-00-00", "2026-11-20T12-00-00"],
        ["20261120T100000", "20261121T090000"],
        ["20261120100000", "20261121090000"],
        ["1_handin", "2_handin", "10_handin"],
        ["ada_1", "ada_2"],
        ["ada_attempt1", "ada_attempt2"],
        ["hw2_v1", "hw2_v2"],
        ["hw (1)", "hw (2)"],
    ],
)
def test_names_of_attempts_have_an_order(stems):
    order = order_of_attempts(stems[::-1], "ada")
    assert sorted(order, key=order.get) == stems


@pytest.mark.parametrize(
    "stems",
    [
        ["20231105", "20231106"],  # students' numbers
        ["1001", "1002"],
        ["ada", "bo"],
        ["1_layers", "2_cnn"],
        ["1", "notes"],
        ["a2_v1", "a3_v2"],
        ["cs231n", "notebooks"],
        ["adam1", "adam2"],
        ["part1", "part2"],
    ],
)
def test_other_names_have_none(stems):
    assert order_of_attempts(stems, "ada") is None


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        ({"Version 1/layers.py": 1, "Version 2/layers.py": 2}, "Version 2/layers.py"),
        ({"ada/1/cs231n/layers.py": 1, "ada/2/cs231n/layers.py": 2}, "ada/2/cs231n/layers.py"),
        ({"A1/Version 1/layers.py": 1, "A1/Version 2/layers.py": 2}, "A1/Version 2/layers.py"),
        ({"attempt_1/layers.py": 1, "attempt_2/layers.py": None}, "attempt_2/layers.py"),
        ({"attempt_1/layers.py": 1, "attempt_2/readme.txt": 2}, "attempt_1/layers.py"),
        ({"1/layers.py": 1, "2/other.py": 2}, "1/layers.py"),  # parts of one work
        ({"v1/layers.py": 1, "layers.py": 2}, "layers.py"),
        ({"1_handin.zip": {"layers.py": 1}, "2_handin.zip": {"layers.py": 2}}, "2_handin.zip/layers.py"),
    ],
)
@pytest.mark.parametrize("is_zip", [False, True])
def test_last_attempt_in_a_submission_counts(tmp_path, files, taken, is_zip):
    texts = {
        name: zipped({inner: CONV.format(n) for inner, n in number.items()})
        if isinstance(number, dict)
        else CONV.format(number)
        for name, number in files.items()
    }
    path = make_folder(tmp_path / "ada", texts)
    if is_zip:
        path = tmp_path / "ada.zip"
        path.write_bytes(zipped(texts))
    submission = Submission.from_path(path, ASSIGNMENT)
    assert submission.origin[LAYERS] == taken


def test_which_attempt_counts_is_said(tmp_path):
    folder = make_folder(tmp_path / "ada", {f"{n}/layers.py": CONV.format(n) for n in (1, 2, 3)})
    assert "Of the attempts in it 3 counts; earlier: 1, 2." in Submission.from_path(folder, ASSIGNMENT).notes
