#!/usr/bin/env bash
# One test has three subtests, one of which fails. What does JUnit XML say?
# Guess: one test, one failure.
# pytest 9.1.1, whose subtests fixture is new: the suite says four tests and two failures, and holds one test case with two failures in it, the
# second saying that it contains the first. Two subtests that pass are in no test case. A reader that takes the suite's numbers and one that
# counts test cases show different classes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet pytest==9.1.1
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import re, subprocess, sys
from pathlib import Path
Path("test_it.py").write_text("""
def test_parts(subtests):
    for part in range(3):
        with subtests.test(part=part):
            assert part != 1
""")
subprocess.run([sys.executable, "-m", "pytest", "-q", "--junitxml=it.xml", "test_it.py"], stdout=subprocess.DEVNULL)
text = Path("it.xml").read_text()
print(re.search(r'failures="\d+"', text)[0], re.search(r' tests="\d+"', text)[0].strip())
print(text.count("<testcase "), re.findall(r'<failure message="([^"]*)"', text))
CODE
cat >expected.txt <<'SEEN'
failures="2" tests="4"
1 ['assert 1 != 1', 'contains 1 failed subtest']
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
