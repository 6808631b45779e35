"""Finds the submission that somebody means by its name, or by a student's name, login, e-mail or id."""

from collections.abc import Mapping
from difflib import get_close_matches

from grader.model.errors import UnusableInput
from grader.model.people import About
from grader.reading.archives import shown

__all__ = ["submission_called"]


def submission_called(wanted: str, abouts: Mapping[str, About]) -> str:
    """Returns the name of the one submission that is meant.

    Args:
        wanted: the name of a submission, or whatever is known of one of its students.
        abouts: name of each submission -> what is known of it.

    Raises:
        UnusableInput: nobody is called that, or several are; the sentence names those who may be meant.
    """
    if wanted in abouts:
        return wanted
    folded = wanted.casefold().strip()
    called = {name: _called(name, about) for name, about in abouts.items()}
    found = sorted(name for name, words in called.items() if folded in words)
    if len(found) == 1:
        return found[0]
    if found:
        raise UnusableInput(f"{shown(wanted)!r} could be {_list(found)}; give one of these names.")
    near = sorted(name for name, words in called.items() if folded and any(folded in word for word in words))
    if not near:
        by_word = {word: name for name, words in called.items() for word in words}
        near = list(dict.fromkeys(by_word[word] for word in get_close_matches(folded, by_word, 5)))
    hint = f"; did you mean {_list(near)}?" if near else "."
    raise UnusableInput(f"No submission or student is called {shown(wanted)!r}{hint}")


def _called(name: str, about: About) -> set[str]:
    known = (
        text
        for student in about.students
        for text in (student.name, student.login, student.email, student.sis_id, student.lms_id)
    )
    return {text.casefold() for text in (name, *known) if text}


def _list(names: list[str]) -> str:
    return ", ".join(shown(name, 60) for name in names[:5])
