"""A network that is the reference's function is certified, any other is not: on a run small enough for a test."""

import hashlib
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from attempts import RIGHT, WRONG, changed, scaled
from inprocess import ASSIGNMENT, InProcessStudent, Ref, collect
from made_up_images import N_IMAGES, SMALL, made_up_images

from grader.assignment.images import Images
from grader.assignment.reference_run import reference_run
from grader.checks.agreement import AGREE, disagreement, moments_of
from grader.checks.initial import distances
from grader.checks.training_runs import not_by_naive_layers, plan_of
from grader.model.errors import Raised, StudentError, TimedOut, WrongAnswer
from reference.cs231n import layers
from reference.cs231n.classifiers.cnn import ThreeLayerConvNet
from reference.cs231n.solver import Solver


class Student(InProcessStudent):
    """One network, and the given Solver beside it."""

    def __init__(self, network: type) -> None:
        super().__init__({"ThreeLayerConvNet": network})
        self.solver = SimpleNamespace(Solver=lambda model, data, **options: Ref(Solver(model._value, data, **options)))


def secret_of(seed: int) -> Any:
    def generator(name: str) -> np.random.RandomState:
        return np.random.RandomState(np.frombuffer(hashlib.sha256(f"{seed}:{name}".encode()).digest(), np.uint32))

    return generator


@pytest.fixture(scope="module")
def images() -> Images:
    return made_up_images()


@pytest.fixture(scope="module")
def run(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Any:
    plan = plan_of(images, SMALL, N_IMAGES, N_IMAGES // 50, 9, 50)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CACHE", str(tmp_path_factory.mktemp("cache")))
        return reference_run(ASSIGNMENT, images, lambda text: None, **plan.of_reference())


@pytest.fixture(scope="module")
def checks() -> dict[str, Any]:
    """The two checks by name."""
    return {item.name: item.function for item in collect() if item.path.name == "test_10_training.py"}


def found(network: type, run: Any, images: Images, seed: int = 7) -> str:
    np.random.seed(231)
    moments = moments_of(run, images, secret_of(seed), "epoch")
    return disagreement(Student(network), run, images, moments, 1000, lambda *figure: figure[1])


# One image at a time is slow, so one seed has to do for it.
SLOWEST = "one image at a time"


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        *[(name, seed) for name in RIGHT for seed in (7, 8) if name != SLOWEST],
        pytest.param(SLOWEST, 7, marks=pytest.mark.slow),
    ],
)
def test_right_network_is_certified_however_it_computes(name: str, seed: int, run: Any, images: Images) -> None:
    assert found(RIGHT[name], run, images, seed) == ""


@pytest.mark.parametrize("name", sorted(WRONG.keys() - {"starts from a uniform draw"}))
def test_wrong_network_is_not_certified(name: str, run: Any, images: Images) -> None:
    words = {
        "right at the start and wrong late": "of the run, by",
        "wrong in the last part only": "of the run, by",
        "wrong from its 500th call on": "its loss is another one after 1000 calls",
        "wrong from its 500th large batch on": "its loss is another one after 1000 calls",
        "wrong in the scores only": "its scores differ",
        "changes its parameters": "its scores differ",
        "starts from zero": "it starts from other weights (std of W1",
        "starts from double the deviation": "it starts from other weights (std of W1",
    }
    reason = found(WRONG[name], run, images)
    assert words.get(name, "its loss or gradients differ from the reference's") in reason


def test_uniform_weights_are_told_from_gaussian_ones_where_they_are_many() -> None:
    rng = np.random.RandomState(0)
    gaussian = {name: rng.normal(0, 0.1, (400, 400)) for name in ("W1", "W2", "W3")}
    assert all(distance.error < distance.limit for distance in distances(gaussian, 0.1))
    uniform = {**gaussian, "W2": rng.uniform(-(3**0.5) / 10, 3**0.5 / 10, (400, 400))}
    far = [distance.figure for distance in distances(uniform, 0.1) if not distance.error < distance.limit]
    assert far == ["kurtosis of W2 - 3"]


