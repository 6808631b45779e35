#!/usr/bin/env bash
# nbval runs a notebook and compares what comes out with the stored outputs. A hook has stripped those; the cell prints a line. Does it pass?
# Guess: no, the stored output is empty and the new one is not.
# nbval 0.11.0 with pytest 9.2.0: it passes, with --nbval as with --nbval-lax. A cell without stored outputs is run and compared with nothing, so
# that a repository with nbstripout has a test of notebooks that fails on exceptions only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet nbval==0.11.0 pytest==9.2.0 nbformat==5.11.1 ipykernel==7.4.0
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import subprocess
import sys

import nbformat

for name, outputs in (("stripped", []), ("other", [nbformat.v4.new_output("stream", name="stdout", text="42\n")])):
    cell = nbformat.v4.new_code_cell("print(6 * 9)", outputs=outputs)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), f"{name}.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", f"{name}.ipynb"]
    ended = subprocess.run(command, capture_output=True, text=True)
    print(name, "passes" if ended.returncode == 0 else "fails")
CODE
cat >expected.txt <<'SEEN'
stripped passes
other fails
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
