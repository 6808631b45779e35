"""Who may import whom: folders in one order, no cycle, one name for one thing, and nothing that unpickles."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("grader", "reference", "reports")
#: the folders of grader/, and reports, in the order of the flow: each imports only what stands before it
FOLDERS = (
    "model",
    "worker",
    "kernel",
    "store",
    "judging",
    "assignment",
    "reading",
    "syntax",
    "sandbox",
    "notebook",
    "grading",
    "reports",
    "publishing",
    "kit",
    "classes",
    "commands",
    "jupyter",
    "cli",
)
#: folders that may import fewer than all that stand before them
ONLY = {
    "model": set(),
    "worker": set(),
    "kernel": {"worker"},
    "store": {"model"},
    "judging": {"model"},
    "checks": {"judging"},
    "reports": {"model"},
}
#: the wall forbids these everywhere in the engine and the reports
NEVER = {"pickle", "dill", "marshal", "shelve", "runpy", "cloudpickle"}
#: folders of tests that have no counterpart
TEST_FOLDERS = {"adequacy", "attacks", "bench", "endurance", "fuzz", "submissions", "support", "reference"}


def modules():
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def folder_of(name):
    """Returns the folder of a dotted name: of grader the first one, of others the whole package."""
    parts = name.split(".")
    if parts[0] != "grader" or len(parts) == 1:
        return parts[0]
    return "cli" if parts[1] == "__main__" else parts[1]


def imports(path):
    """Yields the absolute dotted names that a file imports, wherever in the file."""
    here = dotted(path).split(".")
    base = here if path.name == "__init__.py" else here[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = base[: len(base) - node.level + 1] if node.level else []
            module = ".".join([*stem, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def ours(path):
    return {name for name in imports(path) if name.split(".")[0] in PACKAGES}


def folders_imported(path):
    """Returns the folders that a file imports, without its own and without the version in grader/__init__.py."""
    here = folder_of(dotted(path))
    known = {*FOLDERS, "checks", "reference"}
    return {folder_of(name) for name in ours(path)} & known - {here}


def code_only(path):
    """Returns the text of a file without comments and docstrings, which may give examples."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)] or [ast.Pass()]
    return ast.unparse(tree)


