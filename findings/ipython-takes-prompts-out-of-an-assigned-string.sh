#!/usr/bin/env bash
# A cell assigns a string of three quotes that has a line `>>> x` in it, as a message or an expected output of a test has. What is its
# value? And what does IPython run of a function whose body is `...`, if a pasted `>>> f()` follows in the same cell?
# Guess: a string is a string. Prompts are removed where a cell begins with one ("the first two lines", says the description).
# IPython 9.18.1: the value has lost its `>>> `. Only a string that begins its line, as a docstring does, keeps it. One prompt
# anywhere in a cell also turns on the removal of `...`, and a body of `...` goes with it, so that the cell is no valid Python any more.
# Who reads a cell must not take its text for what was run.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet ipython==9.18.1
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import ast
from IPython.core.inputtransformer2 import TransformerManager
run = TransformerManager().transform_cell
scope = {}
exec(run('import math\n\ns = """\n>>> x\n"""\n\ndef f():\n    """\n    >>> f()\n    """\n'), scope)
print("assigned", repr(scope["s"]))
print("docstring", ">>>" in scope["f"].__doc__)
for end in ("", ">>> f()\n"):
    try:
        ast.parse(run("def f():\n    ...\n\n" + end))
        print("body", bool(end), "valid")
    except SyntaxError as error:
        print("body", bool(end), type(error).__name__)
CODE
cat >expected.txt <<'SEEN'
assigned '\nx\n'
docstring True
body False valid
body True IndentationError
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
