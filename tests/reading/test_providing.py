"""A notebook that came without its package borrows earlier assignments' functions: these only, and never points."""

import ast
import json
import subprocess
import sys
from dataclasses import replace
from types import MappingProxyType

import pytest
import tiny
from handins import make_folder
from notebooks import as_cells, notebook

from grader.assignment.definition import Assignment
from grader.assignment.markers import solved_version
from grader.classes.class_grading import RunnerSpec
from grader.model.errors import UnusableAssignment
from grader.model.options import Options
from grader.model.results import Status
from grader.reading.providing import Provided, ProvidedFile
from grader.reading.submission import Submission
from grader.sandbox.level import choose_level
from reference.samples.notebooks import notebook_of

ASSIGNMENT = Assignment.load()
LEVEL = choose_level(None, trusted=True)
PROVIDED = frozenset(name for names in ASSIGNMENT.provided.values() for name in names)
OWN = [name for name in ASSIGNMENT.functions if name not in PROVIDED]
LAYERS, CNN = ASSIGNMENT.modules["layers"], ASSIGNMENT.modules["cnn"]
SOLVED = {place: solved_version(ASSIGNMENT.solved_text(place), place) for place in (LAYERS, CNN)}
BORROWS = (
    "def spatial_batchnorm_forward(x, gamma, beta, bn_param):\n    return batchnorm_forward(x, gamma, beta, bn_param)"
)
FEW = notebook("import numpy as np\nfrom cs231n.layers import *", BORROWS)


def hand_in(folder, files, assignment=ASSIGNMENT):
    return Submission.from_path(make_folder(folder, files), assignment)


