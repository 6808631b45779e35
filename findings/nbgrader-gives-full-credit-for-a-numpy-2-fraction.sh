#!/usr/bin/env bash
# A test cell of nbgrader may end in a number: partial credit. One of two points ends in np.float64(0.5). What is given?
# Guess: 0.5 of 2, whatever NumPy the kernel has.
# nbgrader 0.9.6: 0.5 of 2 with NumPy 1.26.4, and the full 2 of 2 with NumPy 2.4.6, whose scalars print as np.float64(0.5). That is no
# number to nbgrader, and what is none counts as full credit, with a line in the log. float(...) at the end of the cell gives 0.5 with
# both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/grade.py" <<'CODE'
import logging

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

logging.disable()
for source in ("import numpy as np\nnp.mean([0.0, 1.0])", "float(np.mean([0.0, 1.0]))"):
    cell = nbformat.v4.new_code_cell(source)
    grading = {"grade": True, "solution": False, "locked": True, "points": 2, "grade_id": "test", "schema_version": 3}
    cell.metadata["nbgrader"] = {**grading, "cell_type": "code"}
    setting_up = nbformat.v4.new_code_cell("import numpy as np")
    NotebookClient(nbformat.v4.new_notebook(cells=[setting_up, cell]), kernel_name="python3").execute()
    print(np.__version__, cell.outputs[-1].data["text/plain"], determine_grade(cell, logging.getLogger()))
CODE
cd "$folder"
for numpy in 1.26.4 2.4.6; do
    python3 -m venv "env-$numpy"
    "env-$numpy/bin/pip" install --quiet nbgrader==0.9.6 ipykernel==7.4.0 nbclient==0.10.4 "numpy==$numpy"
    PATH="$folder/env-$numpy/bin:$PATH" "env-$numpy/bin/python" -W ignore grade.py >>seen.txt
done
cat >expected.txt <<'SEEN'
1.26.4 0.5 (0.5, 2.0)
1.26.4 0.5 (0.5, 2.0)
2.4.6 np.float64(0.5) (2.0, 2.0)
2.4.6 0.5 (0.5, 2.0)
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
