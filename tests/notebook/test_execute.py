"""Notebooks run behind the wall: errors stay in their cells, a dead kernel costs the rest, nothing is left behind."""

import json
import os
import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import notebooks
import pytest

from grader.assignment.points_and_limits import Budget
from grader.kernel import run_cells
from grader.notebook.cell_inputs import CellInputs
from grader.notebook.execute import NotebookWorker
from grader.notebook.printed import text_of
from grader.notebook.spec import NotebookLimits
from grader.reading.notebook_file import read_notebook
from grader.sandbox.level import Level, available_levels
from grader.sandbox.processes import descendants

pytestmark = pytest.mark.slow

LIMITS = NotebookLimits(cell_seconds=120, memory_mb=1024, processes=24)
#: of cells that run into it, whatever else the machine does
SHORT = replace(LIMITS, cell_seconds=1)
FILES = {"pack/__init__.py": b"", "pack/answer.py": b"def twice(x):\n    return 2 * x\n"}
GIVEN = {"pack/given.py": b"WHOSE = 'ours'\n"}


@pytest.fixture(scope="module")
def notebook_worker():
    inputs = CellInputs({"GRADER_NOTEBOOK_DATA": "small"})
    with NotebookWorker(available_levels()[0], LIMITS, inputs) as notebook_worker:
        yield notebook_worker


@pytest.fixture
def run(notebook_worker):
    def run(*sources, files=FILES):
        return notebook_worker.execute(read_notebook(notebooks.notebook(*sources), "a.ipynb"), files, GIVEN)

    return run


def printed(executed):
    return [text_of(cell.outputs) for cell in executed.notebook.code_cells]


def errors(executed):
    return [
        output["ename"]
        for cell in executed.notebook.code_cells
        for output in cell.outputs
        if output["output_type"] == "error"
    ]


@pytest.mark.parametrize("level", available_levels())
def test_notebook_runs_at_every_level(level):
    sources = [
        "import matplotlib.pyplot as plt\nfrom pack.answer import twice\nfrom pack.given import WHOSE",
        "print(twice(4), WHOSE)",
        "%matplotlib inline\nplt.plot([1, 2])\nplt.show()",
        "1 / 0",
        "await __import__('asyncio').sleep(0)\n7",
    ]
    with NotebookWorker(level, LIMITS) as notebook_worker:
        executed = notebook_worker.execute(read_notebook(notebooks.notebook(*sources), "a"), FILES, GIVEN)
        below = descendants(os.getpid())
    assert printed(executed)[1] == "8 ours\n"
    assert "image/png" in executed.notebook.cells[2].outputs[0]["data"]
    assert errors(executed) == ["ZeroDivisionError"]
    assert executed.notebook.cells[4].outputs[0]["data"]["text/plain"] == "7"
    assert executed.stop == ""
    assert not any(Path(f"/proc/{pid}").exists() for pid in below - descendants(os.getpid()))


def test_kernel_is_ours_whatever_the_metadata_says(notebook_worker):
    content = json.loads(notebooks.notebook("print(6 * 7)"))
    content["metadata"]["kernelspec"] = {"name": "julia-1.9", "language": "python", "display_name": "x"}
    executed = notebook_worker.execute(read_notebook(json.dumps(content).encode(), "a"), {}, {})
    assert printed(executed) == ["42\n"]
    assert executed.notebook.cells[0].execution_count == 1


def test_given_files_win_and_stay_as_they_are(run):
    files = {**FILES, "pack/given.py": b"WHOSE = 'theirs'\n"}
    spoil = "open('pack/given.py', 'w').write('WHOSE = 1')\nfrom pack.given import WHOSE\nprint(WHOSE)"
    assert printed(run(spoil, files=files)) == ["ours\n"]
    # Plots and arrays may be saved beside the notebook; the next one does not see them.
    assert printed(run("open('x.txt', 'w').write('1')", "import os\nprint(os.path.exists('x.txt'))"))[1] == "True\n"
    assert printed(run("import os\nprint(os.path.exists('x.txt'))")) == ["False\n"]


def test_the_next_notebook_sees_its_own_files(run):
    other = {**FILES, "pack/answer.py": b"def twice(x):\n    return x + x + 1\n"}
    source = "from pack.answer import twice\nprint(twice(1))"
    assert [printed(run(source)), printed(run(source, files=other))] == [["2\n"], ["3\n"]]


