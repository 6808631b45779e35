"""Functions of the grader's side stand wherever a submission's modules hold its own."""

import sys
from types import ModuleType

import pytest

from grader.worker.provided_calls import provide_functions
from grader.worker.wire import RefId


class FakeChannel:
    """Keeps what is asked, and answers with what it was given."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def send(self, message, value=None):
        self.asked.append((message, value))

    def receive(self):
        return self.answers.pop(0)


def own(x):
    return x


@pytest.fixture
def modules(monkeypatch):
    """Two modules of a workspace, one of which has the other's function, and one from elsewhere."""

    def module(name, file, **names):
        made = ModuleType(name)
        made.__file__ = file
        vars(made).update(names)
        monkeypatch.setitem(sys.modules, name, made)
        return made

    return (
        module("own_layers", "/work/own_layers.py", forward=own),
        module("own_net", "/work/own_net.py", forward=own, also=own, other=len),
        module("elsewhere", "/lib/elsewhere.py", forward=own),
    )


def provide(channel, *names):
    provide_functions(channel, [("own_layers", name, f"right_{name}") for name in names], "/work")


def test_a_call_is_asked_by_every_name_that_the_function_had(modules):
    layers, net, elsewhere = modules
    channel = FakeChannel(({}, (((1.0, RefId(3)), []))), ({}, (2.0, [])))
    provide(channel, "forward")
    assert net.also(5, mode="train") == (1.0, RefId(3))
    assert layers.forward(6) == 2.0
    assert channel.asked == [
        ({"calls": "right_forward"}, ((5,), {"mode": "train"})),
        ({"calls": "right_forward"}, ((6,), {})),
    ]
    assert (net.other, elsewhere.forward) == (len, own)


def test_what_is_not_written_yet_is_there_as_well(modules):
    layers, net, _ = modules
    channel = FakeChannel(({}, ("there", [])))
    provide(channel, "backward")
    assert net.backward is layers.backward
    assert layers.backward() == "there"


def test_dictionaries_of_the_caller_hold_what_the_function_put_into_them(modules):
    layers, _, _ = modules
    channel = FakeChannel(({}, (0, [(1, {"mean": 2}), ("more", {"seen": 1})])))
    provide(channel, "forward")
    settings, more = {"mode": "train"}, {}
    layers.forward(1, settings, more=more)
    assert (settings, more) == ({"mode": "train", "mean": 2}, {"seen": 1})


def test_a_call_that_is_refused_raises(modules):
    layers, _, _ = modules
    provide(FakeChannel(({"refused": "shapes do not fit"}, None)), "forward")
    with pytest.raises(ValueError, match="shapes do not fit"):
        layers.forward(1)
