"""Counts what was in the folder of a class, and what became of it: nobody is dropped in silence."""

from collections.abc import Sequence

from grader.model.people import FolderFindings
from grader.model.phrases import join_words
from reports.text import plural

__all__ = ["count_words", "standing_words"]

_KINDS = (("final", "graded"), ("not-final", "not final"), ("ungraded", "not graded"))


def standing_words(standings: Sequence[str]) -> str:
    """Returns "8 graded, 1 not final and 2 not graded"; empty without submissions."""
    return join_words([f"{standings.count(kind):,} {word}" for kind, word in _KINDS if kind in standings])


def count_words(found: FolderFindings, standings: Sequence[str]) -> str:
    """Returns what became of the entries of the folder, and who of the roster is not among them.

    Args:
        found: what was in the folder.
        standings: of each submission, see reports.entries.standing.
    """
    graded = f" ({standing_words(standings)})" if standings else ""
    parts = [f"{plural(len(standings), 'submission')}{graded}"]
    # A submission may be several files side by side, or several attempts.
    more = found.n_entries - found.n_skipped - len(standings)
    parts += [f"{plural(more, 'further file or attempt', 'further files or attempts')} of theirs"] if more > 0 else []
    parts += [f"{found.n_skipped:,} skipped"] if found.n_entries else []
    words = f"{plural(found.n_entries, 'entry', 'entries')} in the folder: {join_words(parts)}."
    sentence = words if found.n_entries else f"{join_words(parts)}."
    missing = found.without_submission
    return f"{sentence} {plural(len(missing), 'student')} on the roster without a submission." if missing else sentence
