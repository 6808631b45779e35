#!/usr/bin/env bash
# One pixel of an image is NaN. scipy.signal.convolve with a 7 x 7 filter: how many outputs are NaN?
# Guess: 49, those whose window holds the pixel, whatever the size of the image.
# scipy 1.17.1: 49 for an image of 8 x 8, all 1,024 for one of 32 x 32. The method is chosen by the sizes, and the Fourier transform
# of an image with one NaN is NaN everywhere. A small test finds the NaN where it is, a real image says that all is wrong;
# method="direct" keeps it in place.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet scipy==1.17.1 numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
from scipy.signal import convolve

for size in (8, 32):
    image = np.ones((size, size))
    image[size // 2, size // 2] = np.nan
    for method in ("auto", "direct"):
        print(size, method, np.isnan(convolve(image, np.ones((7, 7)), mode="same", method=method)).sum())
CODE
cat >expected.txt <<'SEEN'
8 auto 49
8 direct 49
32 auto 1024
32 direct 49
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
