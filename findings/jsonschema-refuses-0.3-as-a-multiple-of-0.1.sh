#!/usr/bin/env bash
# A schema wants scores in steps of 0.1 (multipleOf). Do three validators agree on 0.3, 0.7 and 0.25?
# Guess: yes; each divides, and each allows for rounding or none does.
# jsonschema 4.26.0 calls 0.3 and 0.7 invalid, fastjsonschema 2.22.3 and jsonschema-rs 0.61.2 call them valid; 0.25 is invalid to all. The first
# divides binary fractions and wants a whole number. A file of scores passes or not by the library; scores in a schema are better whole numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet jsonschema==4.26.0 fastjsonschema==2.22.3 jsonschema-rs==0.61.2
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import fastjsonschema, jsonschema, jsonschema_rs
schema = {"$schema": "http://json-schema.org/draft-07/schema#", "multipleOf": 0.1}
compiled = fastjsonschema.compile(schema)
def valid_to_fastjsonschema(value):
    try:
        compiled(value)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True
for value in (0.3, 0.7, 0.25):
    print(
        value,
        jsonschema.Draft7Validator(schema).is_valid(value),
        valid_to_fastjsonschema(value),
        jsonschema_rs.is_valid(schema, value),
    )
CODE
cat >expected.txt <<'SEEN'
0.3 False True True
0.7 False True True
0.25 False False False
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
