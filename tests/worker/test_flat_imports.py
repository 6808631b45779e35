"""A bare name gives the module of the package: its relative imports work, and nothing is loaded twice."""

import subprocess
import sys

import pytest

PACKAGE = {
    "pkg/__init__.py": "",
    "pkg/layers.py": "from fast_layers import *\nLOADED = []\n",
    "pkg/fast_layers.py": "from . import optim\n",
    "pkg/layer_utils.py": "from .layers import *\nfrom .fast_layers import *\ndef both(): return LOADED\n",
    "pkg/optim.py": "rate = 3\n",
    "pkg/own/helper.py": "from ..optim import rate\n",
    "pkg/classifiers/__init__.py": "",
    "pkg/classifiers/cnn.py": "",
    "pkg/classifiers/sided.py": "from .layer_utils import both\nfrom . import layers\n",
}
BEGIN = (
    "import sys, warnings; warnings.simplefilter('error'); sys.path.append(sys.argv[1]); "
    "from grader.worker.flat_imports import allow_flat_imports; "
    "allow_flat_imports(sys.argv[1], [f'{sys.argv[1]}/pkg/classifiers', f'{sys.argv[1]}/pkg'])\n"
)


@pytest.mark.parametrize(
    "code",
    [
        "from layer_utils import *\nassert both() == []",
        "import optim\nassert optim.rate == 3",
        "from optim import rate",
        "import layers, pkg.layers\nassert layers is pkg.layers and layers.__spec__.name == 'pkg.layers'",
        "import pkg.layers, layers\nassert layers is pkg.layers and layers.__name__ == 'pkg.layers'",
        "from pkg.classifiers import cnn\nimport cnn as flat\nassert cnn is flat",
        "import own",
        "from pkg.classifiers.layers import *\nfrom pkg.classifiers import layer_utils as l\nassert l.both() == []",
        "from pkg.classifiers.sided import both",
        "import pkg.cnn, pkg.classifiers.cnn\nassert pkg.cnn is pkg.classifiers.cnn",
        "try: import pkg.own.layers\nexcept ModuleNotFoundError: pass\nelse: raise AssertionError",
        "try: import pkg.classifiers.none\nexcept ModuleNotFoundError: pass\nelse: raise AssertionError",
        "import json\nassert json.dumps",
        "import importlib, fast_layers\nassert importlib.reload(fast_layers) is sys.modules['pkg.fast_layers']",
        "try: import nothing\nexcept ModuleNotFoundError as exc: assert exc.name == 'nothing'",
    ],
)
def test_bare_name_is_the_module_of_the_package(tmp_path, code):
    for place, text in PACKAGE.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