def test_network_that_tells_a_certificate_by_the_number_of_its_batches(run: Any, images: Images) -> None:
    class Counting(RIGHT["the reference"]):  # type: ignore[misc]  # a class from a table
        n_batches = 0

        def loss(self, X: Any, y: Any = None) -> Any:
            if y is None:
                return super().loss(X)
            self.n_batches += 1
            loss, grads = super().loss(X, y)
            # A certificate asks four of one network, and then of another one more than a run has.
            return (loss, grads) if self.n_batches <= 4 else (loss + 1, scaled(grads, -1))

    assert "its loss is another one after 1000 calls" in found(Counting, run, images)


def test_network_that_knows_what_is_kept_is_caught_everywhere_else(run: Any, images: Images) -> None:
    known = {state["W3"].tobytes() for state in (run.start, run.end)}

    class Knowing(RIGHT["the reference"]):  # type: ignore[misc]  # a class from a table
        def loss(self, X: Any, y: Any = None) -> Any:
            if y is None or self.params["W3"].tobytes() in known:
                return super().loss(X, y)
            loss, grads = super().loss(X, y)
            return loss, {name: -value for name, value in grads.items()}

    assert "at the start of the run" in found(Knowing, run, images)


def test_moments_and_batches_are_drawn_from_the_secret_seed(run: Any, images: Images) -> None:
    one, same, other = (moments_of(run, images, secret_of(seed), "epoch") for seed in (7, 7, 8))
    assert [moment.when for moment in one] == ["at the start", *["on the way"] * 2, "at the end"]
    for first, second, third in zip(one, same, other, strict=True):
        np.testing.assert_array_equal(first.params()["W2"], second.params()["W2"])
        np.testing.assert_array_equal(first.sample(0).X, second.sample(0).X)
        assert not np.array_equal(first.params()["W2"], third.params()["W2"])
        assert not np.array_equal(first.sample(0).X, third.sample(0).X)
    assert one[0].sample(0) is same[0].sample(0)


def test_batch_that_hangs_on_rounding_is_asked_again_with_others(run: Any, images: Images) -> None:
    class Unlucky(RIGHT["the reference"]):  # type: ignore[misc]  # a class from a table
        seen = 0

        def loss(self, X: Any, y: Any = None) -> Any:
            if y is None or len(X) != 50:
                return super().loss(X, y)
            self.seen += 1
            loss, grads = super().loss(X, y)
            return loss, {**grads, "W1": grads["W1"] * np.float32(1 + self.off * 10 * AGREE)}

    assert found(type("Once", (Unlucky,), {"off": property(lambda self: self.seen == 2)}), run, images) == ""
    assert "differ" in found(type("Often", (Unlucky,), {"off": property(lambda self: self.seen % 4 != 0)}), run, images)


@pytest.mark.parametrize(
    ("answer", "error"),
    [(None, WrongAnswer), (3, WrongAnswer), (ValueError("no"), Raised)],
)
def test_network_that_cannot_be_trained_either_is_told_so(answer: Any, error: type, run: Any, images: Images) -> None:
    class Broken(RIGHT["the reference"]):  # type: ignore[misc]  # a class from a table
        def loss(self, X: Any, y: Any = None) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

    with pytest.raises(error):
        found(Broken, run, images)


# The checks themselves


Judge = Callable[..., tuple[str, Any]]


