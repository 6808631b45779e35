"""Compares the verdicts of all pairs of versions with those of the newest, and writes docs/versions.md.

A difference is explained by a row of what `grader check` knows, found in the submission's own code, or by a row of
`WORDS`: what versions only say in other words. One that neither explains makes the command fail.
"""

import re
from dataclasses import dataclass
from functools import cache

from grader.reading.version_changes import all_changes
from grader.reading.version_uses import version_uses
from submissions.version_bound import PIECES

#: what a machine's own speed changes
_SECONDS = re.compile(r"\d+(\.\d+)? s\b")
#: and where the sandbox put the files
_PLACE = re.compile(r"(?<!\S)\S*/grader-[^/\s]+/workspace/")


@dataclass(frozen=True)
class Words:
    """What a version says in other words, while the verdict is the same."""

    package: str
    version: str
    #: what changed, for the page
    what: str
    #: what is in one side's words
    pattern: str

    @property
    def source(self):
        if self.package == "Python":
            return f"https://docs.python.org/3/whatsnew/{self.version}.html"
        return f"https://numpy.org/doc/stable/release/{self.version}.0-notes.html"


WORDS = (
    Words("NumPy", "2.0", "numbers of NumPy show their type when a list of them is printed", r"np\.float64\("),
    Words("NumPy", "2.4", "another message where a method is used that 2.0 removed", "removed from the ndarray class"),
    Words("NumPy", "2.5", "a space in the message on a generator in np.sum", r"np\.sum\(generator\) is deprecated"),
    Words("Python", "3.12", "a backslash that is no escape warns for all to see", r"\[\]\n.*invalid escape sequence"),
    Words("Python", "3.14", "that warning has other words", "invalid escape sequence"),
    Words("Python", "3.14", "return under finally warns", "in a 'finally' block"),
    Words("Python", "3.14", "the message on values to unpack says how many there are", "too many values to unpack"),
    Words("Python", "3.13", "the message on a keyword that is not there names one that is near", "unexpected keyword"),
)


def compared(rows, newest):
    """Returns, for each submission whose verdict differs, the pairs of values that do, as texts."""
    found = {}
    for name, there in newest.items():
        here = rows[name]
        pairs = [(here[key], there[key]) for key in ("complete", "notes") if here[key] != there[key]]
        by_id = {check["id"]: check for check in here["checks"]}
        for check in there["checks"]:
            own = by_id.pop(check["id"], None)
            if own is None:
                pairs.append(("no such check", check["id"]))
                continue
            for key, value in check.items():
                if own[key] != value and _plain(own[key]) != _plain(value):
                    pairs.append((own[key], value))
        pairs += [(other, "no such check") for other in by_id]
        if pairs:
            found[name] = [(str(one), str(other)) for one, other in dict.fromkeys((str(a), str(b)) for a, b in pairs)]
    return found


def _plain(value):
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return _SECONDS.sub("… s", _PLACE.sub("", value)) if isinstance(value, str) else value


def points(row):
    return sum(check["points"] for check in row["checks"])


@cache
def _uses(text):
    return version_uses(text.decode("utf-8", "replace"))


def announced(files, here, newest):
    """Returns the changes that `grader check` names where the newest versions are the server's."""
    sides = {"Python": (newest[0], here[0]), "NumPy": (newest[1], here[1])}
    found = []
    for text in files.values():
        for use in _uses(text):
            theirs, own = sides[use.change.package]
            if use.change.holds_in(theirs) != use.change.holds_in(own):
                found.append(use.change)
    return found


def explained(pairs, changes):
    """Returns the rows that explain what differs; nothing where one of the pairs has no row."""
    if changes:
        return list(changes)
    rows = [next((row for row in WORDS if re.search(row.pattern, "\n".join(pair))), None) for pair in pairs]
    return [] if None in rows else list(dict.fromkeys(rows))


HEAD = """# Verdicts over versions of NumPy and Python

`tox -e versions` writes this page. It grades all {count} test submissions on every pair of versions below, each in an environment of
its own, with the visible checks as `grader check` runs them (without training and speed), and compares status, points and words of
every check with those of the newest pair. Figures of seconds are left out, and so are two submissions that never end: which check
reaches a limit of time first hangs on the machine. {bound} of the submissions hang on a version on purpose
(`tests/submissions/version_bound.py`); the others are wrong and right versions of the solution.

"""
KNOWN = """## What `check` knows

`grader check` names the lines on which the course's server and the student's machine differ. It looks for the following, which is told
by the syntax tree alone: a name is found where it is NumPy's (`np.` or `numpy.`), an array of one entry where the text proves that it
has axes, a number where it is written out or made by `int`, `float` or `len`. Newer syntax is found by reading the file as an older Python
would. Promotion of numbers is [NEP 50](https://numpy.org/neps/nep-0050-scalar-promotion.html)'s. What stands under `try`, or under an `if` that asks for a
version, is left out. `--compat` grants the rows with a star ([what is granted](compat.md)). Division of whole numbers changed with
Python 3 and is the same in every Python here; files of Python 2 are `--compat`'s.

"""