def imported(submission, folder, expression):
    """Returns what an expression prints with the workspace on the path."""
    for place, content in {**submission.laid, **ASSIGNMENT.given_bytes()}.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(content)
    command = [sys.executable, "-c", f"import numpy as np; import cs231n.layers as s; print({expression})"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


# What is provided


def test_notebook_alone_borrows_what_it_lacks_and_the_grade_says_so(tmp_path):
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": FEW})
    assert submission.provided.functions == PROVIDED
    (note,) = (
        note for note in submission.notes if note.startswith("Provided by the grader, for no points: affine_forward,")
    )
    assert "hw.ipynb came alone and does not define these functions of earlier assignments" in note
    assert note.endswith("so the checks on them are left out.")
    call = "s.spatial_batchnorm_forward(np.eye(2), 1, 0, {'mode': 'train'})[0].round(2).tolist()"
    assert imported(submission, tmp_path / "run", call) == "[[1.0, -1.0], [-1.0, 1.0]]"


def test_provided_functions_reach_given_modules_and_star_imports(tmp_path):
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": FEW})
    caches, file = submission.provided.files
    assert (caches.functions, caches.place) == ((), "cs231n/provided_caches.py")
    assert (file.answer, file.place) == (LAYERS, "cs231n/provided_layers.py")
    expression = (
        "__import__('cs231n.layer_utils').layer_utils.affine_relu_forward(-np.ones((1, 2)), np.eye(2), 0.5)[0].sum()"
    )
    assert imported(submission, tmp_path / "run", expression) == "0.0"


def test_network_alone_in_a_notebook_gets_an_answer_file_for_its_layers(tmp_path):
    cells = [
        "from cs231n.layers import *",
        "class ThreeLayerConvNet:\n    def loss(self, X):\n        return relu_forward(X)",
    ]
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": notebook(*cells)})
    assert set(submission.files) == {LAYERS, CNN}
    call = (
        "__import__('cs231n.classifiers.cnn').classifiers.cnn.ThreeLayerConvNet().loss(np.array([-1, 2]))[0].tolist()"
    )
    assert imported(submission, tmp_path / "run", call) == "[0, 2]"


@pytest.mark.parametrize(
    "cell",
    [
        "def relu_forward(x):\n    return 'own', None",
        "def relu_forward(x):\n    out = None\n    return out, x",
        "relu_forward = lambda x: ('own', None)",
        "relu_forward = make(relu)",
        "%%writefile cs231n/layers.py\ndef relu_forward(x):\n    return 'own', None",
    ],
)
def test_what_the_notebook_defines_is_never_replaced(tmp_path, cell):
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": notebook("from cs231n.layers import *", BORROWS, cell)})
    assert submission.provided.functions == PROVIDED - {"relu_forward"}


def test_own_and_provided_functions_work_together(tmp_path):
    cells = [
        "def relu_forward(x):\n    return 'own', None",
        BORROWS.replace("batchnorm_forward(x,", "batchnorm_forward(relu_forward(x)[0],"),
    ]
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": notebook(*cells)})
    assert imported(submission, tmp_path / "run", "s.relu_forward(1)[0], s.relu_backward(1, 2)") == "own 1"


def test_other_names_for_provided_functions_are_followed(tmp_path):
    cells = [
        "import cs231n.layers as L\nfrom cs231n.layers import batchnorm_backward as back, relu_forward as r",
        BORROWS.replace("return batchnorm_forward(x,", "return L.batchnorm_forward(r(x)[0],"),
        "def spatial_batchnorm_backward(dout, cache):\n    return back(dout, cache)",
    ]
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": notebook(*cells)})
    forward = "s.spatial_batchnorm_forward(np.array([[-1.0], [2.0]]), 1, 0, {'mode': 'train'})"
    call = f"[part.shape for part in s.spatial_batchnorm_backward(np.ones((2, 1)), {forward}[1])]"
    assert imported(submission, tmp_path / "run", call) == "[(2, 1), (1,), (1,)]"


@pytest.mark.parametrize("place", ["layers.py", "cnn.py", "cs231n/layers.py"])
def test_who_hands_in_files_gets_no_loan(tmp_path, place):
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": FEW, place: "def relu_forward(x):\n    return None, x\n"})
    assert submission.kind == "files"
    assert submission.provided.functions == frozenset()
    assert not [note for note in submission.notes if "Provided" in note]


def test_modules_beside_a_notebook_alone_come_along_and_count_as_own(tmp_path):
    files = {
        "hw/hw.ipynb": notebook(
            "from helpers import *\nfrom cs231n.layers import *\nfrom cs231n.more import EPS", BORROWS
        ),
        "hw/helpers.py": "from cs231n.more import EPS\ndef batchnorm_forward(x, *rest):\n    return x + EPS, None\n",
        "hw/cs231n/more.py": "EPS = 5\n",
        "hw/unused.py": "1 / 0",
        "hw/json.py": "1 / 0",
    }
    submission = hand_in(tmp_path / "ada", files)
    assert submission.kind == "notebook"
    assert set(submission.files) == {LAYERS, "helpers.py", "cs231n/more.py"}
    assert submission.provided.functions == PROVIDED - {"batchnorm_forward"}
    assert imported(submission, tmp_path / "run", "s.spatial_batchnorm_forward(1, 1, 0, {})[0]") == "6"


def test_student_kit_provides_nothing_and_says_what_to_do(tmp_path):
    kit = replace(ASSIGNMENT, solution="nowhere_to_be_found", folder=tmp_path)
    (tmp_path / "given").symlink_to(ASSIGNMENT.solution_folder())
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": FEW}, kit)
    assert submission.provided.functions == frozenset()
    assert set(submission.files) == {LAYERS}
    assert [note for note in submission.notes if note.endswith("put your layers.py beside the notebook.")]


# What can never be provided


def test_no_provided_function_is_one_that_earns_points():
    spec = RunnerSpec(ASSIGNMENT.folder, LEVEL, 1, options=Options.of(training="full", notebook="on"))
    earning = {info.function for info in spec.build().list_checks() if info.max_points}
    assert {"conv_forward_naive", "ThreeLayerConvNet"} <= earning
    assert not PROVIDED & earning


def test_provided_text_holds_no_graded_function_and_no_helper_of_one(tmp_path):
    caches, file = hand_in(tmp_path / "ada", {"hw.ipynb": FEW}).provided.files
    assert not any(name in caches.text for name in OWN)
    tree = ast.parse(file.text)
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert defined == PROVIDED
    # Of the answer file's other names only those that type annotations are made of.
    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    assert assigned & top_level_names(SOLVED[LAYERS]) == {"Array", "Params"}
    assert not any(name in file.text for name in OWN)
    assert "YOUR CODE" not in file.text


def top_level_names(text):
    nodes = ast.parse(text).body
    assigned = {target.id for node in nodes if isinstance(node, ast.Assign) for target in node.targets}
    return assigned | {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("spatial_batchnorm_forward",), "^What assignment.toml lists as provided needs"),
        (("relu_sideways",), "has no relu_sideways, which assignment.toml lists as provided"),
    ],
)
def test_list_that_is_wrong_is_refused(tmp_path, names, words):
    wrong = replace(ASSIGNMENT, provided=MappingProxyType({"layers": names}))
    graded = {name: spec for name, spec in ASSIGNMENT.functions.items() if name != "spatial_batchnorm_forward"}
    wrong = replace(wrong, functions=MappingProxyType(graded))
    with pytest.raises(UnusableAssignment, match=words):
        hand_in(tmp_path / "ada", {"hw.ipynb": notebook("def conv_forward_naive(x):\n    return 1, 2")}, wrong)


