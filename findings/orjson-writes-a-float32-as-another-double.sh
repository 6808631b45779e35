#!/usr/bin/env bash
# An array of float32 goes through JSON, once by orjson, which knows NumPy, and once by json.dumps of tolist(). Do both files hold the same numbers?
# Guess: yes, both write the exact value, 0.10000000149011612 for float32(0.1).
# orjson 3.13.0 writes the shortest text that is the same float32: 0.1. Who reads that as a double has another number than the array held,
# off by 1.5e-8 of its size: more than a tolerance of 1e-8 for golden outputs allows. Made float32 again, both are the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet orjson==3.13.0 numpy==2.4.6
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import json

import numpy as np
import orjson

values = np.array([0.1, 1 / 3, 16.1], dtype=np.float32)
short = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY).decode()
print(short)
print(json.dumps(values.tolist()))
read = np.array(json.loads(short))
print("exact", np.array_equal(read, values.astype(float)), "within 1e-8", bool(np.allclose(read, values.astype(float), rtol=1e-8, atol=0)))
print("as float32", np.array_equal(read.astype(np.float32), values))
CODE
cat >expected.txt <<'SEEN'
[0.1,0.33333334,16.1]
[0.10000000149011612, 0.3333333432674408, 16.100000381469727]
exact False within 1e-8 False
as float32 True
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