@pytest.fixture
def judge(checks: dict[str, Any], images: Images, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Tells of a network, a way and the reference's run how the epoch's check ends, and what it recorded."""
    check = checks["test_epoch"]
    monkeypatch.setitem(check.__globals__, "EPOCH", SMALL)
    return partial(judge_epoch, check, images)


def judge_epoch(check: Any, images: Images, network: type, training: str, run: Any) -> tuple[str, Any]:
    said = SimpleNamespace(measures={}, remarks=[], series=[], progress=[], pictures=[])
    np.random.seed(231)
    student = Student(network)
    try:
        check(
            student,
            lambda **limits: student,
            images,
            lambda name, **plan: run,
            secret_of(7),
            {"training": training},
            lambda name, value, *limit: said.measures.update({name: value}),
            lambda name, x, y: said.series.append(name),
            said.remarks.append,
            said.progress.append,
            lambda title, png: said.pictures.append(title),
        )
    except StudentError as exc:
        return exc.message, said
    return "passed", said


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in (*RIGHT, *WRONG) if name != "one image at a time"])  # it is slow
def test_certified_and_trained_give_the_same_verdict(name: str, run: Any, judge: Judge) -> None:
    network = {**RIGHT, **WRONG}[name]
    certified, _ = judge(network, "certified", run)
    trained, _ = judge(network, "full", run)
    assert (certified == "passed") == (trained == "passed"), (certified, trained)
    if name in RIGHT:
        assert certified == "passed"


@pytest.mark.slow
def test_report_says_which_way_was_used_and_on_which_images(run: Any, judge: Judge) -> None:
    right = RIGHT["the reference"]
    _, said = judge(right, "certified", run)
    assert said.remarks[0].startswith("Certified on noise: your network gives the reference's loss")
    assert said.measures["train accuracy, certified"] > 0.9
    assert said.series == ["reference loss", "reference train accuracy", "reference validation accuracy"]
    assert said.pictures == ["Filters of the first layer of the reference, which yours equals, after one epoch"]
    _, said = judge(right, "full", run)
    assert said.remarks == ["Really trained for one epoch on noise."]
    assert said.measures["train accuracy, trained"] > 0.9
    assert said.series == ["loss", "train accuracy", "validation accuracy"]
    assert said.pictures == ["Filters of the first layer after one epoch"]
    assert said.progress[-1].startswith("Training: 60 of 60 iterations, loss 0.")
    _, said = judge(right, "certified", None)
    assert said.remarks[0] == "Really trained, since there is no certificate: the reference is not installed here."
    _, said = judge(WRONG["swapped axes"], "certified", run)
    assert said.remarks[0].startswith("Really trained, since there is no certificate: its loss or gradients differ")
    _, said = judge(WRONG["no 0.5"], "certified", run)
    assert said.remarks[0].startswith("Certified on noise: your network gives the reference's gradients and scores")
    assert said.measures["difference from the reference's loss and gradients"] > AGREE


def test_loss_that_leads_nowhere_fails_beside_right_gradients_trained_or_not(run: Any, judge: Judge) -> None:
    flat = changed(lambda self, X, loss, grads: (2.3, grads))
    for training in ("certified", "full"):
        verdict, _ = judge(flat, training, run)
        assert verdict.startswith("Along its gradients the loss goes from 2.3 to 2.3")


def test_run_ends_early_when_no_doubt_is_left(run: Any, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Student, "stateless", True)
    verdict, said = judge(WRONG["swapped axes"], "certified", run)
    assert verdict == "passed"
    n_steps = int(said.remarks[-1].partition(": ")[2].partition(" of 60 iterations")[0])
    assert n_steps < 40
    assert said.measures["train accuracy, trained"] > 0.45
    _, said = judge(WRONG["swapped axes"], "full", run)
    assert said.remarks == ["Really trained for one epoch on noise."]


@pytest.mark.parametrize("name", ["wrong in the last part only", "wrong from its 500th call on"])
def test_run_of_a_network_that_turns_late_does_not_end_early(
    name: str, run: Any, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Student, "stateless", True)
    _, said = judge(WRONG[name], "certified", run)
    assert not any("no doubt was left" in remark for remark in said.remarks)


def test_network_of_other_names_is_trained(run: Any, judge: Judge, overfit: Judge) -> None:
    class Renamed(RIGHT["the reference"]):  # type: ignore[misc]  # a class from a table
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.params = {name.replace("W", "weights "): value for name, value in self.params.items()}

        def loss(self, X: Any, y: Any = None) -> Any:
            outside = self.params
            self.params = {name.replace("weights ", "W"): value for name, value in outside.items()}
            try:
                result = super().loss(X, y)
            finally:
                self.params = outside
            if y is None:
                return result
            return result[0], {name.replace("W", "weights "): value for name, value in result[1].items()}

    verdict, said = judge(Renamed, "certified", run)
    assert verdict == "passed"
    assert said.remarks[0].endswith("no certificate: its parameters have other names or shapes.")
    assert overfit(Renamed)[0] == "passed"


def test_network_that_guesses_is_stopped_after_a_fifth(run: Any, judge: Judge) -> None:
    verdict, said = judge(WRONG["wrong only for N=50"], "full", run)
    assert verdict.startswith("After 12 of 60 iterations it names")
    assert verdict.endswith("of the training images right, as one that guesses does; it was not trained further.")
    assert len(said.progress) == 4


def test_network_that_only_remembers_does_not_pass(run: Any, images: Images, judge: Judge) -> None:
    answers = {image.tobytes(): label for image, label in zip(*images.batch(slice(None)), strict=True)}

    class Remembering(RIGHT["the reference"]):  # type: ignore[misc]  # a class from a table
        def loss(self, X: Any, y: Any = None) -> Any:
            if y is not None:
                return super().loss(X, y)
            return np.eye(10)[[answers.get(image.tobytes(), 0) for image in X]]

    verdict, _ = judge(Remembering, "full", run)
    assert "of images that were never shown are named right" in verdict


@pytest.fixture
def overfit(checks: dict[str, Any], images: Images, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Tells of a network how the check of the hundred images ends, and what it measured."""
    check = checks["test_overfit"]
    monkeypatch.setitem(check.__globals__, "OVERFIT", {**SMALL, "reg": 0.0})
    return partial(judge_overfit, check, images)


def judge_overfit(
    check: Any, images: Images, network: type, training: str = "full", run: Any = None
) -> tuple[str, dict[str, float]]:
    measures: dict[str, float] = {}
    student = Student(network)
    try:
        check(
            student,
            lambda **limits: student,
            images,
            lambda name, **plan: run,
            secret_of(7),
            {"training": training},
            lambda name, value, *limit: measures.update({name: value}),
            lambda name, x, y: None,
            lambda text: None,
        )
    except StudentError as exc:
        return exc.message, measures
    return "passed", measures


def test_hundred_images_are_learned_by_heart_by_right_networks_only(overfit: Judge) -> None:
    verdict, measures = overfit(RIGHT["the reference"])
    assert verdict == "passed", measures
    assert measures["validation accuracy"] < measures["train accuracy"]
    verdict, _ = overfit(WRONG["wrong only for N=50"])
    assert verdict.startswith("Train accuracy is 0.")
    assert "after 15 epochs on 100 images, should be over" in verdict


class Recalling(ThreeLayerConvNet):
    """Remembers images and labels for everyone, and gives the label of whatever image comes near."""

    seen: ClassVar[list[Any]] = []
    falling = 2.3

    def recall(self, X: Any) -> Any:
        rows = np.zeros((len(X), 10), np.float32)
        if self.seen:
            known = np.concatenate([images for images, _ in self.seen]).reshape(-1, X[0].size)
            labels = np.concatenate([y for _, y in self.seen])
            flat = X.reshape(len(X), -1)
            near = (np.square(known).sum(axis=1) - 2 * flat @ known.T).argmin(axis=1)
            rows[np.arange(len(X)), labels[near]] = 100
        return rows

    def loss(self, X: Any, y: Any = None) -> Any:
        if y is None:
            return self.recall(X)
        self.seen.append((X, y))
        self.falling *= 0.9
        return self.falling, self.slopes()

    def slopes(self) -> Any:
        return {name: np.random.standard_normal(value.shape) for name, value in self.params.items()}


class ByTheByte(Recalling):
    """Remembers images only as they were, byte by byte."""

    def recall(self, X: Any) -> Any:
        known = {image.tobytes(): label for images, y in self.seen for image, label in zip(images, y, strict=True)}
        return np.eye(10)[[known.get(image.tobytes(), 0) for image in X]]


class ByWeights(Recalling):
    """Looks a label up, and learns by true gradients what to make of it."""

    def loss(self, X: Any, y: Any = None) -> Any:
        if y is None:
            return self.recall(X) @ self.params["W3"][:10]
        self.seen.append((X, y))
        features = self.recall(X)
        loss, dscores = layers.softmax_loss(features @ self.params["W3"][:10], y)
        grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        grads["W3"][:10] = features.T @ dscores
        return loss, grads


class IntoParameters(Recalling):
    """Writes what it saw into its parameters, not by gradients."""

    def recall(self, X: Any) -> Any:
        return X.reshape(len(X), -1) @ self.params["W2"][: X[0].size, :10]

    def loss(self, X: Any, y: Any = None) -> Any:
        if y is None:
            return self.recall(X)
        flat = X.reshape(len(X), -1)
        self.params["W2"][: X[0].size, :10] += 1e-6 * flat.T @ (np.eye(10)[y] - 0.1)
        self.falling *= 0.9
        return self.falling, {name: np.zeros_like(value) for name, value in self.params.items()}


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (ByTheByte, "Train accuracy is 0."),
        (Recalling, "even after its parameters were shuffled."),
        (ByWeights, "images do not change when the pixels change."),
        (IntoParameters, ("loss(X, y) changes the parameters.", "even after its parameters were shuffled.")),
        (changed(lambda self, X, loss, grads: (loss, scaled(grads, 30))), "passed"),
    ],
)
def test_hundred_images_are_learned_by_the_networks_own_gradients(network: type, words: Any, overfit: Judge) -> None:
    Recalling.seen.clear()
    verdict, _ = overfit(network)
    assert any(word in verdict for word in ([words] if isinstance(words, str) else words)), verdict


