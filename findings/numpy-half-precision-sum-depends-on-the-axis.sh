#!/usr/bin/env bash
# 4096 ones of half precision are summed: as a vector, by einsum, and as each of two columns.
# Guess: 2048 everywhere, where adding one more no longer changes a half.
# NumPy 2.4.6: 4096 for the vector, for einsum and for a matrix product; 2048 for the columns. Sums along the last axis go pairwise or in single
# precision, sums along the first one add one row after another. mean gives 1 both ways: it sums halves in single precision. So a
# bias gradient by sum(axis=0) stops growing with the batch, and the mean of the same numbers does not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
ones = np.ones(4096, np.float16)
columns = np.ones((4096, 2), np.float16)
print(float(ones.sum()), float(np.einsum("i->", ones)), float(ones @ ones))
print(columns.sum(axis=0).tolist(), np.einsum("ij->j", columns).tolist(), columns.mean(axis=0).tolist())
CODE
cat >expected.txt <<'SEEN'
4096.0 4096.0 4096.0
[2048.0, 2048.0] [2048.0, 2048.0] [1.0, 1.0]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
