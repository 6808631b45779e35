"""A hostile class through the whole command line: in pages, tables, logs and files what students wrote stays text."""

import base64
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from attack import ASSIGNMENT, LAYERS, honest_files
from texts import COMMANDS, ESCAPES, FORMULA, MARKUP, ODD, TEXTS

from grader.model.results import Grade
from grader.sandbox.level import available_levels

pytestmark = pytest.mark.slow

NAMES = ("=HYPERLINK(1)", "<script>alert(1)<", "line\nbreak\x1b[2J", "::error::x", "@SUM(1)")
POINTS_LOST, UNUSABLE = 1, 2


class Page(HTMLParser):
    """Notes what a browser would do with a page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.policy, self.scripts, self.runs = set(), set(), "", [], True
        self.feed(text)

    def handle_data(self, data):
        if self.lasttag == "script" and data.strip() and self.runs:
            self.scripts.append(data)

    def handle_starttag(self, tag, attrs):
        self.tags |= {tag} if tag != "link" or ("rel", "icon") not in attrs else set()
        self.attributes |= {name for name, _ in attrs}
        values = dict(attrs)
        # A block of data is no script, whatever it holds.
        self.runs = values.get("type") != "application/json"
        if values.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = values["content"]
        link = values.get("href") or ""
        # "data:," is our own empty icon.
        assert link == "data:," or not re.match(r"\s*(javascript|data|vbscript):", link, re.I)


def hostile_layers():
    """Returns layers.py in which each function does one of the attacks by text."""
    functions = [name for name, spec in ASSIGNMENT.functions.items() if spec.module == "layers"]
    bodies = [attack for attack in TEXTS if attack.status == "raised" and not attack.files]
    assert len(bodies) <= len(functions)
    code = f'\nimport os\nprint({MARKUP!r}, "{ESCAPES}{COMMANDS}{FORMULA}{ODD}")\n'
    for name, attack in zip(reversed(functions), bodies, strict=False):
        printing = f'print({MARKUP!r}, "{ESCAPES}{COMMANDS}{FORMULA}{ODD}")\n'
        body = textwrap.indent(printing + textwrap.dedent(attack.body), "    ")
        code += f"{textwrap.dedent(attack.top)}\ndef {name}(*args, **kwargs):\n{body}\n"
    return honest_files()[LAYERS] + code.encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grades a hostile class by the command line; returns the folder of results and what was printed."""
    root = tmp_path_factory.mktemp("class")
    for name in NAMES:
        folder = root / "in" / name
        (folder / "cs231n/classifiers").mkdir(parents=True)
        # One full hand-in; the others are about their names, and have one file with nothing in it.
        if name == NAMES[0]:
            for place, content in honest_files().items():
                (folder / place).write_bytes(content)
            (folder / LAYERS).write_bytes(hostile_layers())
        elif name == NAMES[1]:
            (folder / LAYERS).write_bytes(f"raise ValueError({MARKUP!r})".encode())
        else:
            (folder / "notes\n::error::.txt").write_text("x")
    options = ("--seed", "5", "--training", "off")
    said = [run(root, "batch", "in", "-o", "out", *options, "--sandbox", available_levels()[0])]
    said += [run(root, "export", "out", "--to", kind) for kind in ("csv", "json", "junit")]
    for platform in ("github", "gitlab"):
        said.append(run(root, "grade", f"in/{NAMES[0]}", "-o", platform, *options, "--ci", platform))
    return root, said


def run(root, *arguments):
    environment = {**os.environ, "GITHUB_STEP_SUMMARY": str(root / "summary.md"), "GITHUB_ACTIONS": "true"}
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False, timeout=280)


def files(root, pattern):
    found = [path for path in root.rglob(pattern) if (root / "in") not in path.parents]
    assert found, pattern
    return found


def test_commands_end_as_documented(graded):
    _, said = graded
    batch, *exports, github, gitlab = said
    assert batch.returncode == 0, batch.stderr
    assert [done.returncode for done in (github, gitlab)] == [POINTS_LOST, POINTS_LOST], github.stderr
    assert all(b"Traceback" not in done.stderr + done.stdout for done in said)
    assert all(done.returncode in (0, POINTS_LOST, UNUSABLE) for done in exports)


def test_terminal_gets_no_control_characters(graded):
    for done in graded[1]:
        text = (done.stdout + done.stderr).decode("utf-8")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), text


def test_ci_gets_no_commands_but_ours(graded):
    """As GitHub's runner reads a log: commands begin a line, or follow ##[; a token stops them and lets them go on."""
    github = graded[1][4]
    text, token = (github.stdout + github.stderr).decode("utf-8"), ""
    commands = []
    for line in text.splitlines():
        if token:
            token = "" if line.strip() == f"::{token}::" else token
        elif found := re.match(r"\s*::stop-commands::(\w{32})$", line):
            token = found[1]
        elif line.strip().startswith("::") or "##[" in line:
            commands.append(line)
    assert not token
    assert commands
    for line in commands:
        assert re.match(r"::(error|warning|notice) (file|title)=[^:]*::", line), line
        assert "##[" not in line, line


def test_pages_run_nothing(graded):
    root, _ = graded
    for path in files(root, "*.html"):
        page = Page(path.read_text(encoding="utf-8"))
        assert not page.tags & {"img", "iframe", "object", "embed", "form", "base", "link"}, path
        assert not {name for name in page.attributes if name.startswith("on")} | (page.attributes & {"srcdoc"}), path
        assert "default-src 'none'" in page.policy, path
        # Our own script, and no other, is named by its digest.
        assert len(page.scripts) <= 1, path
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.scripts]
        allowed = "".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
        assert f"script-src {allowed};" in f"{page.policy};", path


def test_table_holds_no_formula(graded):
    root, _ = graded
    for path in files(root, "*.csv"):
        with open(path, encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not re.match(r"[=+@\t\r]|-(?!\d)", cell), (path, cell)


def test_files_for_programs_are_well_formed(graded):
    root, _ = graded
    for path in files(root, "*.xml"):
        ET.parse(path)
    for path in files(root, "*.json"):
        json.loads(path.read_text(encoding="utf-8"))


def test_every_check_of_the_hostile_submission_is_graded(graded):
    root, _ = graded
    grades = [Grade.from_json(path.read_text(encoding="utf-8")) for path in files(root, "grade.json")]
    hostile = [grade for grade in grades if len({check.status for check in grade.checks}) > 2]
    assert hostile
    for grade in grades:
        assert grade.complete
        assert all(not check.points or check.status == "passed" for check in grade.checks)


def test_nothing_is_named_by_a_student_on_disk(graded):
    root, _ = graded
    for path in (root / "out").rglob("*"):
        assert path.name.isprintable(), path
        assert not re.search(r"[<>|:*?\"\\]|^[=@-]", path.name), path
