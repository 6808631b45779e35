"""What a submission returns does not fill the grader's memory: looked at before it is converted, and bounded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MOST_MB = 400
GRADES = """
import json, re, sys
sys.path.insert(0, sys.argv[1])
from attack import ASSIGNMENT, CNN, Attack, hand_in, honest_files
from grader.assignment.golden_cases import LiveGoldens
from grader.grading.runner import Runner
from grader.sandbox.level import available_levels
honest = honest_files()[CNN]
attack = Attack("large", "fill the grader's memory", files={CNN: honest + sys.argv[2].encode()})
runner = Runner(ASSIGNMENT, LiveGoldens(ASSIGNMENT, 3), available_levels()[0], 3, keyword="test_network_initial")
grade = runner.grade(hand_in(attack))
statuses = [check.status for check in grade.checks]
# Not getrusage: its peak starts at that of the process which has called exec.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
print(json.dumps([int(peak[1]) >> 10, grade.complete, statuses]))
"""
CLASS = """
class ThreeLayerConvNet(ThreeLayerConvNet):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        {}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "self.params['W1'] = np.ones(250_000_000, bool)",
        "self.params = {name: np.ones(2_700_000, bool) for name in self.params}",
        "self.params = {name: np.ones(1_300_000, np.float16) for name in self.params}",
        "self.params['W1'] = np.ones(15_000_000, bool)",
        "self.params['W1'] = [[0.5] * 100] * 180",
    ],
)
def test_parameters_do_not_fill_the_grader(body):
    command = [sys.executable, "-c", GRADES, str(Path(__file__).parents[1] / "attacks"), CLASS.format(body)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    memory_mb, complete, statuses = json.loads(done.stdout.splitlines()[-1])
    assert memory_mb < MOST_MB
    assert complete
    assert "passed" not in statuses[:2]
