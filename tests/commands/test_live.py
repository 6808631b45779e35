"""The live view of a class says how far it is, who is being graded, who took longest and what went wrong."""

import contextlib
import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from grades import incomplete, mixed, perfect
from patience import wait_until
from rich.console import Console
from small_class import RIGHT, class_in, spec_in, wait_patiently, waiting_for

from grader.classes.class_grading import Finished, Task
from grader.commands.live import ClassView, class_view
from grader.model.results import Ungraded


def shown(view, width=100):
    console = Console(file=io.StringIO(), width=width)
    console.print(view)
    return console.file.getvalue()


def test_view_counts_names_runners_and_estimates_the_rest():
    now, told = [0.0], []
    view = ClassView(10, 2, clock=lambda: now[0], tell=told.append)
    assert view.seconds_left() is None
    for name, seconds, outcome in (("ada", 4, perfect()), ("bob", 8, mixed()), ("eve", 3, incomplete())):
        view.started(Task(name, Path()))
        now[0] += seconds
        view.finished(Finished(name, "", outcome))
    view.finished(Finished("old", "k", None))
    view.finished(Finished("zip", "", Ungraded("zip", "it is \x1b[31mdamaged")))
    view.started(Task("mallory\x1b[2J", Path()))
    view.progress("mallory\x1b[2J", "3 of 9 checks")
    view.progress("bob", "is done and says no more")
    view.progress("", "The reference is\ntrained.")
    text = shown(view)
    assert re.search(r"grading +mallory.* 0:00 +3 of 9 checks", text)
    assert "no more" not in text
    assert "5 of 10 done, 0:15" in text
    assert "1 with full marks  1 lost points  2 without a final grade  1 unchanged" in text
    assert "\x1b" not in text
    assert "grading  mallory" in text
    assert text.index("slowest  bob") < text.index("slowest  ada")
    # 15 seconds for four, one begun and four to come, two at a time.
    assert view.seconds_left() == (3.75 + 4 * 3.75) / 2
    assert [line.split(":")[0] for line in told] == ["eve", "zip", "The reference is trained."]


def test_line_of_a_submission_gives_the_points_that_count(capsys):
    with class_view(1, 1) as view:
        view.finished(Finished("ada", "", perfect()), 26.0)
    assert capsys.readouterr().err == "[1/1] ada: 26 of 36 (the checks gave 36)\n"


@pytest.mark.parametrize("width", [30, 40, 80])
def test_view_fits_a_narrow_terminal(width):
    view = ClassView(7, 2, clock=lambda: 0.0)
    view.started(Task("ada", Path()))
    lines = shown(view, width).splitlines()
    assert set(lines[0].strip()) <= {"━"}  # without colours what is to come has none
    assert lines[1].strip() == "0 of 7 done, 0:00"
    assert max(map(len, lines)) <= width


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a pseudo-terminal")
def test_class_on_a_terminal_can_be_stopped_and_goes_on(tmp_path):
    """Grades on a pseudo-terminal of 40 columns, resizes it, presses Ctrl-C, and grades on."""
    spec_in(tmp_path)
    wait_patiently(tmp_path)
    # From the sixth on they wait until the class was stopped.
    go = tmp_path / "go"
    class_in(tmp_path / "in", {f"s{i:02}": RIGHT if i < 5 else waiting_for(go, RIGHT) for i in range(12)})
    off = ("--similarity", "off", "--sandbox", "limits")
    command = [sys.executable, "-m", "grader", "batch", tmp_path / "in", "-o", tmp_path / "out", "-j", "2", *off]
    command = [str(word) for word in (*command, "--assignment", tmp_path / "tiny")]
    code, screen = on_terminal(command, columns=40, until="[3-9] of 12 done", then=b"\x03")
    assert code == 130
    assert "grading" in screen
    assert re.search(r"Stopped\. Graded and kept: [3-9] of 12 submissions; run the same command again", screen)
    go.touch()
    code, screen = on_terminal(command, columns=80)
    assert code == 0
    counts = r"^(\d+) with full marks  0 lost points  0 without a final grade  (\d+) unchanged\s*$"
    full, unchanged = map(int, re.findall(counts, plain(screen), re.MULTILINE)[-1])
    assert full + unchanged == 12
    assert unchanged >= 3


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_class_that_is_told_to_end_says_so_and_goes_on(tmp_path, number):
    spec_in(tmp_path)
    wait_patiently(tmp_path)
    go = tmp_path / "go"
    class_in(tmp_path / "in", {f"s{i}": RIGHT if i < 2 else waiting_for(go, RIGHT) for i in range(8)})
    off = ("--similarity", "off", "--sandbox", "limits")
    command = [sys.executable, "-m", "grader", "batch", tmp_path / "in", "-o", tmp_path / "out", "-j", "2", *off]
    command = [str(word) for word in (*command, "--assignment", tmp_path / "tiny")]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    first = subprocess.Popen(command, **options)
    for line in first.stdout:
        if line.startswith("[2/8]"):
            first.send_signal(number)
            break
    # What is being graded would wait for ever, and is not waited for.
    said, _ = first.communicate(timeout=600)
    go.touch()
    assert first.returncode == 130
    assert not still_at(tmp_path)
    assert re.search(r"Stopped\. Graded and kept: 2 of 8 submissions; run .* to grade the other 6\.", said)
    assert "Traceback" not in said
    assert "leaked" not in said
    again = subprocess.run(command, check=False, timeout=600, **options)
    assert again.returncode == 0, again.stdout
    assert again.stdout.count(": unchanged") >= 2


@pytest.mark.slow
def test_second_signal_ends_a_class_at_once_and_leaves_nothing(tmp_path):
    spec_in(tmp_path)
    wait_patiently(tmp_path)
    class_in(tmp_path / "in", {f"s{i}": waiting_for(tmp_path / "never", RIGHT) for i in range(4)})
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    program = """
import signal, sys
from grader.classes import pool
from grader.__main__ import main
from grader.sandbox import ending
def hangs():  # whatever the first signal waits for
    print("asked", flush=True)
    signal.pause()
pool.end_children = hangs
main()
"""
    off = ("--similarity", "off", "--sandbox", "limits")
    words = ("batch", tmp_path / "in", "-o", tmp_path / "out", "-j", "2", *off, "--assignment", tmp_path / "tiny")
    run = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    wait_until(lambda: len(list(temporary.glob("grader-*/workspace/main.py"))) == 2, "two submissions being graded")
    with run:
        run.send_signal(signal.SIGTERM)
        assert run.stdout.readline() == "asked\n"
        run.send_signal(signal.SIGTERM)
    assert run.returncode == 130
    assert not still_at(tmp_path)
    assert list(temporary.iterdir()) == []


def still_at(folder):
    """Returns the command lines of processes that have something to do with a folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return [line for line in lines if str(folder) in line and "pytest" not in line.split(str(folder))[0]]


def on_terminal(command, columns, until="", then=b""):
    """Returns the exit code of a command on a terminal and all that it wrote; types `then` once it has said `until`."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            os.environ.pop(name, None)
        os.execv(command[0], command)
    resize(terminal, columns)
    written = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        written += piece
        if until and re.search(until, plain(written.decode("utf-8", "replace"))):
            resize(terminal, 2 * columns)
            os.kill(pid, signal.SIGWINCH)
            os.write(terminal, then)
            until = ""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written.decode("utf-8", "replace")


def resize(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def plain(screen):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen).replace("\r", "")