@pytest.mark.parametrize(
    "line",
    [
        "import seaborn",
        "import seaborn as sns, os",
        "import seaborn.palettes",
        "from scipy.misc import imread, imresize as resize",
        "from pack.nowhere import *",
        "import pack.compiled_cython",
        "from pack.answer import twice, thrice",
        "from pack import given, nothing",
    ],
)
def test_absent_import_costs_what_uses_it_and_not_its_cell(run, line):
    executed = run(
        f"{line}\nx = 1\nprint('here')", "try:\n    import seaborn\nexcept ImportError:\n    print('caught')"
    )
    assert printed(executed) == ["here\n", "caught\n"]
    assert executed.left_out == {1: ("imports what is not installed here",)}


def test_cells_that_use_what_a_later_one_defines_run_once_more(run):
    early = "import os\nprint(double(2))\nlater = 1"
    executed = run(early, "print(later)", "def double(x):\n    return 2 * x", "nowhere")
    assert printed(executed) == ["4\n", "1\n", "", ""]
    assert errors(executed) == ["NameError"]
    assert executed.again == (1, 2)


def test_second_run_can_only_help(run):
    fatal = "nothing\nctypes.string_at(0)"
    executed = run(fatal, "print('here')", "import ctypes\nnothing = 1")
    assert (executed.stop, executed.stopped_at, executed.again) == ("", 0, ())
    assert printed(executed)[1] == "here\n"
    assert errors(executed) == ["NameError"]


def test_magics_of_a_converted_script_work(run):
    source = (
        "ip = get_ipython()\nip.magic('matplotlib inline')\nip.magic(u'%load_ext autoreload')\nip.magic('autoreload 2')"
    )
    executed = run(source, "ip.run_line_magic('matplotlib', 'inline')\nprint('here')")
    assert errors(executed) == []
    assert printed(executed)[1] == "here\n"


def test_relative_import_of_a_pasted_file_finds_its_package(run):
    executed = run("from .answer import *\nfrom ..given import WHOSE\nfrom . import x", "print(twice(2), WHOSE)")
    assert printed(executed) == ["", "4 ours\n"]
    assert errors(executed) == ["ImportError"]


@pytest.mark.parametrize("use", ["imread('a.jpg')", "sns.set()", "sns.color.blue", "thrice(1)", "import pack.broken"])
def test_using_what_is_absent_says_so(run, use):
    setup = (
        "import seaborn as sns\nfrom scipy.misc import imread\nfrom pack.answer import twice, thrice\nprint(twice(1))"
    )
    executed = run(setup, use, "sns", files={**FILES, "pack/broken.py": b"import nowhere"})
    assert errors(executed) == ["ModuleNotFoundError"]
    assert printed(executed)[0] == "2\n"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("input('name? ')", "StdinNotImplementedError"),
        ("import numpy as np\nx = np.ones(10**9)", "MemoryError"),
        ("import ipywidgets\nipywidgets.IntSlider()", "ModuleNotFoundError"),
        ("import sys\nsys.stdout.close()\nraise KeyError", "KeyError"),
        ("def f(:", "SyntaxError"),
    ],
)
def test_error_stays_in_its_cell(run, source, name):
    executed = run(source, "print('after')")
    assert errors(executed) == [name]
    assert printed(executed)[1] == "after\n"
    assert executed.stop == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os as o\no._exit(3)", "Cell 2 ended the Python process with exit code 3"),
        ("import ctypes\nctypes.string_at(0)", "Cell 2 killed the Python process (signal SIGSEGV)"),
        (
            "import os as o\nfor fd in range(3, 40):\n  try: o.write(fd, b'x' * 99)\n  except OSError: pass",
            "Cell 2 disturbed",
        ),
    ],
)
def test_dead_kernel_costs_the_rest_of_the_notebook_only(run, source, said):
    executed = run("print('before')", source, "print('after')")
    assert printed(executed) == ["before\n", "", ""]
    assert executed.stop.startswith(said)
    assert executed.stop.endswith("; the cells after it were not run.")
    assert executed.stopped_at == 2
    assert printed(run("print('next')")) == ["next\n"]


def test_cell_over_its_time_is_stopped_in_its_place():
    stubborn = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    with NotebookWorker(available_levels()[0], SHORT) as notebook_worker:
        for source in ("while True:\n    pass", "import threading\nthreading.Event().wait()"):
            content = read_notebook(notebooks.notebook(source, "'after'"), "a")
            executed = notebook_worker.execute(content, {}, {})
            assert errors(executed) == ["CellTimeout"], source
            assert "after" in str(executed.notebook.cells[1].outputs)
        executed = notebook_worker.execute(read_notebook(notebooks.notebook(stubborn), "a"), {}, {})
        assert errors(executed) == ["CellTimeout"] or executed.stopped_at == 1


