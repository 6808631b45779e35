"""Each submission has a folder of its own for its pages, whatever it is called and whatever the disk makes of names."""

import pytest

from grader.publishing.submission_files import folder_name


def test_plain_names_are_folders_as_they_are():
    assert [folder_name(name) for name in ("ada", "hw2-ada.l_1", "2026")] == ["ada", "hw2-ada.l_1", "2026"]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("Carlos Díaz", "Carlos_Díaz-"),
        ("Finn Mu\u0308ller", "Finn_Müller-"),
        ("張偉", "張偉-"),
        ("हिन्दी", "हिन्दी-"),
        ("../e\u202evil\x00/\ud800", "e_vil-"),
    ],
)
def test_letters_of_every_script_stay_and_nothing_else_does(name, start):
    folder = folder_name(name)
    assert folder.startswith(start)
    assert len(folder) == len(start) + 8


def test_no_two_names_share_a_folder_on_any_disk():
    names = [
        "ada",
        "Ada",
        "ADA",
        "B\u00f6",
        "b\u00f6",
        "bo\u0308",
        "\u5f35\u5049" * 50,
        "con",
        "Con",
        "nul.txt",
        "a" * 90,
        "a" * 91,
        "",
        ".",
        "..",
        "a.",
        "a",
    ]
    # Whoever knows how folders are called can ask for that of somebody else.
    names += [folder_name(name) for name in names if folder_name(name) != name]
    names += [folder_name(name).lower() for name in names]
    names = list(dict.fromkeys(names))
    folders = [folder_name(name) for name in names]
    assert len({folder.casefold() for folder in folders}) == len(names)
    assert max(len(folder.encode()) for folder in folders) < 255
    assert not {"con", "nul.txt", "", ".", ".."} & {folder.casefold() for folder in folders}
