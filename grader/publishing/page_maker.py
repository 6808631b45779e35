"""Makes the pages of submissions in a separate process with limits on time, memory and system access.

What a page shows is hostile text, and the libraries that colour, convert and clean it are large. They run neither in
the process that scores nor in the one that keeps the grades: a page that cannot be made costs that page, and a sentence
stands in its place. The process is kept for the next submission until one has been too much for it.
"""

import html
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import IO

from grader.model.file_names import is_notebook
from grader.model.people import NOTHING_KNOWN, About
from grader.model.results import Attachment, Grade, Ungraded
from grader.publishing.page_limits import CLOCK_FACTOR, FULL_SECONDS, MAX_PAGE_BYTES, SHORT_SECONDS, START_SECONDS
from grader.reading.archives import shown

__all__ = ["PageMaker", "Pages"]

#: file name -> content, in the order in which they are written
Pages = Mapping[str, str | bytes]

BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from grader.publishing.page_worker import main; main()"
#: where the sentence stands that takes a page's place
SENTENCE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>{title}</title>
</head>
<body>
<h1>{title}</h1>
<p>{sentence}</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class _Made:
    """A page, or why there is none."""

    text: str = ""
    why: str = ""


class PageMaker:
    """A process that makes pages, started when it is first needed. `close`, or leaving a `with` block, ends it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "PageMaker":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def pages(self, outcome: Grade | Ungraded, about: About = NOTHING_KNOWN) -> Pages:
        """Returns grade.json and report.html of one submission, its files, and of a notebook a page that shows it.

        An ungraded submission has a text that says why. grade.json has the raw points, whatever people changed.
        """
        if not isinstance(outcome, Grade):
            return {"ungraded.txt": f"{outcome.reason}\n"}
        outcome = outcome.for_students()
        files = {file.name: file.content for file in outcome.attachments}
        notebook = next((content for name, content in files.items() if is_notebook(name)), None)
        return {
            "grade.json": outcome.to_json(),
            **files,
            **({"notebook.html": self._notebook(outcome.submission.name, notebook)} if notebook is not None else {}),
            "report.html": self._report(outcome, about),
        }

    def _notebook(self, name: str, content: bytes) -> str:
        asked = {"title": name}
        page = self._first({"op": "notebook", **asked}, {"op": "plain_notebook", **asked}, content, content)
        return page.text or _sentence(
            name, f"The page of the notebook could not be made: {page.why}. The file notebook.ipynb beside it holds it."
        )

    def _report(self, grade: Grade, about: About) -> str:
        # Only the names of the files stand in a report.
        names = [file.name for file in grade.attachments]
        asked = {"op": "report", "about": asdict(about), "files": names}
        less = replace(grade, sources=(), attachments=tuple(Attachment(name, b"") for name in names))
        page = self._first(asked, asked, grade.to_json().encode(), less.to_json().encode())
        return page.text or _sentence(
            grade.submission.name,
            f"The report could not be made: {page.why}. The grade stands; grade.json beside it has all its results.",
        )

    def _first(self, full: Mapping[str, object], short: Mapping[str, object], content: bytes, less: bytes) -> _Made:
        """Returns a page; of what is too much for a whole one, one without what takes long."""
        made = self._ask({**full, "seconds": FULL_SECONDS}, content)
        return made if made.text else self._ask({**short, "seconds": SHORT_SECONDS}, less)

    def _ask(self, message: Mapping[str, object], content: bytes) -> _Made:
        """Returns what the process makes of one message, within its limits."""
        seconds = float(str(message["seconds"]))
        process = self._started()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(START_SECONDS + CLOCK_FACTOR * seconds, end)
        clock.start()
        try:
            return self._exchange(process, {**message, "size": len(content)}, content)
        except (OSError, ValueError, KeyError, TypeError, RecursionError, UnicodeError):
            # Whatever is left of it is no use to the next.
            code = self._end(process)
            in_time = not late.is_set() and code != -_out_of_time()
            return _Made(why="it takes too much memory" if in_time else f"it takes longer than {seconds:g} s")
        finally:
            clock.cancel()

    def _exchange(self, process: "subprocess.Popen[bytes]", message: Mapping[str, object], content: bytes) -> _Made:
        assert process.stdin is not None, "it was started with a pipe"
        assert process.stdout is not None, "it was started with a pipe"
        process.stdin.write(json.dumps(message).encode() + b"\n" + content)
        process.stdin.flush()
        reply = json.loads(process.stdout.readline(10_000))
        page = "" if reply["why"] else _read(process.stdout, int(reply["size"]))
        if reply["last"]:
            self._end(process)
        return _Made(page, shown(str(reply["why"]), 200))

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", BOOT, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._process

    def _end(self, process: "subprocess.Popen[bytes]") -> int:
        """Ends the process, unless it has ended by itself, and returns how it ended."""
        try:
            process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            process.kill()
        code = process.wait()
        self.close()
        return code


def _read(stream: IO[bytes], size: int) -> str:
    if not 0 < size <= MAX_PAGE_BYTES:
        raise ValueError("a page of no size or of too much")
    content = stream.read(size)
    if len(content) != size:
        raise ValueError("a page that breaks off")
    return content.decode("utf-8", "replace")


def _sentence(name: str, sentence: str) -> str:
    return SENTENCE.format(title=html.escape(shown(name)), sentence=html.escape(sentence))


def _out_of_time() -> int:
    """Returns the number of the signal that ends a process at its limit of processor time; where there is none, 0."""
    import signal

    return int(getattr(signal, "SIGXCPU", 0))
