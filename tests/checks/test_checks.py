"""The reference earns every point, stubs earn none, each near-miss is rejected by exactly the listed checks."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from edits import REFERENCE, STUBS, edited, edited_network, own_caches, raising, twice, wrapped
from inprocess import ASSIGNMENT, CHECKS, check_id, collect, points, run
from near_misses import LEGAL, NEAR_MISSES

from grader.assignment.golden_cases import LiveGoldens, public_goldens
from grader.grading.runner import Runner
from grader.model.results import Status
from grader.reading.submission import Submission
from grader.sandbox.level import Level

REJECTED_BY = tomllib.loads(Path(__file__).with_name("rejected_by.toml").read_text(encoding="utf-8"))

#: first word of a near-miss -> the functions whose checks can see it
FAMILIES = {
    "conv": ("conv_",),
    "pool": ("max_pool_",),
    "batchnorm": ("batchnorm_", "spatial_batchnorm_"),
    "spatial": ("batchnorm_", "spatial_batchnorm_"),
    "groupnorm": ("spatial_groupnorm_",),
    "network": ("ThreeLayer",),
    "everything": ("",),
}


@pytest.fixture(scope="module")
def every_check():
    return collect()


@pytest.fixture(scope="module")
def checks(every_check):
    """Those of plain functions; sections that a course may switch off have tests of their own."""
    return [item for item in every_check if section_of(item) not in ASSIGNMENT.optional]


@pytest.fixture(scope="module")
def goldens():
    return LiveGoldens(ASSIGNMENT, 7)


@pytest.fixture(scope="module")
def statuses(checks, goldens):
    """How each check of its family ends for a near-miss, by the name of that."""

    @cache
    def of(name):
        outcomes = run(of_family(checks, name), NEAR_MISSES[name], goldens)
        return {check: outcome.status for check, outcome in outcomes.items()}

    return of


def function_of(item):
    return item.get_closest_marker("function").args[0]


def section_of(item):
    return item.get_closest_marker("section").args[0]


def of_family(items, name):
    return [item for item in items if function_of(item).startswith(FAMILIES[name.split()[0]])]


def one(items, check):
    """Returns a check by a piece of its name."""
    (found,) = [item for item in items if check in check_id(item)]
    return found


def run_one(items, check, functions, goldens):
    item = one(items, check)
    return run([item], functions, goldens)[check_id(item)]


def described(rejected, passed):
    """Returns the cases that reject, in the words of rejected_by.toml."""
    if not passed:
        return "all"
    return "all but " + " ".join(passed) if len(passed) < len(rejected) else " ".join(rejected)


def passed_of(statuses):
    return {check for check, status in statuses.items() if status == "passed"}


# The reference, stubs, and other right answers


def test_reference_earns_every_point(checks, goldens):
    outcomes = run(checks, REFERENCE, goldens)
    assert {name: outcome for name, outcome in outcomes.items() if outcome.status != "passed"} == {}
    assert [remark for outcome in outcomes.values() for remark in outcome.remarks] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2, 3, 231, 2**31, 2**64 + 1])
def test_right_answers_pass_the_checks_of_any_seed(checks, seed):
    for functions in (REFERENCE, LEGAL["all written in other ways"]):
        outcomes = run(checks, functions, LiveGoldens(ASSIGNMENT, seed))
        assert {name: outcome for name, outcome in outcomes.items() if outcome.status != "passed"} == {}


def test_every_figure_of_the_reference_is_far_below_its_limit(checks, goldens):
    for name, outcome in run(checks, REFERENCE, goldens).items():
        for figure, value, limit in outcome.measures:
            statistical = "initial" in name or "warm_up" in name
            printed = figure == "difference"
            single = "float32" in name
            if limit is not None and not (statistical or printed or single):
                assert value < 1e-3 * limit, (name, figure, value, limit)


def test_stubs_are_missing_everywhere(checks, goldens):
    outcomes = run(checks, STUBS, goldens)
    assert {name: outcome.status for name, outcome in outcomes.items() if outcome.status != "missing"} == {}
    assert {outcome.message[-1] for outcome in outcomes.values()} <= {"?", "."}


def test_absent_functions_are_missing_everywhere(checks, goldens):
    assert {outcome.status for outcome in run(checks, {}, goldens).values()} == {"missing"}


@pytest.mark.parametrize("name", LEGAL)
def test_legal_variant_earns_every_point(checks, goldens, name):
    outcomes = run(checks, LEGAL[name], goldens)
    assert {check: outcome for check, outcome in outcomes.items() if outcome.status != "passed"} == {}


def test_gradient_to_all_maxima_gets_a_remark(checks, goldens):
    outcome = run_one(checks, "test_max_pool_backward_ties[ties]", LEGAL["ties to all"], goldens)
    assert outcome.remarks == [
        "Each of several equal maxima gets the whole gradient, so that a window passes on more than it gets."
    ]


def test_writing_into_dout_of_relu_gets_a_remark(checks, goldens):
    functions = edited(("relu_backward: dx = np.where(x > 0, dout, 0)", "dout[x <= 0] = 0\n    dx = dout"))
    outcome = run_one(checks, "test_relu_backward[matrix]", functions, goldens)
    assert (outcome.status, len(outcome.remarks)) == ("passed", 1)
    assert "writes into dout" in outcome.remarks[0]


# Near-misses


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_near_miss_is_rejected_by_exactly_the_listed_checks(statuses, name):
    rejected, passed = defaultdict(list), defaultdict(list)
    for check, status in statuses(name).items():
        function, _, case = check.partition("::test_")[2].rstrip("]").partition("[")
        (passed if status == "passed" else rejected)[function].append(case)
    assert {function: described(cases, passed[function]) for function, cases in rejected.items()} == REJECTED_BY[name]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [78, 2**32 - 1])
def test_no_near_miss_owes_its_points_to_the_secret_seed(checks, statuses, seed):
    others = LiveGoldens(ASSIGNMENT, seed)
    for name, functions in NEAR_MISSES.items():
        there = run(of_family(checks, name), functions, others)
        assert passed_of(statuses(name)) == passed_of({check: each.status for check, each in there.items()}), name


def test_every_listed_near_miss_exists():
    assert REJECTED_BY.keys() == NEAR_MISSES.keys()


def test_every_check_rejects_some_near_miss(checks):
    judged = {check_id(item).partition("::test_")[2].partition("[")[0] for item in checks}
    of_earlier_notebooks = {"affine_forward", "affine_backward", "relu_forward", "relu_backward", "softmax_loss"}
    assert judged - {check for row in REJECTED_BY.values() for check in row} == of_earlier_notebooks


@pytest.mark.parametrize("name", ["affine_forward", "affine_backward", "relu_forward", "relu_backward", "softmax_loss"])
def test_layers_of_earlier_notebooks_are_judged(checks, goldens, name):
    def off(result, *_):
        return (1.001 * result[0], *result[1:]) if isinstance(result, tuple) else 1.001 * result

    own = [item for item in checks if function_of(item) == name]
    assert {outcome.status for outcome in run(own, wrapped(name, off), goldens).values()} == {"failed"}


def test_hard_coded_answers_earn_the_notebooks_own_cases_only(checks, goldens):
    known = {"conv_", "max_pool_", "spatial_batchnorm_backward", "spatial_groupnorm_"}
    own = [item for item in checks if any(function_of(item).startswith(name) for name in known)]
    outcomes = run(own, NEAR_MISSES["everything is hard-coded"], goldens)
    assert {name.partition("[")[2] for name, outcome in outcomes.items() if outcome.status == "passed"} == {"notebook]"}


RIGHT_BY_THE_NOTEBOOK = (
    "conv forward pads with 1",
    "conv forward takes filters for square",
    "conv forward swaps H and W",
    "conv forward writes into x",
    "conv backward slices [pad:-pad]",
    "conv backward swaps H and W",
    "conv backward swaps HH and WW",
    "conv backward returns db as a row",
    "conv backward writes into dout",
    "conv forward reads conv_param in the order of its keys",
    "conv backward reads conv_param in the order of its keys",
    "conv forward keeps x in conv_param",
    "conv forward has an axis of length one in front",
    "pool forward reads pool_param in the order of its keys",
    "pool backward reads pool_param in the order of its keys",
    "pool forward keeps x in pool_param",
    "pool backward has an axis of length one in front",
    "pool forward takes windows for square",
    "pool forward takes stride for the window",
    "pool backward overwrites",
    "pool backward takes windows for square",
    "pool backward takes stride for the window",
    "pool backward finds the maximum anywhere",
    "batchnorm keeps an unbiased running variance",
    "batchnorm leaves eps out in test mode",
    "batchnorm adds eps to the root",
    "batchnorm ignores bn_param['eps']",
    "batchnorm ignores bn_param['momentum']",
    "batchnorm swaps momentum",
    "batchnorm keeps rows as statistics",
    "batchnorm updates in test mode",
    "spatial batchnorm writes into x",
    "spatial batchnorm backward returns rows",
    "spatial batchnorm keeps its cache in bn_param",
    "spatial batchnorm writes into a view of x",
    "spatial batchnorm writes into a view of x in test mode",
    "spatial batchnorm backward writes into a view of dout",
    "groupnorm keeps its cache in gn_param",
    "groupnorm forward has axes of length one in front",
    "groupnorm ignores gn_param['eps']",
    "groupnorm has another eps",
    "groupnorm adds eps to the root",
    "groupnorm backward returns dgamma and dbeta of shape (C,)",
    "network regularises the loss only",
    "network takes images for square",
    "network has ten classes",
    "network has biases as rows",
)


@pytest.mark.parametrize("name", RIGHT_BY_THE_NOTEBOOK)
def test_what_the_notebook_cannot_see_costs_general_points_only(checks, name):
    sections = {item.function.__name__: item.get_closest_marker("section").args[0] for item in checks}
    assert {sections[f"test_{check}"] for check in REJECTED_BY[name]} <= {"Prerequisites", "General inputs"}


def test_faults_of_the_seeds_solution_cost_general_points_only(checks, goldens):
    overlap, empty = NEAR_MISSES["pool backward overwrites"], NEAR_MISSES["conv backward slices [pad:-pad]"]
    functions = {
        **LEGAL["prints"],
        "conv_backward_naive": empty["conv_backward_naive"],
        "max_pool_backward_naive": overlap["max_pool_backward_naive"],
    }
    outcomes = run(checks, functions, goldens)
    rejected = {name.partition("[")[0] for name, outcome in outcomes.items() if outcome.status != "passed"}
    assert rejected == {
        "6_general_convolution::test_conv_backward_general",
        "7_general_pooling::test_max_pool_backward_general",
    }


# Forward and backward


def test_wrong_forward_does_not_sink_a_right_backward(checks, goldens):
    functions = {
        **NEAR_MISSES["conv forward flips the filters"],
        "conv_backward_naive": REFERENCE["conv_backward_naive"],
    }
    backward = [item for item in checks if function_of(item) == "conv_backward_naive"]
    assert {outcome.status for outcome in run(backward, functions, goldens).values()} == {"passed"}


def test_raising_forward_does_not_sink_a_right_backward(checks, goldens):
    backward = [item for item in checks if function_of(item) == "conv_backward_naive"]
    outcomes = run(backward, raising("conv_forward_naive"), goldens)
    assert {outcome.status for outcome in outcomes.values()} == {"passed"}


def test_derivative_of_a_wrong_forward_is_told_as_that(checks, goldens):
    outcome = run_one(checks, "1_convolution::test_conv_backward[notebook]", twice(), goldens)
    assert outcome.status == "failed"
    forward = "conv_forward_naive"
    assert (
        outcome.hint == f"This is the derivative of your own {forward}, which is itself wrong: correct {forward} first."
    )
    figures = {name: (value, limit) for name, value, limit in outcome.measures}
    value, limit = figures["error against the derivative of your own forward pass"]
    assert value < 1e-8
    assert limit is None


def test_right_backward_shows_its_agreement_with_the_own_forward(checks, goldens):
    for check in (
        "1_convolution::test_conv_backward",
        "2_pooling::test_max_pool_backward",
        "3_batchnorm::test_spatial_batchnorm_backward",
        "4_groupnorm::test_spatial_groupnorm_backward",
    ):
        outcome = run_one(checks, f"{check}[notebook]", REFERENCE, goldens)
        figures = {name: value for name, value, limit in outcome.measures if limit is None}
        assert figures["error against the derivative of your own forward pass"] < 1e-7


def test_pair_that_does_not_work_together_gets_a_remark(checks, goldens):
    functions = wrapped("conv_forward_naive", lambda result, *_: (result[0], None))
    outcome = run_one(checks, "1_convolution::test_conv_backward[notebook]", functions, goldens)
    assert outcome.status == "passed"
    assert outcome.remarks == ["conv_backward_naive does not work with the cache that conv_forward_naive makes."]


def test_backward_of_a_raising_forward_is_blocked_where_no_cache_is_documented(checks, goldens):
    outcome = run_one(
        checks, "4_groupnorm::test_spatial_groupnorm_backward[notebook]", raising("spatial_groupnorm_forward"), goldens
    )
    assert outcome.status == "blocked"
    assert outcome.message.startswith(
        "spatial_groupnorm_backward needs the cache that spatial_groupnorm_forward makes."
    )
    assert outcome.hint == "Look at spatial_groupnorm_forward first."


def test_backward_with_a_cache_of_its_own_is_blocked_by_a_raising_forward(checks, goldens):
    """What its backward function does with the documented cache, which it never gets, tells the student nothing."""
    functions = own_caches() | {"conv_forward_naive": raising("conv_forward_naive")["conv_forward_naive"]}
    outcome = run_one(checks, "1_convolution::test_conv_backward[notebook]", functions, goldens)
    assert (outcome.status, outcome.hint) == ("blocked", "Look at conv_forward_naive first.")
    # One that reads the documented cache and is wrong is told what it does.
    wrong = NEAR_MISSES["conv backward averages dw"] | {
        "conv_forward_naive": raising("conv_forward_naive")["conv_forward_naive"]
    }
    outcome = run_one(checks, "1_convolution::test_conv_backward[notebook]", wrong, goldens)
    assert outcome.status == "failed"


def test_a_mode_in_which_the_function_below_is_right_is_no_reason_to_look_there(checks):
    name = "8_general_norms::test_spatial_batchnorm_forward_leaves_inputs_alone"
    needs = {
        check_id(item): item.get_closest_marker("needs").args for item in checks if check_id(item).startswith(name)
    }
    assert len(needs) == 5
    for check, needed in needs.items():
        assert ("test_batchnorm_forward[test-mode]" in needed) == ("test-" in check.partition("[")[2])
        assert ("test_batchnorm_forward[train]" in needed) != ("test-" in check.partition("[")[2])


def test_zeros_for_both_are_no_agreement(checks, goldens):
    functions = NEAR_MISSES["conv pair returns zeros"]
    outcome = run_one(checks, "1_convolution::test_conv_backward[notebook]", functions, goldens)
    assert (outcome.status, outcome.hint[:19]) == ("failed", "Every entry is zero")


# Words


@pytest.mark.parametrize(
    ("near_miss", "check", "hint"),
    [
        ("conv forward leaves out the bias", "1_convolution::test_conv_forward[notebook]", "Each channel is off by"),
        ("conv forward repeats the edge in the padding", "conv_forward_general[wide-image]", "Only outputs whose"),
        ("conv forward takes filters for square", "conv_forward_general[tall-filter]", "Is the filter taken"),
        ("conv forward swaps H and W", "conv_forward_general[filter1x1]", "Are height and width swapped?"),
        ("conv forward stores integers", "conv_forward_general[pad0]", "Whole numbers cannot hold it"),
        ("conv backward slices [pad:-pad]", "conv_backward_general[pad0]", "It is empty: a slice [n:-n]"),
        ("conv backward leaves the padding on", "test_conv_backward[notebook]", "Is the padding taken off dx"),
        ("conv backward averages dw", "test_conv_backward[notebook]", "Every entry is 1/4 of what it should be"),
        ("conv backward forgets dw", "test_conv_backward[notebook]", "Is it computed and returned?"),
        ("conv backward writes into dout", "conv_backward_leaves_inputs_alone", "An operation in place"),
        ("pool forward takes windows for square", "pool_forward_general[overlap-nonsquare]", "Is the window taken"),
        ("pool backward overwrites", "pool_backward_general[overlap-stride2]", "Only pixels in several windows"),
        ("pool backward stores float16", "test_max_pool_backward[notebook]", "It is right to half precision only"),
        ("batchnorm updates in test mode", "batchnorm_test_mode[test-mode]", "Running statistics change in training"),
        ("batchnorm stores no statistics", "batchnorm_forward_shapes", "Is the new value stored in bn_param?"),
    ],
)
def test_typical_mistake_is_recognised(checks, goldens, near_miss, check, hint):
    outcome = run_one(checks, check, NEAR_MISSES[near_miss], goldens)
    assert outcome.hint.startswith(hint), outcome


def test_message_says_what_came_what_should_and_for_which_call(checks, goldens):
    functions = NEAR_MISSES["conv backward slices [pad:-pad]"]
    outcome = run_one(checks, "conv_backward_general[pad0]", functions, goldens)
    assert outcome.message == (
        "dx.shape is (2, 3, 0, 0), should be (2, 3, 5, 5) "
        "[conv_backward_naive, stride=1, pad=0, x (2, 3, 5, 5), w (4, 3, 3, 3)]."
    )


def test_hidden_checks_show_no_values(checks, goldens):
    hidden = [item for item in checks if "notebook" not in check_id(item)]
    for name in ("conv forward leaves out the bias", "batchnorm divides by n - 1", "network sums the loss"):
        for check, outcome in run(hidden, NEAR_MISSES[name], goldens).items():
            assert "expected" not in outcome.message, (check, outcome.message)
            assert "obtained" not in outcome.message, (check, outcome.message)
            if outcome.status == "failed":
                assert "should be below" in outcome.message


def test_network_that_returns_something_else_gets_its_sentence(checks, goldens):
    check = "test_network_gradients[small]"
    for edit, words in (
        (
            ("return loss, grads", "return loss"),
            "ThreeLayerConvNet.loss(X, y) returned a number, should be (loss, grads).",
        ),
        (("return loss, grads", "return loss, [dW1]"), "grads is 1 values, should be a dictionary of arrays by name."),
        ((', "b3": db3', ""), "grads lacks b3; it has W1, W2, W3, b1, b2."),
        (
            ("return loss, grads", "return None"),
            "loss(X, y) returned None, should be (loss, grads): is it implemented?",
        ),
    ):
        assert words in run_one(checks, check, edited_network(edit), goldens).message


# Points


def test_points_of_the_sections_are_as_documented(every_check):
    share = points(every_check)
    sections = defaultdict(float)
    for item in every_check:
        sections[section_of(item)] += share[check_id(item)]
    assert {name: round(value, 9) for name, value in sections.items()}.items() <= {
        "Prerequisites": 0,
        "Convolution": 22,
        "Max pooling": 15,
        "Spatial batch normalization": 15,
        "Spatial group normalization": 9,
        "Three-layer network": 10,
        "Training": 7,
        "Speed": 2,
        "Notebook": 8,
        "General inputs": 12,
    }.items()
    assert set(sections) <= set(ASSIGNMENT.sections)


def test_about_half_of_the_points_is_hidden_or_visible_alike(checks, every_check):
    share = points(every_check)
    hidden = sum(share[check_id(item)] for item in checks if item.get_closest_marker("hidden"))
    assert 0.4 < hidden / sum(share[check_id(item)] for item in checks) < 0.5


def test_no_claim_is_hidden_only(every_check):
    visible = {check_id(item).partition("[")[0] for item in every_check if not item.get_closest_marker("hidden")}
    assert {check_id(item).partition("[")[0] for item in every_check} == visible


def test_every_check_names_section_function_and_claim(every_check):
    names = {*ASSIGNMENT.functions, *(name for item in every_check for name in (item.originalname, item.name))}
    for item in every_check:
        assert section_of(item) in ASSIGNMENT.sections
        if section_of(item) == "Notebook":
            continue  # it judges no single function
        assert function_of(item) in ASSIGNMENT.functions
        assert set(item.get_closest_marker("needs").args if item.get_closest_marker("needs") else ()) <= names
        title = item.function.__doc__.splitlines()[0]
        assert title.startswith(("ThreeLayerConvNet", function_of(item))), title
        assert title.endswith("."), title


# The student kit


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["importlib", "prepend"])
def test_copied_folder_is_collected_as_well(tmp_path, mode, every_check):
    shutil.copytree(CHECKS, tmp_path / "kit" / "checks", ignore=shutil.ignore_patterns("__pycache__"))
    # In a process of its own: here the folder's modules are imported already, from another place.
    options = [f"--import-mode={mode}", "--collect-only", "-q", "-pno:cacheprovider", "-c/dev/null", "kit/checks"]
    command = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=_environment())
    assert f"{len(every_check) + len(collect(asked=True))} tests collected" in done.stdout


def _environment():
    """Returns an environment in which `grader` is found, but not the tests, nor options of this session."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKS.parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}


def test_visible_checks_run_from_the_archive_alone(checks):
    visible = [item for item in checks if not item.get_closest_marker("hidden")]
    outcomes = run(visible, REFERENCE, public_goldens(ASSIGNMENT))
    assert {outcome.status for outcome in outcomes.values()} == {"passed"}


def test_archive_holds_exactly_what_visible_checks_ask_for(checks):
    asked = set()
    archive = public_goldens(ASSIGNMENT)

    def golden(name):
        asked.add(name)
        return archive(name)

    run([item for item in checks if not item.get_closest_marker("hidden")], REFERENCE, golden)
    manifest = json.loads((CHECKS / "goldens" / "manifest.json").read_text())
    assert {row["name"] for row in manifest["cases"]} == asked


# The wall


@pytest.mark.slow
def test_reference_earns_every_point_through_the_wall():
    submission = Submission.from_path(Path(__file__).parents[2] / "reference", ASSIGNMENT)
    grade = Runner(ASSIGNMENT, LiveGoldens(ASSIGNMENT, 7), Level("limits"), 7).grade(submission)
    assert [check for check in grade.checks if check.status is not Status.PASSED] == []
    assert (grade.score, grade.max_score, grade.complete) == (100, 100, True)
