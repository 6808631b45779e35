"""Rewrites are right and unlike each other; what a planted mistake cost is told apart from what else was lost."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from grades import LOST_CHECKS, PASSED_CHECKS, grade_of

sys.path.insert(0, str(Path(__file__).parent))

import judge_rewrites
from judge_mistakes import Cost, cost
from judge_mistakes import page as cost_page
from judge_rewrites import Judged, Rewrite, differences, page, rewrites

from grader.model.results import Status
from reference.mistakes import MISTAKES


def test_rewrites_are_many_and_unlike_each_other():
    found = rewrites()
    assert len(found) >= 150
    assert len({rewrite.name for rewrite in found}) == len(found)
    assert len({tuple(rewrite.functions.values()) for rewrite in found}) == len(found)
    for rewrite in found:
        for text in rewrite.functions.values():
            compile(text, rewrite.name, "exec")


@pytest.mark.parametrize("kind", ["convolution", "pooling", "batch norm by axes", "group norm", "network"])
def test_a_rewrite_is_the_same_function_and_a_wrong_one_is_not(kind, monkeypatch):
    monkeypatch.setattr(judge_rewrites, "N_DRAWN", 6)
    rewrite = next(each for each in rewrites() if each.name.startswith(kind))
    assert differences(rewrite) == ""
    old, new = {
        "convolution": ("b[None, :, None, None]", "0"),
        "pooling": ("np.max(", "np.mean("),
        "batch norm by axes": ("+ beta.reshape(wide)", ""),
        "group norm": ("+ beta", ""),
        "network": ("0.5 * self.reg", "self.reg"),
    }[kind]
    functions = {name: text.replace(old, new) for name, text in rewrite.functions.items()}
    assert functions != rewrite.functions
    assert differences(Rewrite("wrong", functions))


def test_page_counts_wrong_rejections_of_what_is_right_only():
    made = [
        Judged("pooling: a", "", 100.0, 100.0),
        Judged("pooling: b", "", 99.0, 100.0, (("t::x", "out is wrong.\nlines"),)),
        Judged("pooling: c", "input 3", 90.0, 100.0, (("t::x", "out is wrong."),)),
    ]
    text = page(made, [Judged("loud", "", 100.0, 100.0)])
    assert "Wrong rejections: 33.3 %" in text
    assert "- pooling: b: 99 of 100. `t::x`: out is wrong." in text
    assert "- pooling: c: input 3" in text


def test_cost_tells_what_is_wrong_from_what_else_was_lost():
    mistake = next(each for each in MISTAKES if each.name == "conv-bias-forgotten")
    wrong, backward = (replace(LOST_CHECKS[1], id=name, max_points=2.0) for name in ("a", "b"))
    backward = replace(
        backward, function="conv_backward_naive", points=1.5, status=Status.FAILED, follows_from=(mistake.function,)
    )
    grade = grade_of("x", (*PASSED_CHECKS, wrong, backward))
    found = cost(mistake, grade, ["a"])
    assert found == Cost(
        mistake.name, mistake.function, 2.0, 2.0, {"conv_backward_naive": 0.5}, ("conv_backward_naive",), True
    )
    assert not found.is_fair
    assert cost(mistake, grade_of("x", (*PASSED_CHECKS, wrong)), ["a"]).is_fair
    worth = {"conv_backward_naive": 2.5}
    assert f"| `{mistake.function}` | 1 | 0 | 1 | 0 |" in cost_page([found], {}, worth, 3)
    more = replace(found, elsewhere={"conv_backward_naive": 0.6})
    assert "**not explained**" in cost_page([more], {}, worth, 3)
    assert "| because |" in cost_page([more], {mistake.name: "because"}, worth, 3)
