"""Fuzzes one target for a given time, guided by coverage: `tox -e fuzz`, or by hand with --target.

Inputs that break a promise are left as crash-… files in the current folder. Needs atheris (libFuzzer for Python).
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["grader", "zipfile", "tarfile", "nbformat"]):
    import targets

from grader.worker import wire


def seeds(name: str) -> list[bytes]:
    """Returns valid inputs to start from."""
    text = (
        b"import numpy as np\n\ndef conv_forward_naive(x, w, b, conv_param):\n    print 'x'\n    return x / 2, None\n"
    )
    if name == "reply":
        values = [1, [None, True, 2.5, "a"], {"x": (1, [2])}, {"a": targets.np.ones((2, 3), targets.np.float32)}]
        return [b"".join(bytes(part) for part in _frame(value)) for value in values]
    if name == "archive":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr("hw/cs231n/layers.py", text)
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as file:
            info = tarfile.TarInfo("hw/layers.py")
            info.size = len(text)
            file.addfile(info, io.BytesIO(text))
        return [b"\0" + packed.getvalue(), b"\1" + tar.getvalue()]
    if name == "notebook":
        cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": text.decode()}
        book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
        return [json.dumps(book).encode(), json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]}).encode()]
    return [text]


def _frame(value: object) -> list[bytes | memoryview]:
    buffers: list[memoryview] = []
    return wire.frame({"value": wire.encode(value, buffers)}, buffers)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", choices=sorted(targets.TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    if options.target is None:
        # libFuzzer ends its process, so each target has one of its own.
        command = [sys.executable, __file__, f"--seconds={options.seconds}", "--target"]
        return max(subprocess.call([*command, name]) for name in targets.TARGETS)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(options.target)):
            Path(corpus, str(number)).write_bytes(seed)
        flags = [
            f"-max_total_time={options.seconds}",
            "-timeout=20",
            "-rss_limit_mb=3000",
            "-max_len=8192",
            "-verbosity=0",
        ]
        os.environ.setdefault("PYTHONHASHSEED", "0")
        atheris.Setup([sys.argv[0], *flags, "-print_final_stats=1", corpus], targets.TARGETS[options.target])
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
