"""Reads several files that one student handed in side by side as one submission."""

from collections.abc import Collection, Sequence
from pathlib import Path

from grader.model.errors import UnusableSubmission
from grader.model.file_names import is_source
from grader.reading.archives import Tree, read_tree, shown

__all__ = ["read_parts"]


def read_parts(
    parts: Sequence[tuple[str, Path]], within: Path | None = None, answers: Collection[str] = ()
) -> Tree:  # fmt: skip
    """Returns what several files hold together; one that cannot be read is a note, as long as another one can be.

    Args:
        parts: what the student called each file, and where it is.
        within: the class's folder; no link below it is followed.
        answers: places of the answer files.

    Raises:
        UnusableSubmission: none of them can be read.
    """
    trees: list[tuple[str, Tree]] = []
    problems: list[UnusableSubmission] = []
    for name, path in parts:
        try:
            trees.append((name, read_tree(path, within=within, answers=answers)))
        except UnusableSubmission as exc:
            problems.append(exc)
    if not trees:
        raise problems[0]
    files: dict[str, bytes] = {}
    for name, tree in trees:
        files |= {_place(name, place): content for place, content in tree.files.items()}
    return Tree(
        files,
        (*(note for _, tree in trees for note in tree.notes), *(shown(str(problem), 300) for problem in problems)),
        tuple(_place(name, place) for name, tree in trees for place in tree.oversized),
        tuple(other for _, tree in trees for other in tree.others)[:3],
        sum(tree.n_others for _, tree in trees),
    )


def _place(name: str, place: str) -> str:
    """Returns the path in the whole: a loose file under the student's name for it, an archive's files below that."""
    plain = name.replace("\\", "/").rpartition("/")[2]
    return plain if is_source(plain) else f"{plain or 'archive'}/{place}"