def test_providing_what_earns_points_breaks_the_grading(tmp_path):
    runner = tiny.runner(tmp_path)
    provided = Provided(
        (ProvidedFile("main.py", "provided_main.py", ("double",), "def double(x):\n    return 2 * x, (x,)\n"),)
    )
    submission = replace(tiny.submission(tiny.RIGHT, tmp_path), provided=provided)
    with pytest.raises(UnusableAssignment, match=r"^double earns points, so it may not be provided"):
        runner.grade(submission)


def test_key_of_a_grade_follows_the_provided_text(monkeypatch):
    before = ASSIGNMENT.digest()
    assert before == ASSIGNMENT.digest()
    monkeypatch.setattr(Assignment, "solved_text", lambda self, place: "changed")
    assert ASSIGNMENT.digest() != before


# Graded


@pytest.mark.slow
def test_seed_layout_handed_in_alone_earns_all_points_of_its_functions(tmp_path):
    """The layout of the course's own notebook: this assignment's functions in cells, the earlier ones imported."""
    (tmp_path / "ada.ipynb").write_bytes(notebook_of(SOLVED.values(), OWN))
    spec = RunnerSpec(ASSIGNMENT.folder, LEVEL, 7)
    runner = spec.build()
    submission = spec.read(tmp_path / "ada.ipynb", runner)
    grade = runner.grade(submission)
    assert (grade.score, grade.max_score) == (100, 100)
    assert not [check for check in grade.checks if check.status is not Status.PASSED]
    assert not PROVIDED & {check.function for check in grade.checks}
    assert not PROVIDED & {source.function for source in grade.sources}
    assert all(note.startswith("Provided by the grader, for no points") for note in grade.notes)
    assert grade.notes


@pytest.mark.slow
def test_cells_that_spoil_or_read_what_is_provided_change_only_their_own_run(tmp_path):
    spoil = (
        "import cs231n.layers, cs231n.provided_layers\n"
        "print(open(cs231n.provided_layers.__file__).read())\n"
        "cs231n.layers.batchnorm_forward = cs231n.provided_layers.batchnorm_forward = None\n"
        "del cs231n.provided_layers.batchnorm_backward_alt\n"
        "open('cs231n/provided_layers.py', 'w').write('')"
    )
    texts = as_cells(SOLVED[LAYERS])
    own = [cell for cell in texts if cell.startswith("def spatial_batchnorm") or "import numpy" in cell]
    (tmp_path / "eve.ipynb").write_bytes(notebook(*own, spoil, "print(spatial_batchnorm_forward.__name__)"))
    options = Options.of(notebook="auto")
    spec = RunnerSpec(ASSIGNMENT.folder, LEVEL, 7, keyword="spatial_batchnorm or figure", options=options)
    with spec.build() as runner:
        grade = runner.grade(spec.read(tmp_path / "eve.ipynb", runner))
    batchnorm = [check for check in grade.checks if check.function.startswith("spatial_batchnorm")]
    assert len(batchnorm) > 10
    assert {check.status for check in batchnorm} == {Status.PASSED}
    # What the cells could read was the earlier assignment's code.
    printed = json.loads(grade.attachments[0].content)["cells"][-2]["outputs"][0]["text"]
    assert "def batchnorm_forward" in printed
    assert not any(name in printed for name in OWN)


# What is kept for another function: read by names

