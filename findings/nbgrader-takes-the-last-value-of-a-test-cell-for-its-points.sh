#!/usr/bin/env bash
# A test cell of three points raises nothing. What does it earn?
# Guess: three points, whatever it shows.
# nbgrader 0.9.6: a cell that ends in an expression earns its value, if that is a number of at least 0 as text: one that ends in the largest
# error, 1e-09, earns 1e-09 points. With NumPy 2 the same value is written np.float64(1e-09), is no number any more and earns three. One line on
# stderr, as NumPy's warnings are, earns 0, though nothing failed. A test cell should end in an assertion and warn of nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet nbgrader==0.9.6 nbformat==5.11.1
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade
def earns(output):
    cell = new_code_cell("check()", outputs=[output])
    cell.metadata.nbgrader = {"grade": True, "solution": False, "points": 3}
    return determine_grade(cell)[0]
for text in ("1e-09", "np.float64(1e-09)", "True", "-1"):
    print(text, earns(new_output("execute_result", {"text/plain": text})))
for name in ("stdout", "stderr"):
    print(name, earns(new_output("stream", name=name, text="RuntimeWarning: overflow encountered in exp")))
CODE
cat >expected.txt <<'SEEN'
1e-09 1e-09
np.float64(1e-09) 3.0
True 3.0
-1 3.0
stdout 3.0
stderr 0
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
