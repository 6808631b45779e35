"""Makes the pages of submissions in a separate process with limits on time, memory and system access.

What a page shows is hostile text, and the libraries that colour, convert and clean it are large. They run neither in
the process that scores nor in the one that keeps the grades: a page that cannot be made costs that page, and a sentence
stands in its place. The process is kept for the next submission until one has been too much for it.
"""

import html
from collections.abc import Mapping
from dataclasses import asdict, replace
from types import TracebackType

from grader.model.file_names import is_notebook
from grader.model.people import NOTHING_KNOWN, About
from grader.model.results import Attachment, Grade, Ungraded
from grader.publishing.page_limits import FULL_SECONDS, MAX_PAGE_BYTES, SHORT_SECONDS
from grader.reading.archives import shown
from grader.sandbox.helper import Helper, Overrun

__all__ = ["NOT_MADE", "PageMaker", "Pages"]

#: file name -> content, in the order in which they are written
Pages = Mapping[str, str | bytes]

#: where the sentence stands that takes a page's place
SENTENCE = """<!doctype html>
<html lang="en" data-page="not made">
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
#: how it begins, which no other page does
NOT_MADE = SENTENCE.partition("<head>")[0]


class PageMaker:
    """A process that makes pages, started when it is first needed. `close`, or leaving a `with` block, ends it."""

    def __init__(self) -> None:
        self._helper = Helper("grader.publishing.page_worker", MAX_PAGE_BYTES)

    def __enter__(self) -> "PageMaker":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        self._helper.close()

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
        try:
            return self._first({"op": "notebook", **asked}, {"op": "plain_notebook", **asked}, content, content)
        except Overrun as exc:
            beside = "The file notebook.ipynb in the same folder contains it."
            return _sentence(name, f"The page of the notebook could not be made: it {exc}. {beside}")

    def _report(self, grade: Grade, about: About) -> str:
        # Only the names of the files stand in a report.
        names = [file.name for file in grade.attachments]
        asked = {"op": "report", "about": asdict(about), "files": names}
        less = replace(grade, sources=(), attachments=tuple(Attachment(name, b"") for name in names))
        try:
            return self._first(asked, asked, grade.to_json().encode(), less.to_json().encode())
        except Overrun as exc:
            beside = "The grade stands; grade.json in the same folder has all results."
            return _sentence(grade.submission.name, f"The report could not be made: it {exc}. {beside}")

    def _first(self, full: Mapping[str, object], short: Mapping[str, object], content: bytes, less: bytes) -> str:
        """Returns a page; of what is too much for a whole one, one without what takes long."""
        try:
            return self._ask(full, content, FULL_SECONDS)
        except Overrun:
            return self._ask(short, less, SHORT_SECONDS)

    def _ask(self, message: Mapping[str, object], content: bytes, seconds: float) -> str:
        """Returns a page; raises Overrun where there is none."""
        page = self._helper.ask(message, content, seconds)
        if not page:
            raise Overrun("comes out empty")
        return page.decode("utf-8", "replace")


def _sentence(name: str, sentence: str) -> str:
    return SENTENCE.format(title=html.escape(shown(name)), sentence=html.escape(sentence))
