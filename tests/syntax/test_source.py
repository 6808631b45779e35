"""Functions are found with their own line numbers in every kind of file, and a broken file costs only itself."""

import ast

import pytest
from handins import ASSIGNMENT, CNN, LAYERS, make_submission
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model.results import FunctionSource
from grader.reading.parsing import nodes, parse_source
from grader.syntax import source
from grader.syntax.source import function_sources


def sources(**texts: str) -> list[FunctionSource]:
    return list(function_sources(make_submission(**texts), ASSIGNMENT))


def test_functions_and_class_are_found_with_their_lines():
    layers = "import numpy as np\n\n\ndef conv_forward_naive(x):\n    return x\n\n\ny = 1\n"
    cnn = "class ThreeLayerConvNet(object):\n    def loss(self):\n        pass\n"
    assert sources(layers=layers, cnn=cnn) == [
        FunctionSource("conv_forward_naive", LAYERS, 4, "def conv_forward_naive(x):\n    return x\n"),
        FunctionSource("ThreeLayerConvNet", CNN, 1, cnn),
    ]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("@jit\n@fast\ndef conv_forward_naive(): pass\n", 1, "@jit\n@fast\ndef conv_forward_naive(): pass\n"),
        ("def conv_forward_naive(): 1\ndef conv_forward_naive(): 2\n", 2, "def conv_forward_naive(): 2\n"),
        ("if x:\n    def conv_forward_naive(): 1\n", 2, "    def conv_forward_naive(): 1\n"),
        ("try:\n    import a\nexcept E:\n    def conv_forward_naive(): 1\n", 4, "    def conv_forward_naive(): 1\n"),
        ("conv_forward_naive = lambda x: (\n    x)\n", 1, "conv_forward_naive = lambda x: (\n    x)\n"),
        ("x = '''\r\n'''\r\ndef conv_forward_naive(): 1\r\n", 3, "def conv_forward_naive(): 1\n"),
        # What it means last is what runs.
        ("def conv_forward_naive(): 1\nconv_forward_naive, b = f, 2\n", 2, "conv_forward_naive, b = f, 2\n"),
        ("def conv_forward_naive(): 1\nconv_forward_naive: object = f\n", 2, "conv_forward_naive: object = f\n"),
        ("def conv_forward_naive(): 1\nfor conv_forward_naive in x: pass\n", 2, None),
        ("def conv_forward_naive(): 1\nfor _ in x:\n    def conv_forward_naive(): 2\n", 3, None),
        ("def conv_forward_naive(): 1\nwhile (conv_forward_naive := f): break\n", 2, None),
        ("def conv_forward_naive(): 1\nwith f as conv_forward_naive: pass\n", 2, None),
        ("def conv_forward_naive(): 1\nfrom a import b as conv_forward_naive\n", 2, None),
        ("def conv_forward_naive(): 1\nmatch x:\n    case conv_forward_naive: pass\n", 2, None),
        ("def conv_forward_naive(): 1\n[conv_forward_naive for conv_forward_naive in x]\n", 1, None),
        ("def conv_forward_naive(): 1\ndef f():\n    conv_forward_naive = 2\n", 1, None),
        ("class A:\n    def conv_forward_naive(): 1\n", None, ""),
        ("", None, ""),
        # Not valid Python: found as text.
        ("print 'a'\ndef conv_forward_naive():\n  print 'b'\n\n# c\n  d\n\ndef g(): 1\n", 2, None),
        ("def conv_forward_naive_2(): 1\nprint 'a'\n", None, ""),
        ("print 'a'\nclass A:\n    def conv_forward_naive(self):\n        1\n    x = 1\n", 3, None),
    ],
)
def test_definition_is_found_however_it_is_written(text, line, code):
    found = sources(layers=text)
    assert [item.line for item in found] == ([] if line is None else [line])
    if found and code:
        assert found[0].code == code