def _is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def test_every_folder_has_its_place():
    folders = {path.name for path in (ROOT / "grader").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {*FOLDERS, "checks"} - {"reports", "cli"}
    loose = {path.name for path in (ROOT / "grader").glob("*.py")}
    assert loose == {"__init__.py", "__main__.py", "cli.py"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_import_runs_up_the_flow(folder):
    before = set(FOLDERS[: FOLDERS.index(folder)])
    for path in modules():
        if folder_of(dotted(path)) == folder:
            assert folders_imported(path) <= before, path


@pytest.mark.parametrize("folder", ONLY)
def test_folder_imports_only_what_it_may(folder):
    for path in modules():
        if folder_of(dotted(path)) == folder:
            assert folders_imported(path) <= ONLY[folder], path


def test_no_two_modules_of_one_name_in_different_rooms():
    places = defaultdict(set)
    for path in modules():
        if path.stem not in ("__init__", "__main__") and "cs231n" not in path.parts and "cases" not in path.parts:
            places[path.stem].add(path.parent.relative_to(ROOT).as_posix())
    assert not {name: sorted(found) for name, found in places.items() if len(found) > 1}


def test_a_command_s_file_has_its_name():
    from grader.cli import COMMANDS

    for name in COMMANDS:
        assert (ROOT / "grader" / "commands" / f"{name}.py").is_file(), name


def test_tests_lie_in_folders_of_the_same_names():
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= {*FOLDERS, "checks", *TEST_FOLDERS}
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    # pytest imports test files by their bare names.
    assert len(names) == len(set(names))


def test_worker_imports_itself_the_standard_library_and_numpy():
    for path in (ROOT / "grader" / "worker").glob("*.py"):
        for name in imports(path):
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names or top == "numpy" or name.startswith("grader.worker"), (path, name)


def test_kernel_imports_the_worker_and_jupyter_besides():
    jupyter = {"ipykernel", "jupyter_client", "matplotlib", "nbclient", "nbformat", "numpy", "traitlets"}
    for path in (ROOT / "grader" / "kernel").glob("*.py"):
        for name in imports(path):
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names | jupyter or name.startswith(("grader.kernel", "grader.worker")), path


def test_checks_see_only_the_judging_names():
    allowed = ("pytest", "numpy", "grader.judging", "grader.checks")
    standard = {"math", "contextlib", "dataclasses", "typing", "collections", "itertools", "functools", "re"}
    for path in (ROOT / "grader" / "checks").rglob("*.py"):
        siblings = {other.stem for other in path.parent.glob("*.py")}
        for name in imports(path):
            top = name.split(".")[0]
            assert name.startswith(allowed) or top in standard | siblings, (path, name)


def test_reference_never_imports_the_engine():
    for path in (ROOT / "reference" / "cs231n").rglob("*.py"):
        assert not {name for name in ours(path) if not name.startswith("reference")}, path


def test_engine_reaches_the_reference_through_the_assignment_only():
    for path in (ROOT / "grader").rglob("*.py"):
        assert not {name for name in ours(path) if name.startswith("reference")}, path


#: words of the built-in assignment
WORDS = {
    *("affine", "batchnorm", "cifar", "cifar10", "cnn", "conv", "convnet", "convolution", "convolutional", "cs231n"),
    *("dropout", "filters", "groupnorm", "layernorm", "maxpool", "naive", "pooling", "relu", "softmax"),
}
#: of some files, because what they mean there is something else
MAY_SAY = {
    # The distribution is called convnet-grader, and so is its folder of caches.
    ("grader/kit/student_wheel.py", "convnet"),
    ("grader/store/cache.py", "convnet"),
    # What students call their folders.
    ("grader/classes/attempts.py", "cnn"),
    ("grader/classes/attempts.py", "conv"),
    # What other libraries offer, whoever uses it: names of theirs.
    ("grader/syntax/integrity.toml", "convolution"),
    ("grader/syntax/integrity.toml", "pooling"),
    # Filters of system calls, of warnings and of nbconvert.
    ("grader/model/sandbox_levels.py", "filters"),
    ("grader/sandbox/seccomp.py", "filters"),
    ("grader/worker/serve.py", "filters"),
    ("reports/markdown.py", "filters"),
    ("reports/notebook_page.py", "filters"),
    ("reports/templates/overview/class.js.j2", "filters"),
}
#: what an assignment declares must not be named where the engine reads it
DECLARED = {"cifar", "cifar10", "training", "speed", "speedup", "filters", "loss"}
READERS = (
    "grader/model/options.py",
    "grader/model/grade.schema.json",
    "grader/assignment/choices.py",
    "grader/assignment/images.py",
    "grader/notebook/execute.py",
    "grader/commands/doctor.py",
    "grader/commands/host_findings.py",
    "grader/commands/settings.py",
    "grader/commands/flags.py",
    "reports/plots.py",
)


def engine_files():
    kinds = {".py", ".toml", ".json", ".j2"}
    for folder in (ROOT / "grader", ROOT / "reports"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in kinds and "checks" not in path.relative_to(ROOT).parts:
                yield path


def words_of(path):
    """Returns the words of a file in small letters, those within names too, comments and docstrings included."""
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", path.read_text(encoding="utf-8"))
    return {word.lower() for word in re.findall(r"[A-Za-z]+[0-9]*n?|[A-Za-z]+", text)}


def test_engine_names_no_word_of_an_assignment():
    said = {(path.relative_to(ROOT).as_posix(), word) for path in engine_files() for word in words_of(path) & WORDS}
    assert sorted(said - MAY_SAY) == []
    assert sorted(MAY_SAY - said) == [], "an exception that nobody needs any more"


@pytest.mark.parametrize("place", READERS)
def test_what_an_assignment_declares_is_not_named_where_it_is_read(place):
    assert not words_of(ROOT / place) & DECLARED


def test_words_within_names_are_found(tmp_path):
    (tmp_path / "a.py").write_text("def conv_forward(): ...\nThreeLayerConvNet = cs231n.get_CIFAR10_data\n")
    assert {"conv", "cs231n", "cifar10"} <= words_of(tmp_path / "a.py")


def test_nothing_unpickles_or_evaluates():
    # data_utils reads the CIFAR-10 batches, which are pickles, with an unpickler that knows only their kinds.
    readers = {ROOT / "reference" / "cs231n" / "data_utils.py"}
    for path in modules():
        if path in readers:
            continue
        assert not {name.split(".")[0] for name in imports(path)} & NEVER, path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and "worker" not in path.parts:
                assert node.func.id not in ("eval", "exec", "__import__"), path
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant), path
                assert node.value.value is False, path


@pytest.mark.parametrize("module", ["grader.classes.reading_worker", "grader.publishing.page_worker"])
def test_process_beside_the_grader_starts_without_what_it_seldom_needs(module):
    code = f"import sys, {module}; print([name for name in ('numpy', 'matplotlib', 'pytest') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_imports_have_no_cycle():
    names = {dotted(path) for path in modules()}
    graph = {}
    for path in modules():
        name = dotted(path)
        graph[name] = {other for other in ours(path) if other in names and other != name}
        # A package's __init__ names its parts; its parts may name their siblings.
        if path.name == "__init__.py":
            continue
        graph[name] -= {name.rpartition(".")[0]}
    tuple(TopologicalSorter(graph).static_order())


def test_every_file_opens_with_a_sentence_of_plain_english():
    for path in modules():
        if "cs231n" in path.parts and path.name == "__init__.py":
            continue
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert text, path


def test_no_file_is_described_by_what_goes_in_and_what_comes_out():
    for path in [*modules(), *sorted((ROOT / "tests").rglob("*.py"))]:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if ROOT / "reference" / "notebook" not in path.parents:
            assert not re.search(r"\bin[,;]? .*\bout\b[.:,;]", text.split("\n")[0]), path