READS = {
    "a tuple": "x, xhat, mu, var, gamma_, eps = cache".replace("gamma_", "gamma"),
    "a tuple in a tuple": "inner, shape = cache\n    x, gamma, beta, x_norm, sample_mean, sample_var, eps = inner",
    "a dictionary": "xhat, gamma, var, eps = cache['x_hat'], cache['gamma'], cache['sample_var'], cache['eps']",
    "places": "xhat = cache[1]\n    gamma = cache[2]\n    inv_std = cache[4]",
}


def batchnorm_read(way):
    """Returns cells whose functions call batchnorm_forward and take its cache apart themselves."""
    kept = "(kept, x.shape)" if "inner" in way else "kept"
    root = (
        "1 / inv_std"
        if "inv_std" in way
        else "np.sqrt(var + eps)"
        if "sample_mean" not in way
        else "np.sqrt(sample_var + eps)"
    )
    normal = "x_norm" if "x_norm" in way else "xhat"
    return (
        "def spatial_batchnorm_forward(x, gamma, beta, bn_param):\n"
        "    N, C, H, W = x.shape\n"
        "    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)\n"
        "    out, kept = batchnorm_forward(rows, gamma, beta, bn_param)\n"
        f"    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), {kept}",
        "def spatial_batchnorm_backward(dout, cache):\n"
        f"    {way}\n"
        "    N, C, H, W = dout.shape\n"
        "    d = dout.transpose(0, 2, 3, 1).reshape(-1, C)\n"
        f"    dxhat, normal, std = d * gamma, {normal}, {root}\n"
        "    dx = (dxhat - dxhat.mean(0) - normal * (dxhat * normal).mean(0)) / std\n"
        "    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), (d * normal).sum(0), d.sum(0)",
    )


@pytest.mark.parametrize("way", READS.values(), ids=READS)
def test_own_cache_that_stayed_at_home_is_read_by_names(tmp_path, way):
    cells = batchnorm_read(way)
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": notebook("from cs231n.layers import *", *cells)})
    call = (
        "(lambda x, dout: [bool(np.abs(a - b).max() < 1e-12) for a, b in zip(s.spatial_batchnorm_backward(dout, "
        "s.spatial_batchnorm_forward(x, np.array([2., 3.]), np.zeros(2), {'mode': 'train'})[1]), "
        "s.again(dout, x))])(np.arange(16.).reshape(2, 2, 2, 2) ** 2, np.arange(16.).reshape(2, 2, 2, 2) % 5)"
    )
    again = (
        "import numpy as np\n"
        "def again(dout, x):\n"
        "    flat = lambda a: a.transpose(0, 2, 3, 1).reshape(-1, 2)\n"
        "    out, cache = batchnorm_forward(flat(x), np.array([2., 3.]), np.zeros(2), {'mode': 'train'})\n"
        "    dx, dgamma, dbeta = batchnorm_backward(flat(dout), cache)\n"
        "    return dx.reshape(2, 2, 2, 2).transpose(0, 3, 1, 2), dgamma, dbeta\n"
    )
    files = {place: text.encode() for place, text in {"cs231n/again.py": again}.items()}
    laid = {**submission.laid, LAYERS: submission.laid[LAYERS] + b"\n" + files["cs231n/again.py"]}
    assert imported(replace(submission, files=laid), tmp_path / "run", call) == "[True, True, True]"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (batchnorm_read("x, xhat, foo = cache")[1], "reads 'foo' in the cache of your own batchnorm_forward"),
        (
            "def batchnorm_forward(x, gamma, beta, bn_param):\n    return x, [x, x, x, x]\n"
            "def spatial_batchnorm_backward(dout, cache):\n    return batchnorm_backward(dout, cache)",
            "batchnorm_backward is the one that the grader provides",
        ),
    ],
)
def test_cache_that_no_name_tells_is_refused_in_a_sentence(tmp_path, cell, words):
    files = {"hw.ipynb": notebook("from cs231n.layers import *", batchnorm_read(READS["a tuple"])[0], cell)}
    call = (
        "s.spatial_batchnorm_backward(np.ones((1, 2, 2, 2)), "
        "s.spatial_batchnorm_forward(np.ones((1, 2, 2, 2)), np.ones(2), np.zeros(2), {'mode': 'train'})[1])"
    )
    with pytest.raises(subprocess.CalledProcessError) as caught:
        imported(hand_in(tmp_path / "ada", files), tmp_path / "run", call)
    assert words in caught.value.stderr
    assert "Put your layers.py beside the notebook" in caught.value.stderr
