"""A submission has a budget: what all its processes use is counted, and when it is used up only verdicts are left."""

import pytest
import tiny

from grader.assignment.points_and_limits import Budget
from grader.model.errors import OverBudget, UnusableAssignment
from grader.model.results import Grade, Status
from grader.sandbox.meter import Meter
from grader.sandbox.processes import Tally

CHECKS = '''
import pytest

@pytest.mark.section("First")
@pytest.mark.function("halve")
@pytest.mark.parametrize("x", [1.0, 2.0, 3.0])
def test_halve(student, x):
    """halve halves."""
    assert student.main.halve(x) == x / 2

@pytest.mark.section("Second")
@pytest.mark.function("double")
def test_double(student):
    """double doubles."""
    assert student.main.double(1.0)[0] == 2.0
'''
RUBRIC = """
total = 10
[points]
"test_tiny.py::test_halve" = 6
"test_tiny.py::test_double" = 4
[limits]
cpu_seconds = 60
wall_seconds = 60
import_seconds = 60
[budget]
{budget}
"""
CODE = """
import os, signal, sys, threading, time
{top}

def halve(x):
    {body}
    return x / 2

def double(x):
    return 2 * x, (x,)
"""
#: works for so many seconds of the processor's, whatever else the machine does
WORK = "end = time.process_time() + {seconds}\n    while time.process_time() < end: pass"


@pytest.fixture
def grade(tmp_path):
    def run(body="pass", top="", budget="cpu_seconds = 60\nwall_seconds = 60"):
        runner = tiny.runner(tmp_path, checks=CHECKS, rubric=RUBRIC.format(budget=budget))
        return runner.grade(tiny.submission(CODE.format(body=body, top=top), tmp_path))

    return run


def statuses(grade):
    assert grade.complete
    return [str(check.status) for check in grade.checks]


def test_right_submission_stays_far_below_and_the_grade_says_so(grade):
    done = grade(budget="cpu_seconds = 30\nwall_seconds = 40")
    assert statuses(done) == ["passed"] * 4
    assert (done.budget.cpu_budget_seconds, done.budget.wall_budget_seconds) == (30, 40)
    assert 0 < done.budget.cpu_seconds < 30
    assert Grade.from_json(done.to_json()).budget == done.budget


@pytest.mark.slow
def test_work_below_the_limit_of_each_check_adds_up(grade):
    done = grade(WORK.format(seconds=1), budget="cpu_seconds = 2.4\nwall_seconds = 600")
    # The first check uses more than its function's share, so the other function comes before the rest of it.
    assert statuses(done)[0] == statuses(done)[3] == "passed"
    assert statuses(done)[2] == "timeout"
    message = done.checks[2].message
    assert "all checks of a submission have 2.4 s of processor time together" in message
    assert "halve " in message.partition("Most of it was used by: ")[2]
    assert "[budget] in rubric.toml" in done.checks[2].hint
    assert done.budget.cpu_seconds > 2.4


def test_sleep_below_the_limit_of_each_check_adds_up(grade):
    done = grade("time.sleep(2)", budget="cpu_seconds = 60\nwall_seconds = 5")
    assert statuses(done)[3] == "passed"
    assert "timeout" in statuses(done)
    assert any("5 s on the clock" in check.message for check in done.checks)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "if os.fork() == 0:\n        {work}\n        os._exit(0)\n    os.wait()",
        # Nobody waits for the child but the worker, when both have gone.
        "r, w = os.pipe()\n    if os.fork() == 0:\n        if os.fork() == 0:\n            {work}\n"
        "            os.write(w, b'x')\n        os._exit(0)\n    os.read(r, 1)",
        "t = threading.Thread(target=work)\n    t.start(); t.join()",
    ],
    ids=["child", "orphan", "thread"],
)
def test_work_of_children_and_threads_is_counted(grade, body):
    top = "def work():\n    end = time.process_time() + 0.3\n    while time.process_time() < end: pass"
    done = grade(body.format(work="work()"), top=top)
    assert statuses(done) == ["passed"] * 4
    assert done.budget.cpu_seconds > 0.9


@pytest.mark.slow
def test_work_of_a_thread_that_an_import_has_started_is_counted(grade):
    spin = "def spin():\n    while True: pass\nthreading.Thread(target=spin, daemon=True).start()"
    done = grade("time.sleep(10)", top=spin, budget="cpu_seconds = 1\nwall_seconds = 600")
    assert "timeout" in statuses(done)
    assert any("1 s of processor time" in check.message for check in done.checks)


