"""Who may import whom: one direction of flow, no cycle, and nothing that could run a submission outside the worker."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("grader", "reference", "reports")
#: the wall forbids these everywhere in the engine and the reports
NEVER = {"pickle", "dill", "marshal", "shelve", "runpy", "cloudpickle"}


def modules():
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


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


def ours(path):
    return {name for name in imports(path) if name.split(".")[0] in PACKAGES}


@pytest.mark.parametrize("name", ["results", "errors", "people"])
def test_lowest_room_imports_nothing_of_ours(name):
    foreign = {other for other in ours(ROOT / "grader" / f"{name}.py") if not other.startswith("grader.results")}
    assert not foreign if name == "people" else ours(ROOT / "grader" / f"{name}.py") == set()


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


def test_reports_know_results_and_nothing_else():
    for path in (ROOT / "reports").rglob("*.py"):
        foreign = {name for name in ours(path) if not name.startswith(("reports", "grader.results", "grader.people"))}
        assert not foreign, (path, foreign)


def test_checks_see_only_the_judging_names():
    allowed = ("pytest", "numpy", "grader.asserting", "grader.pictures", "grader.checks")
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


def test_engine_names_no_layer_and_no_network():
    words = ("conv_", "max_pool", "batchnorm", "groupnorm", "ThreeLayer", "affine_", "softmax", "cs231n")
    for path in (ROOT / "grader").rglob("*.py"):
        if "checks" in path.parts:
            continue
        code = code_only(path)
        assert not [word for word in words if word in code], path


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


def test_every_file_opens_with_a_sentence():
    for path in modules():
        if "cs231n" in path.parts and path.name == "__init__.py":
            continue
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