#: of notebooks that want more, by ways that no limit of one cell or one process sees
BUDGET = Budget(cpu_seconds=0.5, wall_seconds=1)
BURN = """
import os as o, threading, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
def spin():
    while True: pass
"""
WAIT = "threading.Event().wait(0.4)"
UNWAITED = """
while True:
    if not o.fork():
        if not o.fork():
            burn(0.5)
        o._exit(0)
    o.wait()
    burn(0.05)
"""
GREEDY = {
    "children that it waits for": ["if not o.fork():\n    burn(0.5); o._exit(0)\no.wait()"] * 9,
    "children that it leaves": [*["if not o.fork():\n    o.setsid()\n    spin()"] * 4, "burn(9)"],
    "children of children": ["if not o.fork():\n    for _ in range(4):\n        o.fork()\n    spin()\no.wait()"],
    "children that nobody waits for": [UNWAITED],
    "threads": ["for _ in range(4): threading.Thread(target=spin).start()", *[WAIT] * 9],
    "cells that wait": [WAIT] * 9,
    "prints past the kernel": ["while True:\n    o.write(1, b'x' * 9999)"],
    "prints": ["while True:\n    print('x' * 9999)"],
    "what it displays": ["while True:\n    display('x' * 9999)"],
}
HOLD = """
import os as o, threading
for _ in range(15):
    if not o.fork():
        x = bytearray(b'x') * (150 << 20)
        break
threading.Event().wait()
"""


def assert_budget_ends(level, greedy):
    used_up = "The budget of this submission is used up: the checks of Notebook have "
    said = used_up + r"(0\.5 s of processor time|1 s on the clock) "
    with NotebookWorker(level, LIMITS, budget=BUDGET) as notebook_worker:
        for name, sources in greedy.items():
            content = read_notebook(notebooks.notebook(BURN, *sources, "'after'"), "a")
            executed = notebook_worker.execute(content, {}, {})
            assert re.match(said, executed.stop), (name, executed.stop)
            assert "Cell " in executed.stop, name
            assert executed.stop.endswith("; the cells after it were not run.")
        content = read_notebook(notebooks.notebook("print('next')"), "a")
        assert printed(notebook_worker.execute(content, {}, {})) == ["next\n"]


def test_budget_ends_the_notebook_whatever_uses_it():
    assert_budget_ends(available_levels()[0], GREEDY)


@pytest.mark.parametrize("level", [level for level in available_levels()[1:] if level is not Level.LIMITS])
def test_budget_counts_children_at_each_level(level):
    # The levels differ in what is seen of processes; what one process does is counted in the same way.
    assert_budget_ends(level, {name: sources for name, sources in GREEDY.items() if "children" in name})


def test_memory_of_all_children_counts_together(run):
    executed = run(HOLD, "print('after')")
    assert "MB of memory in" in executed.stop


def test_a_new_budget_begins_with_each_notebook():
    with NotebookWorker(Level.LIMITS, LIMITS, budget=BUDGET) as notebook_worker:
        content = read_notebook(notebooks.notebook(BURN + "burn(0.2)", "'after'"), "a")
        for _ in range(4):
            assert notebook_worker.execute(content, {}, {}).stop == ""


def test_flood_of_prints_keeps_both_ends(run):
    executed = run("for _ in range(300):\n    print('x' * 10**6)\nprint('last')", "print('after')")
    text = printed(executed)[0]
    assert len(text) < 1_000_000
    assert "characters are left out here" in text
    assert text.endswith("last\n")
    assert printed(executed)[1] == "after\n"


def test_huge_output_is_left_out(notebook_worker):
    source = "from IPython.display import display\ndisplay({'image/png': 'A' * 10**8}, raw=True)"
    cells = notebooks.notebook(source, "for _ in range(2000): display(1)", "print('after')")
    executed = notebook_worker.execute(read_notebook(cells, "a.ipynb"), FILES, GIVEN)
    assert "an output of 95 MB is left out here" in str(executed.notebook.cells[0].outputs)
    assert len(executed.notebook.cells[1].outputs) == 400
    assert printed(executed)[2] == "after\n"


def test_fork_bomb_leaves_nothing(run):
    bomb = "import os as o\nfor _ in range(200):\n    try:\n        o.fork()\n    except OSError:\n        pass"
    run(bomb, "print('after')")
    assert printed(run("print('next')")) == ["next\n"]


