#!/usr/bin/env bash
# One entry in the corner of an image is NaN; how many results of a convolution are?
# Guess: those whose window holds it, here one, whatever the sizes are.
# SciPy 1.17.1: one for an image of 8 x 8, all 10,201 for one of 200 x 200, where convolve takes the Fourier transform, to which each entry
# matters for each result. method="direct" has one. An infinite entry does the same. Tests on small arrays do not see it; a comparison
# of NaN with NaN, as assert_allclose makes, passes all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
from scipy.signal import convolve
def lost(size, value, method):
    image = np.ones((size, size))
    image[0, 0] = value
    with np.errstate(all="ignore"):
        result = convolve(image, np.ones((size // 2, size // 2)), mode="valid", method=method)
    return int((~np.isfinite(result)).sum()), result.size
print(lost(8, np.nan, "auto"), lost(200, np.nan, "auto"), lost(200, np.inf, "auto"))
print(lost(60, np.nan, "direct"), lost(60, np.nan, "fft"))
CODE
cat >expected.txt <<'SEEN'
(1, 25) (10201, 10201) (10201, 10201)
(1, 961) (961, 961)
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
