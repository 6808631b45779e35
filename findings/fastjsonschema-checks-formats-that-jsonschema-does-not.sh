#!/usr/bin/env bash
# A schema says that a string has the format date-time; the value is "yesterday". Is it valid?
# Guess: yes for both libraries, since format is a remark that nothing checks unless asked.
# fastjsonschema 2.21.2: invalid. jsonschema 4.26.0: valid. Notebooks and grades are read with the one where it is installed and with the other
# where it is not, so the same file passes on one machine only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet fastjsonschema==2.21.2 jsonschema==4.26.0
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import fastjsonschema, jsonschema
schema = {"type": "string", "format": "date-time"}
for validate in (fastjsonschema.compile(schema), lambda value: jsonschema.validate(value, schema)):
    try:
        validate("yesterday")
        print("valid")
    except (fastjsonschema.JsonSchemaValueException, jsonschema.ValidationError) as error:
        print("invalid:", error.message)
CODE
cat >expected.txt <<'SEEN'
invalid: data must be date-time
valid
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
