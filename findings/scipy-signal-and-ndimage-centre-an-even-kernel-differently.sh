#!/usr/bin/env bash
# A row of four is convolved with the kernel [1, 0], the size staying the same. Do scipy.signal and scipy.ndimage agree? And correlate?
# Guess: yes. Both keep the middle, both fill up with zeros.
# SciPy 1.17.1: convolve is one entry apart, correlate agrees. ndimage turns the kernel round and moves the centre of an even one with it,
# signal does not. With an odd kernel all agree. Expected values of a convolution with an even filter hang on which one made them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
from scipy import ndimage, signal
x = np.array([1.0, 2, 3, 4])
for kernel in ([1.0, 0], [1.0, 0, 0]):
    for name in ("convolve", "correlate"):
        one = getattr(signal, name)(x, kernel, mode="same")
        other = getattr(ndimage, name)(x, kernel, mode="constant")
        print(len(kernel), name, one.tolist(), other.tolist())
CODE
cat >expected.txt <<'SEEN'
2 convolve [1.0, 2.0, 3.0, 4.0] [2.0, 3.0, 4.0, 0.0]
2 correlate [0.0, 1.0, 2.0, 3.0] [0.0, 1.0, 2.0, 3.0]
3 convolve [2.0, 3.0, 4.0, 0.0] [2.0, 3.0, 4.0, 0.0]
3 correlate [0.0, 1.0, 2.0, 3.0] [0.0, 1.0, 2.0, 3.0]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
