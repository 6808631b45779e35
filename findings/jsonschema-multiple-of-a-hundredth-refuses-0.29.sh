#!/usr/bin/env bash
# A JSON Schema asks for points in whole hundredths: "multipleOf": 0.01. Do validators agree on 0.29?
# Guess: yes, 0.29 is 29 hundredths, and all accept it.
# jsonschema 4.26.0 refuses 0.29 and nine other hundredths below 1 (it divides the floats: 0.29 / 0.01 is 28.999999999999996);
# jsonschema-rs 0.61.2 and fastjsonschema 2.22.3 accept all of them. A grade that one tool writes and validates can be refused by the next.
# Multiples of 0.25 are safe in all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet jsonschema==4.26.0 jsonschema-rs==0.61.2 fastjsonschema==2.22.3
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import fastjsonschema
import jsonschema_rs
from jsonschema import Draft202012Validator

schema = {"type": "number", "multipleOf": 0.01}
fast = fastjsonschema.compile(schema)


def accepts(value):
    try:
        fast(value)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


points = [k / 100 for k in range(101)]
print("jsonschema refuses", [p for p in points if not Draft202012Validator(schema).is_valid(p)])
print("jsonschema-rs refuses", [p for p in points if not jsonschema_rs.is_valid(schema, p)])
print("fastjsonschema refuses", [p for p in points if not accepts(p)])
quarters = Draft202012Validator({"multipleOf": 0.25})
print("quarters refused", [k / 4 for k in range(401) if not quarters.is_valid(k / 4)])
CODE
cat >expected.txt <<'SEEN'
jsonschema refuses [0.07, 0.14, 0.28, 0.29, 0.47, 0.56, 0.57, 0.58, 0.59, 0.94]
jsonschema-rs refuses []
fastjsonschema refuses []
quarters refused []
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
