#!/usr/bin/env bash
# A notebook has a raw cell: text that no kernel runs, as old code is put aside. What does its export to Python make of it?
# Guess: a comment, as of a markdown cell; or nothing.
# nbconvert 7.17.2: the text as it is, so that the program runs what the notebook never ran. Here it gives x another value; prose makes
# the whole file a syntax error. jupytext 1.19.6 comments it out. Who grades an export grades code that the student has switched off.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet nbconvert==7.17.2 jupytext==1.19.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import jupytext
from nbconvert import PythonExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
def exports(cell):
    notebook = new_notebook(cells=[new_code_cell("x = 1"), cell])
    return PythonExporter().from_notebook_node(notebook)[0], jupytext.writes(notebook, "py:percent")
for text in ("x = 2", "My first try, which was wrong:"):
    for cell in (new_raw_cell(text), new_markdown_cell(text)):
        for program in exports(cell):
            scope = {}
            try:
                exec(program, scope)
                print(cell.cell_type, scope["x"])
            except SyntaxError:
                print(cell.cell_type, "SyntaxError")
CODE
cat >expected.txt <<'SEEN'
raw 2
raw 1
markdown 1
markdown 1
raw SyntaxError
raw 1
markdown 1
markdown 1
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
