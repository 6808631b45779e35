#!/usr/bin/env bash
# Two classes of tests; setUpClass of one raises, as it does where the student's module cannot be imported there. What does results.json hold?
# Guess: each test of that class with 0 points, and the other class as it is.
# gradescope-utils 0.5.0: nothing at all, the stream stays empty. unittest reports a class that cannot be set up by a stand-in that is no test;
# the runner asks it for its method's name and ends with AttributeError. tearDownClass does the same after all tests have passed. One
# fault in one class takes the points of all others: imports belong into the tests themselves.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet gradescope-utils==0.5.0
cd "$folder"
env/bin/python -W ignore - >seen.txt <<'CODE'
import io, unittest
from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
class Right(unittest.TestCase):
    @weight(2)
    def test_right(self):
        pass
class NoSetUp(Right):
    @classmethod
    def setUpClass(cls):
        raise ImportError("no module of the student")
class NoTearDown(Right):
    @classmethod
    def tearDownClass(cls):
        raise OSError("folder is not empty")
for classes in ([Right], [Right, NoSetUp], [Right, NoTearDown]):
    stream = io.StringIO()
    try:
        JSONTestRunner(stream=stream).run(unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, classes)))
    except AttributeError as error:
        print(error)
    print(len(classes), "written" if stream.getvalue() else "nothing written")
CODE
cat >expected.txt <<'SEEN'
1 written
'_ErrorHolder' object has no attribute '_testMethodName'
2 nothing written
'_ErrorHolder' object has no attribute '_testMethodName'
2 nothing written
SEEN
diff expected.txt seen.txt
echo "As stated: $(basename "$0" .sh)"
