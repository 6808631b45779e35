#!/usr/bin/env bash
# A test of two points sets its partial credit to 5, to the NaN of a mean of nothing, or fails after it set 1.5. What is its score?
# Guess: at most 2, an error for NaN, and 0 for a test that fails.
# gradescope-utils 0.5.0: 5 of 2, NaN, and 1.5 for a failed test. A test that never sets it has both points. One NaN makes the sum of the whole
# class of tests NaN, and results.json has the word NaN in it, which JSON does not know: a strict reader refuses the file, with all scores.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet gradescope-utils==0.5.0
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import io, json, unittest
from gradescope_utils.autograder_utils.decorators import partial_credit
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
class Checks(unittest.TestCase):
    @partial_credit(2)
    def test_1_above(self, set_score=None):
        set_score(5)
    @partial_credit(2)
    def test_2_fails(self, set_score=None):
        set_score(1.5)
        self.fail()
    @partial_credit(2)
    def test_3_never_set(self, set_score=None):
        pass
    @partial_credit(2)
    def test_4_nan(self, set_score=None):
        set_score(float("nan"))
stream = io.StringIO()
JSONTestRunner(stream=stream).run(unittest.defaultTestLoader.loadTestsFromTestCase(Checks))
results = json.loads(stream.getvalue())
print(results["score"], [(test["score"], test["status"]) for test in results["tests"]])
def refuse(word):
    raise ValueError(word + " is not JSON")
try:
    json.loads(stream.getvalue(), parse_constant=refuse)
except ValueError as error:
    print(error)
CODE
cat >expected.txt <<'SEEN'
nan [(5, 'passed'), (1.5, 'failed'), (2, 'passed'), (nan, 'passed')]
NaN is not JSON
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
