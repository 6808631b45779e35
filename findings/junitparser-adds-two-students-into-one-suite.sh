#!/usr/bin/env bash
# Reports of two students, made by the same tests on the same machine, are added. How many suites has the sum?
# Guess: two, one for each report; only test cases that are the same would be merged.
# junitparser 5.0.3: one, with both test cases of one name in it, one passed and one failed, and nothing says whose is which. Suites are
# taken for one if name, host and properties agree, as they do for each run of pytest. With another host there are two. Who
# collects a class by adding reports first gives each suite the student's name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet junitparser==5.0.3
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
from junitparser import JUnitXml
def report(host, failure):
    return JUnitXml.fromstring(
        f'<testsuites><testsuite name="pytest" tests="1" failures="{int(bool(failure))}" hostname="{host}">'
        f'<testcase classname="test_conv" name="test_forward">{failure}</testcase></testsuite></testsuites>'
    )
for host in ("grader", "other"):
    both = report("grader", "") + report(host, '<failure message="wrong"/>')
    print(host, [[(case.name, case.is_passed) for case in suite] for suite in both])
CODE
cat >expected.txt <<'SEEN'
grader [[('test_forward', True), ('test_forward', False)]]
other [[('test_forward', True)], [('test_forward', False)]]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
