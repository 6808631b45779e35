#!/usr/bin/env bash
# Two cells of a notebook have the same id. What does nbformat.validate do?
# Guess: it raises ValidationError and leaves the notebook as it is, as the name says.
# nbformat 5.11.1: it warns, gives the second cell a new random id in the notebook that it was handed, and calls it valid. Reading does the same, so
# the same file has other ids each time it is read: nothing that lasts may be kept by the id of a cell.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet nbformat==5.11.1
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import json
import nbformat
from nbformat.v4 import new_code_cell, new_notebook
notebook = new_notebook(cells=[new_code_cell("x"), new_code_cell("y")])
notebook.cells[0].id = notebook.cells[1].id = "same"
text = json.dumps(notebook)
nbformat.validate(notebook)
print(notebook.cells[0].id, notebook.cells[1].id == "same")
first, second = (nbformat.reads(text, as_version=4).cells[1].id for _ in range(2))
print(first == second)
CODE
cat >expected.txt <<'SEEN'
same False
False
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
