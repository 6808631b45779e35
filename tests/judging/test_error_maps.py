"""Where an array is wrong is said in a sentence and shown in steps; of hidden inputs the places only."""

import numpy as np
import pytest

from grader.judging.comparing import compare
from grader.judging.error_maps import WrongEntries, error_map, place_words

AXES = ("image", "channel", "row", "column")


def wrong_at(*places, shape=(2, 3, 4, 5)):
    wrong = np.zeros(shape, bool)
    for place in places:
        wrong[place] = True
    return wrong


BORDER = [np.s_[:, :, [0, -1], :], np.s_[:, :, :, [0, -1]]]
WORDS = {
    "Wrong in column 3, in every image, channel and row.": [np.s_[..., 3]],
    "Wrong in every column but column 0, in every image, channel and row.": [np.s_[..., 1:]],
    "Wrong in image 1 and row 2, in every channel and column.": [np.s_[1, :, 2, :]],
    "Wrong in every channel but channel 1, in every image, row and column.": [np.s_[:, ::2]],
    "Wrong in columns 0, 2 and 4, in every image, channel and row.": [np.s_[..., ::2]],
    "Wrong in rows 1 to 3 and columns 0 to 2, in every image and channel.": [np.s_[:, :, 1:, :3]],
    "Wrong in image 0, channel 1, row 2 and column 3.": [np.s_[0, 1, 2, 3]],
    "Wrong at the border, the first and the last row and column, in every image and channel.": BORDER,
    "Wrong in the first row and column, in every channel.": [np.s_[0, :, 0, :], np.s_[0, :, :, 0]],
    "Wrong in the last row and column, in every image and channel.": [np.s_[:, :, -1, :], np.s_[..., -1]],
    "Wrong entries lie in 2 of 2 images, 2 of 3 channels, 2 of 4 rows and 2 of 5 columns.": [
        np.s_[0, 0, 0, 0],
        np.s_[1, 1, 1, 1],
    ],
}


@pytest.mark.parametrize("words", WORDS)
def test_places_are_said(words):
    assert place_words(wrong_at(*WORDS[words]), AXES) == words


def test_inside_and_border_differ():
    wrong = ~wrong_at(*BORDER)
    # A block of rows and columns, which is all that lies inside.
    assert place_words(wrong, AXES) == "Wrong in rows 1 and 2 and columns 1 to 3, in every image and channel."


def test_axes_without_names():
    assert place_words(wrong_at(np.s_[1], shape=(3,)), ("entry",)) == "Wrong in entry 1."
    entries = WrongEntries("y", np.ones((2, 2, 2)), wrong_at(np.s_[0, :, 1], shape=(2, 2, 2)), hidden=False)
    found = error_map(entries)
    assert found.words == "Wrong in index 0 of axis 0 and column 1, in every row."
    assert [panel.title for panel in found.panels] == ["index 0 of axis 0", "index 1 of axis 0"]


def judged(actual, right, **options):
    return error_map(compare(actual, right, name="out", call="f", limit=1e-6, **options).places, AXES)


def test_steps_are_shares_of_the_largest_error():
    right = np.ones((1, 1, 2, 3))
    actual = right + np.array([[0, 0.01, 0.2], [1.0, 0, np.inf]])
    assert compare(actual, right, name="out", call="f", limit=1e-6).places is None, "infinity has a sentence of its own"
    actual[..., -1, -1] = 0.5
    assert judged(actual, right).panels[0].rows == ("012", "302")
    assert judged(actual, right, hidden=True).panels[0].rows == ("033", "303")


def test_nothing_is_drawn_where_everything_is_wrong():
    assert judged(np.zeros((1, 1, 2, 2)), np.ones((1, 1, 2, 2))) is None
    assert judged(2.0, 1.0) is None
    assert compare(np.zeros(3), np.ones(4), name="out", call="f", limit=1e-6).places is None


def test_large_arrays_are_cut_to_planes_with_wrong_entries():
    right = np.ones((50, 3, 40, 40))
    actual = right.copy()
    actual[30, 1, 30, 35] = 2
    found = judged(actual, right)
    assert found.words == "Wrong in image 30, channel 1, row 30 and column 35."
    assert [panel.title for panel in found.panels if "3" in "".join(panel.rows)] == ["image 30, channel 1"]
    assert sum(len(row) for panel in found.panels for row in panel.rows) <= 400
