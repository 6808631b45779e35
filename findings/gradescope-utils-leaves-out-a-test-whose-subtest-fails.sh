#!/usr/bin/env bash
# A test of three points has three subtests, one of which fails. What does results.json say of it?
# Guess: it is listed as failed, with 0 of 3 points.
# gradescope-utils 0.5.0: nothing. The runner writes what succeeds, fails or raises; the standard library reports a failed subtest by
# another method, and a skipped test and an expected failure by two more. None of the three is listed, with no score and no maximum, so a
# student who fails it sees full marks of what is left.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet gradescope-utils==0.5.0
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import io, json, unittest
from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner

class Checks(unittest.TestCase):
    @weight(1)
    def test_right(self):
        pass
    @weight(3)
    def test_one_of_three_parts_wrong(self):
        for part in range(3):
            with self.subTest(part=part):
                self.assertNotEqual(part, 1)
    @weight(2)
    @unittest.skip("not on this machine")
    def test_skipped(self):
        pass
    @weight(4)
    @unittest.expectedFailure
    def test_known_to_fail(self):
        self.fail()

stream = io.StringIO()
JSONTestRunner(stream=stream, visibility="visible").run(unittest.defaultTestLoader.loadTestsFromTestCase(Checks))
results = json.loads(stream.getvalue())
print(results["score"], [(test["name"].split()[0], test["score"], test["max_score"]) for test in results["tests"]])
CODE
cat >expected.txt <<'SEEN'
1 [('test_right', 1, 1)]
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
