"""The student kit of the built-in assignment: its committed copy is current, and its stubs import and return None."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.assignment.definition import BUILT_IN, Assignment
from grader.kit.student_kit import release

ROOT = Path(__file__).parents[2]


def on_disk(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("released") / "kit"
    release(Assignment.load(BUILT_IN), folder)
    return folder


def test_committed_template_is_what_a_release_writes(kit: Path) -> None:
    committed = ROOT / "student_template"
    places = {place for place in on_disk(committed) if "__pycache__" not in place}
    assert places == on_disk(kit), "run `grader release --no-wheel student_template`"
    differing = [place for place in sorted(places) if (committed / place).read_bytes() != (kit / place).read_bytes()]
    assert not differing, "run `grader release --no-wheel student_template`"


def test_kit_has_no_hidden_golden_and_no_reference(kit: Path) -> None:
    names = zipfile.ZipFile(kit / "checks/goldens/cases.npz").namelist()
    assert names
    assert not [name for name in names if "/drawn" in name]
    assert not [place for place in on_disk(kit) if place.startswith(("reference", "samples", "cases"))]


STUBS = """
import importlib, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
for name in sys.argv[3:]:
    importlib.import_module(name)
from cs231n import layers
from cs231n.classifiers.cnn import ThreeLayerConvNet
assert layers.__file__.startswith(sys.argv[1])
x, y, row = np.ones((2, 4, 4, 4)), np.ones((2, 4)), np.ones(4)
image_param = {"stride": 2, "pad": 0, "pool_height": 2, "pool_width": 2}
none = lambda value: value is None or all(part is None for part in value)
for forward, args in {
    "affine": (y, np.ones((4, 3)), np.ones(3)),
    "relu": (x,),
    "batchnorm": (y, row, row, {"mode": "train"}),
    "layernorm": (y, row, row, {}),
    "dropout": (y, {"mode": "test", "p": 0.5}),
    "conv": (x, np.ones((3, 4, 2, 2)), np.ones(3), image_param),
    "max_pool": (x, image_param),
    "spatial_batchnorm": (x, row, row, {"mode": "train"}),
    "spatial_groupnorm": (x, row.reshape(1, 4, 1, 1), row.reshape(1, 4, 1, 1), 2, {}),
}.items():
    tail = "_naive" if forward in ("conv", "max_pool") else ""
    out, cache = getattr(layers, f"{forward}_forward{tail}")(*args)
    assert out is None, forward
    assert none(getattr(layers, f"{forward}_backward{tail}")(x, cache)), forward
assert none(layers.batchnorm_backward_alt(y, None))
assert none(layers.softmax_loss(y, np.zeros(2, int)))
model = ThreeLayerConvNet()
assert model.params == {} and model.loss(x) is None and none(model.loss(x, np.zeros(2, int)))
"""


def test_stubs_and_given_files_import_and_stubs_return_none(kit: Path) -> None:
    modules = [".".join(path.relative_to(kit).with_suffix("").parts) for path in (kit / "cs231n").rglob("*.py")]
    # Isolated, from an empty folder: neither this repository nor what is installed beside it provides a module.
    command = [sys.executable, "-I", "-B", "-W", "error", "-c", STUBS, str(kit), "--", *modules]
    done = subprocess.run(command, cwd=kit.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
