#!/usr/bin/env bash
# Two arrays are saved under the keys "a" and "a.npy"; which one does the key "a.npy" read?
# Guess: the one that was saved under it, since both keys are listed.
# NumPy 2.4.6: the one of "a". Members of the archive are called KEY.npy, the listing strips that ending, and reading tries the
# member's full name first. The array saved as "a.npy" is listed and cannot be read by its key. Alone, it can.
# What it means for goldens: no key of an archive may end in .npy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np
np.savez("both.npz", **{"a": np.array(1), "a.npy": np.array(2)})
both = np.load("both.npz")
print(both.files, int(both["a"]), int(both["a.npy"]))
np.savez("alone.npz", **{"a.npy": np.array(2)})
print(int(np.load("alone.npz")["a.npy"]))
CODE
cat >expected.txt <<'SEEN'
['a', 'a.npy'] 1 1
2
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
