"""Small assignments and hand-ins for the tests of everything between a path and a Submission."""

from pathlib import Path
from types import MappingProxyType

from grader.assignment.definition import Assignment, FunctionSpec
from grader.assignment.points_and_limits import Rubric
from grader.reading.submission import Submission

LAYERS, CNN = "cs231n/layers.py", "cs231n/classifiers/cnn.py"

ASSIGNMENT = Assignment(
    folder=Path("nowhere"),
    title="Convolutional networks",
    solution="",
    public_seed=231,
    modules=MappingProxyType({"layers": LAYERS, "cnn": CNN}),
    given_files=("cs231n/__init__.py", "cs231n/classifiers/__init__.py", "cs231n/layer_utils.py"),
    sections=("Convolution",),
    functions=MappingProxyType(
        {
            "conv_forward_naive": FunctionSpec("layers", ("out", "cache")),
            "max_pool_forward_naive": FunctionSpec("layers", ("out", "cache")),
            "ThreeLayerConvNet": FunctionSpec("cnn", ("model",)),
        }
    ),
    rubric=Rubric(),
)


def make_folder(folder: Path, files: dict[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def make_submission(**texts: str) -> Submission:
    """Returns a submission with the texts of `layers` and `cnn`; other names become modules of the package."""
    places = {**ASSIGNMENT.modules, **{name: f"cs231n/{name}.py" for name in texts if name not in ASSIGNMENT.modules}}
    files = {places[name]: text.encode() for name, text in texts.items()}
    return Submission("ada", "files", "sha256:0", MappingProxyType(files), MappingProxyType({f: f for f in files}))