def page(cells, rows, files):
    """Returns the text of the page, and the differences that no row explains.

    Args:
        cells: the versions of each pair by name, the newest first, or a sentence on why there is none.
        rows: the verdicts of each pair that was graded.
        files: of each submission.
    """
    newest, *others = [name for name in cells if name in rows]
    found = {name: compared(rows[name], rows[newest]) for name in others}
    reasons, unexplained, silent = {}, [], {}
    for name in others:
        for one, pairs in found[name].items():
            changes = announced(files[one], cells[name], cells[newest])
            why = explained(pairs, changes)
            unexplained += [] if why else [f"{name}, {one}: {pairs[0][0]!r}, on the newest {pairs[0][1]!r}"]
            for row in why:
                reasons.setdefault(row, {}).setdefault(one, []).append(name)
        for one in files:
            if one not in found[name]:
                for change in announced(files[one], cells[name], cells[newest]):
                    silent.setdefault(change, set()).add(one)
    count = len(rows[newest])
    text = HEAD.format(count=count, bound=sum(one in PIECES for one in rows[newest]))
    text += _grid(cells, found, count) + _reasons(reasons, silent, cells) + _verdicts(cells, rows, found, newest)
    return text + known(), unexplained


def _grid(cells, found, count):
    pythons = sorted({name.split("-")[0] for name in cells}, key=_numbers)
    numpys = sorted({name.split("-")[1] for name in cells}, key=_numbers)
    exact = {name: versions for name, versions in cells.items() if not isinstance(versions, str)}
    lines = [f"| | {' | '.join('Python ' + _exact(exact, python, 0) for python in pythons)} |"]
    lines.append("|---" * (len(pythons) + 1) + "|")
    for numpy in numpys:
        values = []
        for python in pythons:
            name = f"{python}-{numpy}"
            if name not in exact:
                values.append(cells[name])
            elif name not in found:
                values.append("the newest: the others are compared with it")
            else:
                values.append(f"{len(found[name])} of {count} differ" if found[name] else f"all {count} the same")
        lines.append(f"| NumPy {_exact(exact, numpy, 1)} | {' | '.join(values)} |")
    return "\n".join(lines) + "\n\n"


def _exact(exact, part, place):
    """Returns the whole number of a version that was graded, such as 2.4.6."""
    return next((versions[place] for name, versions in exact.items() if part in name.split("-")), part.strip("pythonum"))


def _numbers(text):
    return tuple(map(int, re.findall(r"\d+", text)))


def _reasons(reasons, silent, cells):
    lines = [
        "## What explains the differences\n",
        "Each row is a change of one release, with its notes. *Said*: `check` names the line where one pair is the "
        "student's and the other the server's. Syntax that a Python cannot read is an error there; it is said on the newer side.\n",
        "| release | change | said | submissions that differ | pairs |",
        "|---|---|---|---|---|",
    ]
    for row, where in sorted(reasons.items(), key=lambda item: (item[0].package, _numbers(item[0].version))):
        pairs = sorted({name for names in where.values() for name in names}, key=_numbers)
        names = sorted(where)
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        is_words = isinstance(row, Words)
        what = row.what if is_words else row.sentence
        said = "no, only words differ" if is_words else "yes"
        lines.append(f"| {_release(row)} | {_cell(what)} | {said} | {shown} | {', '.join(map(_pair, pairs))} |")
    text = "\n".join(lines) + "\n\n"
    harmless = {change: names for change, names in silent.items() if change not in reasons}
    if harmless:
        each = "; ".join(f"{_cell(change.sentence)} ({', '.join(sorted(names))})" for change, names in harmless.items())
        text += f"`check` names these as well, and no verdict here differed: {each}.\n\n"
    return text


def _verdicts(cells, rows, found, newest):
    names = [name for name in rows[newest] if any(name in differing for differing in found.values())]
    order = sorted((name for name in cells if name in rows), key=_numbers)
    lines = [
        "## Verdicts that differ\n",
        f"Points of the visible checks of the convolution, which all of these change. *=* is the "
        f"same verdict as on the newest ({_pair(newest)}) word by word; a star, the same points in other words. "
        f"The other {len(rows[newest]) - len(names)} submissions have the same verdict, word by word, on all {len(order)} pairs.\n",
        f"| submission | {' | '.join(map(_pair, order))} |",
        "|---" * (len(order) + 1) + "|",
    ]
    for name in names:
        values = []
        for cell in order:
            own, other = points(rows[cell][name]), points(rows[newest][name])
            if cell == newest:
                values.append(f"{own:.1f}")
            elif name not in found[cell]:
                values.append("=")
            else:
                values.append(f"{own:.1f}" + ("\\*" if abs(own - other) < 1e-9 else ""))
        lines.append(f"| {_cell(name)} | {' | '.join(values)} |")
    return "\n".join(lines) + "\n\n"


def known():
    """Returns the part of the page that shows the whole table, in the order of the releases."""
    lines = ["| release | change | what works in both |", "|---|---|---|"]
    for change in sorted(all_changes(), key=lambda row: (row.package, _numbers(row.version))):
        what = change.sentence.replace("{0}", "…")
        star = " \\*" if change.granted else ""
        lines.append(f"| {_release(change)} | {_cell(what)}{star} | {_cell(change.way_out.replace('{0}', '…'))} |")
    return KNOWN + "\n".join(lines) + "\n"


def _release(row):
    return f"[{row.package} {row.version}]({row.source})"


def _pair(name):
    python, numpy = (".".join(map(str, _numbers(part))) for part in name.split("-"))
    return f"{numpy} / {python}"


def _cell(text):
    return re.sub(r"([|*_<>`\[\]])", r"\\\1", text)
