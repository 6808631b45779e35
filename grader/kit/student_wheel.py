"""Packs installed distributions into wheels: the engine with its checks and the reports, and for staff the solution.

It is made of what runs here: that needs no checkout, no network and no build tool, and students have the version that
released their kit; a course's server has the same.
"""

import base64
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.kit.plain_files import zipped
from grader.model.errors import UnusableInput

__all__ = ["DISTRIBUTION", "PACKAGES", "staff_wheel", "student_wheel"]

DISTRIBUTION = "convnet-grader"
#: import names of the distribution; the solution's are in another one, which no student gets
PACKAGES = ("grader", "reports")
#: what only staff have
STAFF_DISTRIBUTION = "convnet-grader-reference"
#: of the distribution's own files those that a wheel needs, and how a checkout that was never installed calls them;
#: WHEEL and RECORD are written anew
_METADATA = {"METADATA": "PKG-INFO", "entry_points.txt": "", "licenses/LICENSE": ""}
_SUFFIXES = {".py", ".typed", ".toml", ".json", ".npz", ".md", ".j2", ".css", ".js", ".txt"}
_TAG = "py3-none-any"


def student_wheel() -> tuple[str, bytes]:
    """Returns the file name of the wheel and its content; the same installation gives the same bytes.

    Raises:
        UnusableInput: this grader runs from a folder that was never installed.
    """
    try:
        return _wheel(DISTRIBUTION, PACKAGES)
    except importlib.metadata.PackageNotFoundError as exc:
        raise UnusableInput(
            f"The kit's wheel is made of the installed {DISTRIBUTION}, which is not installed here: pip install it, "
            "or release with --no-wheel."
        ) from exc


def staff_wheel(solution: str) -> tuple[str, bytes]:
    """Returns the file name and the content of the wheel of an assignment's solution, a package of this name.

    Raises:
        UnusableInput: it is not installed.
    """
    try:
        return _wheel(STAFF_DISTRIBUTION, (solution,))
    except importlib.metadata.PackageNotFoundError as exc:
        raise UnusableInput(
            f"A server needs the solution, {STAFF_DISTRIBUTION}, which is not installed here: pip install ./reference."
        ) from exc


def _wheel(name: str, packages: Iterable[str]) -> tuple[str, bytes]:
    distribution = importlib.metadata.distribution(name)
    stem = f"{name.replace('-', '_')}-{distribution.version}"
    about = f"{stem}.dist-info"
    files = {place: content for package in packages for place, content in _package_files(package)}
    for name, other in _METADATA.items():
        if (text := distribution.read_text(name) or distribution.read_text(other)) is not None:
            files[f"{about}/{name}"] = text.encode()
    files[f"{about}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: grader\nRoot-Is-Purelib: true\nTag: {_TAG}\n".encode()
    record = "".join(f"{place},{_digest(content)},{len(content)}\n" for place, content in files.items())
    files[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    return f"{stem}-{_TAG}.whl", zipped(files)


def _package_files(package: str) -> Iterator[tuple[str, bytes]]:
    """Yields place and content of the files that a package ships."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    root = Path(next(iter(spec.submodule_search_locations)))
    for path in sorted(root.rglob("*")):
        if path.suffix in _SUFFIXES and path.is_file():
            yield f"{package}/{path.relative_to(root).as_posix()}", path.read_bytes()


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
