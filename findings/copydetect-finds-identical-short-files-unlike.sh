#!/usr/bin/env bash
# How similar are two identical files of one short function?
# Guess: 1, all of each is in the other.
# copydetect 0.5.0: 0, with the settings of its documentation as with the finest ones that it takes for such a file. Code is cut into
# pieces of k characters after its names were made equal; a file shorter than that leaves no piece, and no piece matches nothing.
# What it means for a class: one copied short function is seen by its text, not by a similarity.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet copydetect==0.5.0
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
from pathlib import Path
import copydetect
for name in ("p.py", "q.py"):
    Path(name).write_text("def f(x):\n    return 2 * x + 1\n")
for k, window in ((25, 1), (30, 11)):
    one, other = (copydetect.CodeFingerprint(name, k, window) for name in ("p.py", "q.py"))
    overlap, similarity, _ = copydetect.compare_files(one, other)
    print(k, overlap, similarity)
CODE
cat >expected.txt <<'SEEN'
25 0 (0, 0)
30 0 (0, 0)
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
