#!/usr/bin/env bash
# Half of ten numbers are 300, half are -300, in half precision: the standard deviation is 300, the norm 949, both far below 65504.
# Guess: both come out, since mean takes halves in single precision and std would as well.
# NumPy 2.4.6: both are infinite. std is the square root of the variance, which is rounded to a half before the root is taken, and norm squares
# halves as they are. Only mean is safe. A batch norm by std or var overflows for activations of a few hundred.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
x = np.tile(np.array([300, -300], np.float16), 5)
with np.errstate(all="ignore"):
    print(float(np.full(10, 60000, np.float16).mean()), float(x.std()), float(np.linalg.norm(x)))
print(x.astype(np.float32).std())
CODE
cat >expected.txt <<'SEEN'
60000.0 inf inf
300.0
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