def test_process_in_the_background_ends_with_its_notebook(run, notebook_worker):
    run("import os as o, time\nif o.fork() == 0:\n    o.setsid()\n    time.sleep(60)\n    o._exit(0)")
    pid = notebook_worker._worker._process.pid
    # One more than the one we started where bubblewrap stands between.
    assert pid is None or len(descendants(pid, thorough=True)) <= 1
    assert printed(run("print('next')")) == ["next\n"]


def test_network_and_other_programs_are_closed(run, notebook_worker):
    if notebook_worker._worker.level is Level.LIMITS:
        pytest.skip("limits do not close the network")
    executed = run("import socket\nsocket.socket()", "import os as o\no.execv('/bin/true', ['true'])")
    assert set(errors(executed)) <= {"PermissionError", "FileNotFoundError"}
    assert len(errors(executed)) == 2


def test_what_reaches_out_is_listed_with_its_cell(run):
    executed = run("x = 1", "!pip install y\nprint(x)", "%cd ..")
    assert dict(executed.left_out) == {2: ("installs packages",), 3: ("changes the folder",)}
    assert printed(executed)[1] == "1\n"


def test_executed_notebook_is_a_valid_file_with_the_cells_of_the_student(run):
    import nbformat

    executed = run("print(1)", "!ls", notebooks.markdown("# Title"))
    data = nbformat.reads(executed.file().decode(), as_version=4)
    nbformat.validate(data)
    assert [cell.source for cell in data.cells] == ["print(1)", "!ls", "# Title"]


def test_variable_says_that_it_is_graded(run):
    assert printed(run("import os\nprint(os.environ['GRADER_NOTEBOOK_DATA'])")) == ["small\n"]


LOOK = "import os\nprint(sorted(os.path.join(a, n) for a, d, f in os.walk('..') for n in d + f))"
LEAVE = """
import os
for place in ("..", "../matplotlib", "../matplotlib/stylelib", "../ipython", "../ipython/profile_default/startup", "."):
    os.makedirs(place, exist_ok=True)
    with open(place + "/mine.py", "w") as file:
        file.write("print('OWNED')")
for name in os.listdir("../matplotlib"):
    if name.startswith("fontlist"):
        open("../matplotlib/" + name, "w").write("{}")
os.symlink("/", "../root")
"""
FILL = """
import os
try:
    for place in ("../matplotlib", "../ipython", ".."):
        for number in range(70):
            with open(f"{place}/{number}", "wb") as file:
                file.write(bytes(1 << 20))
except OSError:
    print("full")
"""
DEEP = """
import os
for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
"""
LATER = """
import os, time
if os.fork() == 0:
    os.setsid()
    while True:
        try:
            open("../matplotlib/late", "w").close()
            open("../late", "w").close()
        except OSError:
            pass
"""


@pytest.mark.parametrize("level", [level for level in available_levels() if level is not Level.LIMITS])
@pytest.mark.parametrize("user", ["of its own", "ours"])
def test_a_notebook_finds_nothing_of_the_one_before(monkeypatch, level, user):
    if user == "ours":
        # As where the grader is no root: what packages prepare and what cells write belongs to one user.
        monkeypatch.setattr("grader.sandbox.launch.own_user", lambda level: None)
    with NotebookWorker(level, LIMITS) as notebook_worker:

        def run(source):
            return printed(notebook_worker.execute(read_notebook(notebooks.notebook(source), "a"), FILES, GIVEN))

        (clean,) = run(LOOK)
        assert "fontlist" in clean
        for source in (LEAVE, DEEP, LATER, FILL):
            run(source)
            assert run(LOOK) == [clean], source
        plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('x.png')\nprint('saved')"
        assert run(plot) == ["saved\n"]


@pytest.mark.parametrize(
    ("used", "rings"),
    [
        ([0.0, 0.4, 0.9, 1.2], [None, None, "stopped"]),  # the processor was others' for most of the time
        ([0.0, 1.0], ["stopped"]),
        ([0.0, 0.0], ["stopped"]),  # it waits
        ([0.0, 0.4, 0.401, 0.9], [None, "stopped", "stopped"]),  # for good, whatever it does then
    ],
)
def test_time_in_which_others_have_the_processor_is_not_the_cells(monkeypatch, used, rings):
    heard, clock = [], iter(used)
    monkeypatch.setattr(run_cells, "process_time", lambda: next(clock))
    monkeypatch.setattr(run_cells.signal, "signal", lambda number, ring: heard.append(ring))
    monkeypatch.setattr(run_cells.signal, "setitimer", lambda *_: None)
    run_cells._start_clock(1.0)
    for ends in rings:
        with pytest.raises(run_cells.CellTimeout) if ends else nullcontext():
            heard[0](1, None)
