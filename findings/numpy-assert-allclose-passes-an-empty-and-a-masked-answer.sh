#!/usr/bin/env bash
# The right answer is the number 5, or [1, 2, 3]. Is an empty array close to the one, an array whose values are all masked to the other?
# Guess: assert_allclose fails both; allclose is false for both.
# NumPy 2.4.6: assert_allclose passes both, and so does pytest 9.1.1's approx(5.0) with the empty one: a number is compared with each entry, and
# there is none; masked entries are left out. allclose takes an empty array for equal to [1] too, where assert_allclose sees the shapes, and
# is false for the masked one. strict=True sees the first, not the second. Who judges answers compares shapes and types before values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet numpy==2.4.6 pytest==9.1.1
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import numpy as np, pytest
def passes(answer, right, **options):
    try:
        np.testing.assert_allclose(answer, right, **options)
    except AssertionError:
        return False
    return True
empty, masked = np.zeros(0), np.ma.masked_all(3)
print(passes(empty, 5.0), passes(empty, 5.0, strict=True), passes(empty, [1.0]))
print(np.allclose(empty, 5.0), np.allclose(empty, [1.0]), empty == pytest.approx(5.0))
print(passes(masked, [1, 2, 3]), passes(masked, np.array([1.0, 2, 3]), strict=True), np.allclose(masked, [1, 2, 3]))
CODE
cat >expected.txt <<'SEEN'
True False False
True True True
True True False
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
