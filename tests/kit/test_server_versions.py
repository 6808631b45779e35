"""A student hears where the server has other versions, and which lines depend on it: whichever side breaks."""

import json

import numpy as np
import pytest

from grader.kit.server_versions import FILE_NAME, Versions, differences, read_versions
from grader.reading.numpy_uses import removed_uses
from grader.worker.old_numpy import KEYWORDS, MODULES, NAMES

OLD, NEW = Versions("0.1.0", "3.11.7", "1.26.4", "a"), Versions("0.1.0", "3.11.9", "2.4.6", "a")
TEXT = b"import numpy as np\n\ndef f(x):\n    return np.msort(x)\n"


@pytest.mark.parametrize(
    ("server", "here", "side"),
    [(NEW, OLD, "it works here and not on the server"), (OLD, NEW, "it works on the server and not here")],
)
def test_a_line_that_one_side_does_not_understand_is_named(server, here, side):
    first, line = differences(server, here, {"cs231n/layers.py": TEXT})
    assert first == f"The course's server has NumPy {server.numpy[:-2]} (here {here.numpy[:-2]})."
    assert line == f"cs231n/layers.py:4: NumPy 2.0 removed np.msort; {side}."


def test_other_versions_that_matter_to_nothing_are_said_in_one_sentence():
    (said,) = differences(NEW, OLD, {"a.py": b"import numpy as np\nx = np.sort([1])\n", "b.py": b"def f(:"})
    assert said.endswith("Nothing in your code is known to depend on it.")


def test_patches_and_equal_versions_are_no_difference():
    assert differences(NEW, Versions("0.1.0", "3.11.2", "2.4.1", "a"), {"a.py": TEXT}) == ()


def test_another_python_grader_or_other_inputs_are_said():
    (said,) = differences(Versions("0.2.0", "3.13.1", "2.4.6", "b"), NEW, {})
    assert (
        "Python 3.13 (here 3.11), grader 0.2.0 (here 0.1.0) and other inputs of the checks: get the newest kit" in said
    )


@pytest.mark.parametrize("content", ["", "[]", "{", '{"numpy": "1"}', '{"a": 1}', "1"])
def test_a_broken_file_names_no_server(tmp_path, content):
    assert read_versions(tmp_path) is None
    (tmp_path / FILE_NAME).write_text(content)
    assert read_versions(tmp_path) is None


def test_what_is_written_is_read(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(Versions.here("sha256:x").to_json())
    assert read_versions(tmp_path) == Versions.here("sha256:x")
    assert json.loads((tmp_path / FILE_NAME).read_text())["numpy"] == np.__version__


def test_every_row_of_the_table_is_found():
    for name, (version, _) in NAMES.items():
        (use,) = removed_uses(f"import numpy as np\ny = np.{name}\n")
        assert (use.what, use.line, use.removed_in) == (f"np.{name}", 2, version)
        assert not use.works_in(version)
    for (function, keyword), (version, _) in KEYWORDS.items():
        (use,) = removed_uses(f"np.{function}(x, {keyword}=3)")
        assert (use.what, use.removed_in) == (f"np.{function}({keyword}=…)", version)
    for module, version in MODULES.items():
        (use,) = removed_uses(f"import {module}")
        assert (use.what, use.removed_in) == (f"the module {module}", version)


def test_what_came_back_works_on_both_sides_of_its_absence():
    (use,) = removed_uses("np.bool(x)")
    assert [use.works_in(version) for version in ("1.23.5", "1.24.0", "1.26.4", "2.0.0", "2.5.1")] == [
        True,
        False,
        False,
        True,
        True,
    ]
