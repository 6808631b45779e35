"""The assertions that checks of a forward and a backward function make."""

from collections.abc import Mapping
from typing import Any

from grader.judging.case import Case
from grader.judging.comparing import compare, reject_wrong
from grader.judging.fixture_types import Record, Remark, Student
from grader.judging.pairs import Pair, limit_of
from grader.model.errors import Missing, NotImported, WrongAnswer

from .gradient_attempts import Judge, changed_of, record_figures, reject_changed, watch

__all__ = ["assert_cache_lasts", "assert_gradients", "assert_output", "stored_in"]


def assert_output(
    pair: Pair,
    case: Case,
    student: Student,
    record_measure: Record,
    *,
    limit: float | None = None,
    refs: Mapping[str, Any] | None = None,
    remark: Remark | None = None,
    untouched: tuple[str, ...] = (),
    **options: Any,
) -> Any:
    """Raises WrongAnswer unless the forward function gives the right output; returns it.

    Args:
        limit: `limit_of` the first input unless given.
        refs: Refs that stand for inputs of the case.
        remark: the fixture, where axes of length one may stand in front of the output's, as the notebook's own cell
            lets them; it says so, and what is returned has the documented shape.
        untouched: names of input arrays that the call must leave alone.
        options: those of `compare`; `expected` replaces the case's own right output.
    """
    call = f"{pair.forward}, {case.call}"
    watched = watch(student, case, untouched)
    values = {**case.inputs, **(refs or {}), **watched}
    function = getattr(getattr(student, pair.module), pair.forward)
    arguments = tuple(values[name] for name in pair.takes)
    out, _ = function(*arguments)
    expected = options.pop("expected", case.expected.get("out"))
    limit = limit_of(case, pair.takes[0]) if limit is None else limit
    options = {"name": "out", "call": call, "limit": limit, "hidden": case.hidden, **options}
    judgement = compare(out, expected, in_front=remark is not None, **options)
    record_figures([judgement], record_measure)
    reject_wrong({str(options["name"]): judgement})
    if remark is not None and judgement.remark:
        remark(judgement.remark)
        out = out.reshape(expected.shape)
    reject_changed(changed_of(student, watched, case.inputs), call)
    if untouched:
        # What the worker reports may be forged: whoever uses the arrays again must get the same, too.
        again, _ = function.last_of([arguments, arguments])
        same = compare(again, expected, name="out", call=call, limit=limit, hidden=case.hidden)
        reject_changed(() if same.right else untouched, call)
    return out


def stored_in(param: Any, call: str) -> dict[str, Any]:
    """Returns a dictionary that a forward function was given, as it is after the call.

    Raises:
        WrongAnswer: it is none any more.
    """
    if not isinstance(param, dict):
        raise WrongAnswer(
            f"The settings dictionary passed to the function was replaced by something else during the call [{call}]."
        )
    return param


def assert_gradients(
    pair: Pair, case: Case, student: Student, record_measure: Record, remark: Remark, **settings: Any
) -> None:
    """Raises a StudentError unless the backward function gives the golden gradients.

    It may need the cache of the student's own forward function, or be right while that one is wrong, so it is asked
    with both caches, the documented one made by us and the student's own: either success is a success. Agreement with
    a wrong forward function is none. The documented one comes first, since no forward function can spoil it.

    Args:
        settings: fields of `Judge`, by name.
    """
    judge = Judge(pair, case, student, **settings)
    documented = judge.attempt_documented() if pair.cache else None
    if documented is not None and documented.right:
        judge.accept(documented, record_measure, remark)
        if judge.own_derivative:
            judge.look_at_own(judge.attempt_own(), record_measure, remark)
        return
    own = judge.attempt_own()
    if own.right:
        judge.accept(own, record_measure, remark)
        if judge.own_derivative:
            judge.look_at_own(own, record_measure, remark)
        return
    # Shown is the way that the notebook goes. Where that ends in the forward function, the documented cache shows what
    # the backward function does, if it can read that: one that cannot may be made for a cache of the student's own.
    readable = documented is not None and (documented.error is None or isinstance(own.error, Missing | NotImported))
    judge.reject(documented if documented is not None and readable and own.out is None else own, own, record_measure)


def assert_cache_lasts(
    pair: Pair, case: Case, student: Student, record_measure: Record, remark: Remark, **settings: Any
) -> None:
    """Raises a StudentError unless the backward function is right with the cache of a forward call before the last one.

    Both forward calls get the same dictionary of settings, as layers of one network do.
    """
    assert_gradients(pair, case, student, record_measure, remark, **settings)
    judge = Judge(pair, case, student, **settings)
    if (pair.cache and judge.attempt_documented().right) or (late := judge.attempt_own(again=True)).right:
        return
    how = next((judgement.message for judgement in late.judgements if not judgement.right), "")
    message = late.error.message if late.error is not None else how
    raise WrongAnswer(
        f"{pair.backward} is right after one call of {pair.forward}, and not after another one with the same "
        f"settings. {message}",
        "What belongs to one call goes into its cache, not into the dictionary of settings or a global variable.",
    )
