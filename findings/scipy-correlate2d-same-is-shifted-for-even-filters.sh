#!/usr/bin/env bash
# scipy.signal has correlate, for arrays of any dimension, and correlate2d. Do they give the same "same" part for a 2 x 2 filter?
# Guess: yes, as convolve and convolve2d do.
# scipy 1.17.1: convolve and convolve2d agree; correlate and correlate2d differ by one row and one column for filters of even size. With
# odd filters all agree, so a check with 3 x 3 filters does not show it. A convolutional layer is a correlation: who takes one of the
# two for its right answer gets the other layer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet scipy==1.17.1 numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
from scipy.signal import convolve, convolve2d, correlate, correlate2d

image = np.arange(30.0).reshape(5, 6) ** 2
for size in (2, 3):
    filter = np.arange(size * size, dtype=float).reshape(size, size) + 1
    same = {f.__name__: f(image, filter, mode="same") for f in (convolve, convolve2d, correlate, correlate2d)}
    print(size, "convolve", np.allclose(same["convolve"], same["convolve2d"]))
    print(size, "correlate", np.allclose(same["correlate"], same["correlate2d"]))
    if size == 2:
        print("one row and column apart", np.allclose(same["correlate"][1:, 1:], same["correlate2d"][:-1, :-1]))
CODE
cat >expected.txt <<'SEEN'
2 convolve True
2 correlate False
one row and column apart True
3 convolve True
3 correlate True
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
