"""Attacks of one answer file on the functions of another: what its import does to everything that both use.

A process in which that file was never imported saves them, so every function keeps its points, at every level.
"""

from attack import CNN, Attack, honest_files

__all__ = ["OTHER_FILES"]


def ruin(name: str, code: str) -> Attack:
    content = honest_files()[CNN] + f"\n\n{code}\n".encode()
    return Attack(
        f"ruin-{name}", "cost a function of another file a point", status="passed", files={CNN: content}, bare=True
    )


OTHER_FILES = [
    ruin("numpy-functions", "import numpy as np\nnp.sum = np.zeros = np.dot = np.pad = None"),
    ruin("numpy-namespace", "import numpy as np\nvars(np).clear()"),
    ruin("numpy-core", "import numpy._core.multiarray as core\nvars(core).clear()"),
    ruin("numpy-errors", "import numpy as np\nnp.seterr(all='raise', call=None)\nnp.errstate = None"),
    ruin(
        "array-attributes",
        "import gc, numpy as np\ngc.get_referents(np.ndarray.__dict__)[0]['shape'] = property(lambda s: 1 / 0)",
    ),
    ruin("modules-gone", "import sys\nsys.modules.clear()"),
    ruin("built-in-names", "import builtins\nbuiltins.range = builtins.len = builtins.max = None"),
    ruin("layers-gone", "import cs231n.layers as layers\nvars(layers).clear()"),
    ruin("layers-replaced", "import cs231n.layers as layers\nlayers.max_pool_forward_naive = None"),
    ruin("fork-ends", "import os\nos.register_at_fork(after_in_child=lambda: os._exit(0))"),
    ruin("fork-never-ends", "import os, time\nos.register_at_fork(before=lambda: time.sleep(100))"),
    ruin("process-ends", "import os\nos._exit(0)"),
    ruin("import-never-ends", "while True: pass"),
    ruin("memory", "keep = b'x' * (500 << 20)"),
    ruin("limits", "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20))"),
    ruin("audit-hook", "import sys\ndef hook(event, arguments): raise RuntimeError(event)\nsys.addaudithook(hook)"),
]
