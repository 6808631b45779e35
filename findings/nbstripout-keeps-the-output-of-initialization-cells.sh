#!/usr/bin/env bash
# nbstripout is called without options. Which outputs stay?
# Guess: those of cells tagged keep_output, and no others.
# nbstripout 0.9.1: also those of every cell whose metadata say init_cell, a mark of an extension that runs such cells when a notebook is
# opened. A course that strips its solution before it hands it out keeps the printed answers there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet nbstripout==0.9.1
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import subprocess
import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output
cells = [
    new_code_cell("print(42)", outputs=[new_output("stream", text="42")], metadata=metadata)
    for metadata in ({}, {"tags": ["keep_output"]}, {"init_cell": True})
]
nbformat.write(new_notebook(cells=cells), "notebook.ipynb")
subprocess.run(["env/bin/nbstripout", "notebook.ipynb"], check=True)
print([len(cell.outputs) for cell in nbformat.read("notebook.ipynb", 4).cells])
CODE
cat >expected.txt <<'SEEN'
[0, 1, 1]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