@pytest.mark.parametrize(
    "top",
    [
        "os.register_at_fork(before=lambda: time.sleep(1000))",
        "os.register_at_fork(before=lambda: os.kill(os.getpid(), signal.SIGSTOP))",
    ],
    ids=["before-fork", "stopped"],
)
def test_process_that_answers_no_order_is_given_up(grade, top):
    done = grade(top=top)
    assert set(statuses(done)) == {"timeout"}
    assert done.checks[0].message.startswith("The process that imported your files does not answer within 2 s")
    # Two orders of two seconds each, not two for every check.
    assert done.budget.wall_seconds < 20


def test_orders_that_are_answered_late_add_up(grade):
    done = grade("os._exit(1)", top="os.register_at_fork(before=lambda: time.sleep(1))", budget="wall_seconds = 2.5")
    assert "timeout" in statuses(done)
    assert any("2.5 s on the clock" in check.message for check in done.checks)


@pytest.mark.slow
def test_import_counts(grade):
    done = grade(top=WORK.format(seconds=2).replace("\n    ", "\n"), budget="cpu_seconds = 1\nwall_seconds = 600")
    assert set(statuses(done)) == {"timeout"}
    assert "the import" in done.checks[-1].message or "halve" in done.checks[-1].message


# The meter alone, on a clock and counts of the test's own.


class Host:
    """A clock and a process tree that only the test moves."""

    def __init__(self):
        self.now, self.cpu, self.waited, self.own = 100.0, 0.0, {7: 0.0}, 0.0

    def monotonic(self):
        return self.now

    def tally(self):
        return Tally(self.cpu, dict(self.waited))


@pytest.fixture
def host(monkeypatch):
    host = Host()
    monkeypatch.setattr("grader.sandbox.meter.time", host)
    monkeypatch.setattr("grader.sandbox.meter.own_waited", lambda: host.own)
    return host


@pytest.fixture
def meter(host):
    meter = Meter(Budget(cpu_seconds=10, wall_seconds=10))
    meter.attach(host.tally)
    return meter


def wait(host, meter, seconds, queued=0.0, own=0.0):
    with meter.waiting():
        host.now += seconds
        host.waited[7] += queued
        host.own += own
    meter.look()


def test_time_in_which_others_had_the_processor_is_not_counted(host, meter):
    wait(host, meter, 12.0, queued=5.0, own=3.0)
    assert meter.account.wall_seconds == pytest.approx(4.0)
    with pytest.raises(OverBudget, match="10 s on the clock"):
        wait(host, meter, 6.5)


def test_time_in_line_makes_up_for_no_other_wait(host, meter):
    wait(host, meter, 4.0, queued=100.0)
    assert meter.account.wall_seconds == 0
    with pytest.raises(OverBudget):
        wait(host, meter, 10.5)


def test_a_tree_that_is_ended_stays_counted(host, meter):
    host.cpu = 6.0
    meter.detach()
    host.cpu, host.now = 0.0, host.now + 1
    meter.attach(host.tally)
    host.cpu = 3.0
    meter.look()
    host.cpu, host.now = 5.0, host.now + 1
    with pytest.raises(OverBudget, match="10 s of processor time together"):
        meter.look()


def test_what_vanishes_uncounted_stays_counted(host, meter):
    host.cpu = 6.0
    meter.look()
    host.cpu, host.now = 2.0, host.now + 1
    meter.look()
    assert meter.account.cpu_seconds == 6.0


def test_a_section_with_a_budget_of_its_own_uses_no_other(host, meter):
    meter.turn_to("train", "Training", Budget(100, 100))
    wait(host, meter, 50.0)
    meter.turn_to("halve")
    wait(host, meter, 5.0)
    assert meter.account.wall_seconds == pytest.approx(5.0)
    meter.turn_to("train", "Training", Budget(100, 100))
    with pytest.raises(OverBudget, match=r"the checks of Training have 100 s on the clock together.*train 101.0 s"):
        wait(host, meter, 51.0)


def test_budgets_of_sections_are_read(tmp_path):
    rubric = tiny.RUBRIC + "[budget]\ncpu_seconds = 3\n[budget.Second]\nwall_seconds = 7\n"
    read = tiny.write_assignment(tmp_path, rubric=rubric).rubric
    assert read.budget == Budget(cpu_seconds=3)
    assert read.section_budgets == {"Second": Budget(wall_seconds=7)}


def test_unknown_entry_of_a_budget_is_named(tmp_path):
    with pytest.raises(UnusableAssignment, match=r"rubric.toml has an entry of \[budget\].*hours"):
        tiny.write_assignment(tmp_path, rubric=tiny.RUBRIC + "[budget]\nhours = 3\n")


def test_status_of_a_used_up_budget_is_timeout():
    assert OverBudget("x").status == Status.TIMEOUT
