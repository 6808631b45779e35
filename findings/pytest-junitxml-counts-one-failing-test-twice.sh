#!/usr/bin/env bash
# A test fails, and so does the teardown of its fixture. How many test cases does JUnit XML have for it?
# Guess: one, with a failure and an error in it.
# pytest 8.4.2: two of the same name and class, one with the failure and one with the error; the suite says that two tests ran. A test that
# passes before such a teardown is one test case, with the error only. Who sums test cases, as CI pages do, sees more tests than there are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet pytest==8.4.2
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import re, subprocess, sys
from pathlib import Path
Path("test_it.py").write_text("""
import pytest
@pytest.fixture
def bad():
    yield
    raise RuntimeError
def test_fails(bad):
    assert 0
def test_passes(bad):
    pass
""")
subprocess.run([sys.executable, "-m", "pytest", "-q", "--junitxml=it.xml", "test_it.py"], stdout=subprocess.DEVNULL)
text = Path("it.xml").read_text()
print(re.search(r' tests="\d+"', text)[0].strip())
print(re.findall(r'<testcase [^>]*name="(\w+)"[^>]*><(\w+)', text))
CODE
cat >expected.txt <<'SEEN'
tests="3"
[('test_fails', 'failure'), ('test_fails', 'error'), ('test_passes', 'error')]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
