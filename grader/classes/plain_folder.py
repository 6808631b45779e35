"""Tells whether a folder that is graded as one student's holds the work of several."""

from collections.abc import Collection, Mapping

from grader.classes.attempts import is_own_name
from grader.reading.layouts import count_written, stands_for

__all__ = ["several_in"]


def several_in(files: Mapping[str, bytes], answers: Collection[str], name: str = "") -> list[str]:
    """Returns the folders that each hold written answer files of other content; nothing where that is one at most.

    Folders that a student may call so, as "old" and "starter", are none of somebody else's.

    Args:
        files: path in the submission -> content.
        answers: places of the answer files.
        name: of the submission.
    """
    tops = {answer.partition("/")[0] for answer in answers if "/" in answer}
    found = {path: content for path, content in files.items() if any(stands_for(path, place) for place in answers)}
    while found:
        groups: dict[str, dict[str, bytes]] = {}
        for path, content in found.items():
            top, _, rest = path.partition("/")
            if not rest or top in tops:
                return []  # it is a submission itself
            groups.setdefault(top, {})[rest] = content
        if len(groups) == 1:
            (found,) = groups.values()
            continue
        foreign = {top: inside for top, inside in groups.items() if not is_own_name(top, name)}
        written = [top for top, inside in foreign.items() if count_written(inside, inside)]
        contents = {tuple(sorted(foreign[top].values())) for top in written}
        return written if len(contents) > 1 else []
    return []
