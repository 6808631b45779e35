"""Reading one submission ends: in time, or in a sentence on that submission."""

import re
import signal
import threading

import pytest

from grader.model.errors import UnusableSubmission
from grader.reading.deadline import reading_within


def test_what_takes_too_long_is_ended_and_the_clock_is_put_back():
    before = signal.getsignal(signal.SIGPROF)
    with (
        pytest.raises(UnusableSubmission, match=r"^hw takes more than 0.1 s to be read; hand in"),
        reading_within("hw", 0.1),
    ):
        re.fullmatch("(a|a)*b", "a" * 60)
    assert signal.getsignal(signal.SIGPROF) is before
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


@pytest.mark.parametrize(("error", "words"), [(RecursionError, "nested too deeply"), (MemoryError, "too much memory")])
def test_what_is_too_deep_or_too_large_is_a_sentence(error, words):
    with pytest.raises(UnusableSubmission, match=words), reading_within("hw"):
        raise error


def test_another_thread_reads_without_a_clock():
    done = []

    def read():
        with reading_within("hw", 0.01):
            done.append(sum(range(10**5)))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert done == [4999950000]
