#!/usr/bin/env bash
# Max pooling as a filter: scipy.ndimage.maximum_filter of size 2, then every second entry. Which pixels does an entry look at?
# Guess: its own and the next, as a window that begins there; so [::2] is a pooling of windows of two.
# scipy 1.17.1: its own and the one before. Every second entry from the first is the maximum of windows that begin one pixel outside; [1::2] are
# the windows of pooling, or origin=-1 makes them begin at their own pixel.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet scipy==1.17.1 numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
from scipy.ndimage import maximum_filter1d

row = np.array([1.0, 9.0, 2.0, 3.0, 4.0, 8.0])
print("pooled", row.reshape(3, 2).max(axis=1))
print("[::2]", maximum_filter1d(row, 2)[::2])
print("[1::2]", maximum_filter1d(row, 2)[1::2])
print("origin=-1", maximum_filter1d(row, 2, origin=-1)[::2])
CODE
cat >expected.txt <<'SEEN'
pooled [9. 3. 8.]
[::2] [1. 9. 4.]
[1::2] [9. 3. 8.]
origin=-1 [9. 3. 8.]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
