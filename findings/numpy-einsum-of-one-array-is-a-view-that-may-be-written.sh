#!/usr/bin/env bash
# out = np.einsum("nchw->nhwc", x), then out += b. Is x what it was?
# Guess: yes. einsum computes its result, at least with optimize=True, where it plans one.
# NumPy 2.4.6: x has changed, with and without optimize. Of one array, where nothing is summed, einsum returns a view, of the diagonal
# too, and that view may be written, which np.diagonal's may not. A factor of 1 as a second operand gives a copy. A forward function that adds
# its bias in place this way changes its input, which the next check then reads.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
for optimize in (False, True):
    x = np.zeros((1, 2, 2, 2))
    out = np.einsum("nchw->nhwc", x, optimize=optimize)
    out += 1
    print(optimize, x.sum())
x = np.zeros((2, 2))
print(np.einsum("ii->i", x).flags.writeable, np.diagonal(x).flags.writeable)
print(np.shares_memory(x, np.einsum("ij,->ji", x, 1.0)))
CODE
cat >expected.txt <<'SEEN'
False 8.0
True 8.0
True False
False
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
