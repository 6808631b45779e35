#!/usr/bin/env bash
# A program is to print 5. Which outputs does check50's stdout("5") take, and which stdout(5)?
# Guess: the text takes "5" only, as the message of a failure says (expected "5"); the number takes 5 and 5.0.
# check50 3.5.0: the text is looked for anywhere in the output, with regex=False too: 15, 5.0 and 3.5 pass. The number refuses 15 and 5.0,
# and takes 3.5 and 2,5: digits and a minus sign may not stand before it, a point or a comma may. Who means the whole output says so, by
# a pattern that has its beginning and its end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet check50==3.5.0
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import check50
def takes(output, expected, **options):
    try:
        check50.run("echo " + output).stdout(expected, **options)
    except check50.Failure:
        return False
    return True
for output in ("5", "15", "5.0", "3.5", "2,5"):
    print(output, takes(output, "5"), takes(output, "5", regex=False), takes(output, 5), takes(output, "^5\n$"))
CODE
cat >expected.txt <<'SEEN'
5 True True True True
15 True True False False
5.0 True True False False
3.5 True True True False
2,5 True True True False
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