def test_text_search_ends_at_the_next_definition():
    (found,) = sources(layers="print 'a'\ndef conv_forward_naive():\n  print 'b'\n\n# c\n  d\n\n\ndef g(): 1\n")
    assert found.code == "def conv_forward_naive():\n  print 'b'\n\n# c\n  d\n"


def test_star_import_below_a_definition_shows_what_replaces_it():
    own = "def conv_forward_naive(): 2\n"
    (found,) = sources(layers="def conv_forward_naive(): 1\nfrom .own import *\n", own=own)
    assert (found.file, found.code) == ("cs231n/own.py", own)
    (found,) = sources(layers="from .own import *\ndef conv_forward_naive(): 1\n", own=own)
    assert found.file == LAYERS


@pytest.mark.parametrize("line", ["from .own import conv_forward_naive", "from cs231n.own import *"])
def test_function_that_is_imported_is_shown_from_its_file(line):
    (found,) = sources(layers=line, own="def conv_forward_naive(): 1\n")
    assert (found.file, found.line) == ("cs231n/own.py", 1)


def test_function_of_a_file_that_is_not_imported_is_not_shown():
    assert sources(layers="from .other import *", own="def conv_forward_naive(): 1\n") == []
    assert sources(layers="print 'a'", own="def conv_forward_naive(): 1\n") == []


def test_long_function_is_cut(monkeypatch):
    monkeypatch.setattr(source, "MAX_LINES", 2)
    monkeypatch.setattr(source, "MAX_COLUMNS", 30)
    (found,) = sources(layers="def conv_forward_naive():\n    x = '" + "y" * 99 + "'\n    pass\n    pass\n")
    assert found.code == "def conv_forward_naive():\n    x = 'yyyyyyyyyyyyyyyyyyyyy…\n# … 2 more lines\n"


@pytest.mark.parametrize(
    "text",
    ["if a:\n pass\n" + "elif b:\n pass\n" * 900, "x" + ".a" * 900, "(" * 150 + ")" * 150, "\0", "a = " * 5000 + "1"],
)
def test_hostile_text_never_crashes_the_search(text):
    assert len(sources(layers=f"{text}\ndef conv_forward_naive(): 1\n")) <= 1


@pytest.mark.parametrize(
    "text", ["x = 1\n\0y", "-" * 100_000 + "1", "1" + "+1" * 100_000, "x = '\udc80'", "x = " + "1" * 5000, "def f(:\n"]
)
def test_what_python_cannot_read_is_a_syntax_error(text):
    with pytest.raises(SyntaxError):
        parse_source(text, "layers.py")


def test_tree_is_that_of_ast():
    assert [node.lineno for node in parse_source("a = 1\nb = 2\n", "f.py").body] == [1, 2]


PIECES = (
    *("def conv_forward_naive(x):", "class ThreeLayerConvNet:", "\n", "    ", "\t", "print 1", "import a", "'''", "("),
    *(":", "@d", "\\", "\x0c", "\u2028", "x = 1", "#", "if 1:", "from .own import *"),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=30))
def test_no_text_crashes_the_reader(pieces):
    text = "".join(pieces).encode("utf-8", "replace").decode()
    for found in sources(layers=text, cnn=text, own=text):
        assert found.function in found.code


def test_nodes_are_those_of_walk_without_contexts():
    tree = parse_source(
        "@d\nclass A(B, k=1):\n    def f(self, *a, b=2, **c) -> int:\n        x[0], y.z = lambda: (yield)\n", ""
    )
    assert nodes(tree) == [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]


def test_a_text_is_parsed_once_and_errors_name_the_file_that_was_asked_about():
    assert parse_source("x = 1\n", "a.py") is parse_source("x = 1\n", "b.py")
    for name in ("a.py", "b.py"):
        with pytest.raises(SyntaxError) as caught:
            parse_source("x = (\n", name)
        assert caught.value.filename == name
