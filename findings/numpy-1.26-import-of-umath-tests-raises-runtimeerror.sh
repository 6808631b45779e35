#!/usr/bin/env bash
# Old notebooks import numpy.core.umath_tests, for inner1d. NumPy 1.26 still has the file and warns that it is deprecated.
# Guess: the import works, or fails with an ImportError, which `try: … except ImportError:` catches as for any module that is gone.
# NumPy 1.26.4: it raises RuntimeError ("cannot load _umath_tests module"), since the C module refuses to be loaded unless the variable
# NUMPY_EXPERIMENTAL_DTYPE_API=1 is set. With it the import works, and inner1d too. NumPy 2 raises ModuleNotFoundError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 1.26.4 2.3.5; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet "numpy==$version"
done
cd "$folder"
cat >old.py <<'CODE'
try:
    from numpy.core.umath_tests import inner1d
    print("works:", inner1d([1, 2], [3, 4]))
except Exception as error:
    print(type(error).__name__)
CODE
{
    1.26.4/bin/python -W ignore old.py
    NUMPY_EXPERIMENTAL_DTYPE_API=1 1.26.4/bin/python -W ignore old.py
    2.3.5/bin/python -W ignore old.py
} >seen.txt 2>errors.txt
cat >expected.txt <<'SEEN'
RuntimeError
works: 11
ModuleNotFoundError
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
