#!/usr/bin/env bash
# Which texts are the values of `sid: 0011`, `sid: 1_1`, `sid: 12:30`, `name: Yes` and `name: Null` to yaml.safe_load?
# Guess: 0011 or 11, and the names as they are written.
# PyYAML 6.0.3: 9 (octal), 11, 750 (base sixty), True and None: YAML 1.1's own words and numbers. One value with a tag that it does
# not know refuses the whole file. BaseLoader keeps every value as the text that is written, and ignores tags.
# What it means for Gradescope's metadata: an SID read as a number may be another student's, so nothing is read but as text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet pyyaml==6.0.3
cd "$folder"
env/bin/python - >seen.txt <<'CODE'
import yaml
text = "[0011, 1_1, 12:30, Yes, Null]"
print(yaml.safe_load(text))
print(yaml.load(text, Loader=yaml.BaseLoader))
try:
    yaml.safe_load("{name: Ada, output: !ruby/object:X {}}")
except yaml.YAMLError as exc:
    print(type(exc).__name__)
print(yaml.load("{name: Ada, output: !ruby/object:X {}}", Loader=yaml.BaseLoader))
CODE
cat >expected.txt <<'SEEN'
[9, 11, 750, True, None]
['0011', '1_1', '12:30', 'Yes', 'Null']
ConstructorError
{'name': 'Ada', 'output': {}}
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
