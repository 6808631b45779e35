"""Turns an exception of the student's code into a sentence and a hint.

All texts are the student's to choose, so nothing here trusts them further than to be matched and shown.
"""

import re
import tomllib
from collections.abc import Collection, Sequence
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

__all__ = ["Frame", "diagnose"]

#: file in the workspace, line from 1, function ("<module>" on import), text of the line
Frame = tuple[str, int, str, str]

MAX_TEXT = 300
MAX_LINE = 120
_GIVEN_FILE = "{} is a given file: our copy is laid over yours, without what you added. Move that to your answer file."
_SYNTAX_ERRORS = ("SyntaxError", "IndentationError", "TabError")
_FROM_MODULE = re.compile(r"(?:from|module) '(?:partially initialized module )?([\w.]+)'")


def diagnose(
    error_type: str, error_message: str, frames: Sequence[Frame], given_files: Collection[str] = ()
) -> tuple[str, str]:
    """Returns what happened, in one sentence that quotes the student's line, and one hint, "" without a likely cause.

    Args:
        error_type: name of the exception's class, e.g. "TypeError".
        error_message: its text.
        frames: calls inside the workspace from the outermost to the one that raised; for a SyntaxError its place.
        given_files: workspace paths of the files that are ours, to point at the student's own line and to recognise
            what they miss in a given file.
    """
    text = _tidy(error_message)
    file, line, code = _place(frames, given_files)
    where = f"{PurePosixPath(file).name} line {line}" if file else ""
    message = _sentence(error_type, text, where, code)
    if frames and frames[0][2] == "<module>":
        message = f"{message[:-1]}, when the file is imported."
    return message, _hint(error_type, text, code, given_files)


def _place(frames: Sequence[Frame], given_files: Collection[str]) -> tuple[str, int, str]:
    own = [frame for frame in frames if frame[0] not in given_files] or list(frames)
    if not own:
        return "", 0, ""
    file, line, _, code = own[-1]
    return _one_line(file, MAX_LINE), line, _one_line(code, MAX_LINE)


def _sentence(error_type: str, text: str, where: str, code: str) -> str:
    kind = _one_line(error_type, 80) or "an exception"
    reason = f" ({text})" if text else ""
    quoted = f"{where}: `{code}`" if code else where
    if error_type in _SYNTAX_ERRORS:
        return f"{quoted or 'The file'} is not valid Python{reason}."
    if error_type == "SystemExit":
        return f"{quoted or 'The code'} ends the program (SystemExit)."
    return f"{quoted} raises {kind}{reason}." if quoted else f"The call raises {kind}{reason}."


def _hint(error_type: str, text: str, code: str, given_files: Collection[str]) -> str:
    given = _given_file_in(text, given_files)
    if given and error_type in ("ImportError", "AttributeError") and "circular" not in text:
        return _GIVEN_FILE.format(PurePosixPath(given).name)
    subject = f"{error_type}: {text}\n{code}"
    for pattern, hint in _hints():
        if match := pattern.search(subject):
            return hint.format(*match.groups())
    return ""


@cache
def _hints() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files(__package__).joinpath("hints.toml").read_text(encoding="utf-8")
    return tuple((re.compile(row["when"]), row["say"]) for row in tomllib.loads(text)["hint"])


def _given_file_in(text: str, given_files: Collection[str]) -> str:
    """Returns the given file of the module that a text mentions, or ""."""
    module = _FROM_MODULE.search(text)
    path = f"{module[1].replace('.', '/')}.py" if module else ""
    return path if path in given_files else ""


def _tidy(text: str) -> str:
    """Returns an exception's text as one short line, without paths of this machine and the place of a SyntaxError."""
    text = _one_line(text, 2000)
    text = re.sub(r" \((?:<?[\w./ -]+>?, )?line \d+\)$", "", text)
    text = re.sub(r" \((?:/[^()]*|unknown location)\)$", "", text)
    text = re.sub(r"'?/(?:[\w.-]+/)+", lambda found: "'" if found[0].startswith("'") else "", text)
    return _one_line(text.rstrip("."), MAX_TEXT)


def _one_line(text: str, length: int) -> str:
    text = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * length]).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"
