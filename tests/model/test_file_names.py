"""What a file's ending says."""

import pytest

from grader.model.file_names import is_notebook, is_source


@pytest.mark.parametrize("name", ["work.ipynb", "cs231n/Work.IPYNB"])
def test_a_notebook_is_known_by_its_ending(name):
    assert is_notebook(name)
    assert is_source(name)


@pytest.mark.parametrize("name", ["layers.py", "cs231n/LAYERS.PY"])
def test_a_python_file_is_a_source_and_no_notebook(name):
    assert is_source(name)
    assert not is_notebook(name)


@pytest.mark.parametrize("name", ["work.ipynb.zip", "ipynb", "layers.pyc", ""])
def test_other_files_are_neither(name):
    assert not is_notebook(name)
    assert not is_source(name)
