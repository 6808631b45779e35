#!/usr/bin/env bash
# A cell runs longer than it may, and the client was told to interrupt the kernel then. Which error does execute() raise?
# Guess: CellTimeoutError, as without the interrupt; the interrupt only saves the kernel.
# nbclient 0.11.0: CellExecutionError, of the KeyboardInterrupt that the kernel reports. Nothing in it, and nothing in the notebook, says
# that a limit was reached; a caller who catches CellTimeoutError takes it for a fault of the cell.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet nbclient==0.11.0 ipykernel==7.1.0
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import logging
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
logging.disable(logging.CRITICAL)
for interrupt in (False, True):
    notebook = new_notebook(cells=[new_code_cell("import time\ntime.sleep(60)")])
    try:
        NotebookClient(notebook, timeout=2, interrupt_on_timeout=interrupt).execute()
    except Exception as error:
        print(interrupt, type(error).__name__, "timed out" in str(error))
CODE
cat >expected.txt <<'SEEN'
False CellTimeoutError True
True CellExecutionError False
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