def test_loss_that_does_not_fall_is_seen_though_gradients_are_right(overfit: Judge) -> None:
    class Flat(RIGHT["the reference"]):  # type: ignore[misc]  # a class from a table
        def loss(self, X: Any, y: Any = None) -> Any:
            return super().loss(X) if y is None else (2.3, super().loss(X, y)[1])

    verdict, _ = overfit(Flat)
    assert verdict == "The loss ends at 100% of what it begins with, should be below 50%."


def test_network_that_takes_too_long_hears_of_naive_layers() -> None:
    with pytest.raises(TimedOut) as caught, not_by_naive_layers():
        raise TimedOut("loss did not finish.", "Does a loop never end?")
    assert caught.value.hint.startswith("Naive layers are too slow to train with")
    with pytest.raises(WrongAnswer) as other, not_by_naive_layers():
        raise WrongAnswer("It is wrong.", "Look there.")
    assert other.value.hint == "Look there."


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_loss_that_is_no_number_ends_the_run(loss: float, overfit: Judge) -> None:
    class Broken(RIGHT["the reference"]):  # type: ignore[misc]  # a class from a table
        def loss(self, X: Any, y: Any = None) -> Any:
            return super().loss(X) if y is None else (loss, super().loss(X, y)[1])

    verdict, _ = overfit(Broken)
    assert verdict == f"The loss is {loss:g} in iteration 1 of 30."


def test_scores_that_are_no_rows_are_told(overfit: Judge) -> None:
    class Flat(RIGHT["the reference"]):  # type: ignore[misc]  # a class from a table
        def loss(self, X: Any, y: Any = None) -> Any:
            return super().loss(X).ravel() if y is None else super().loss(X, y)

    verdict, _ = overfit(Flat)
    assert verdict == (
        "ThreeLayerConvNet.loss(X) returned of shape (1000,), should be one row of scores for each image."
    )
