"""What students get, the wheel and the kit around it, unpacked: the whole grader, and nothing of the solution."""

import io
import textwrap
import tokenize
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.definition import BUILT_IN, Assignment
from grader.assignment.markers import bare, bodies, telling_lines
from grader.kit import student_wheel as packing
from grader.kit.leaks import refuse_bytecode
from grader.kit.student_kit import release
from grader.kit.student_wheel import PACKAGES, student_wheel
from grader.model.errors import UnusableInput

ROOT = Path(__file__).parents[2]
#: so many tokens of a body in a row, a line and a half, are no idiom any more
N_TOKENS = 18
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a kit and of the wheel in it, place -> content."""
    folder = tmp_path_factory.mktemp("released") / "kit"
    wheel = student_wheel()
    release(Assignment.load(BUILT_IN), folder, wheel=wheel)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    archive = zipfile.ZipFile(io.BytesIO(files.pop(wheel[0])))
    return files | {f"wheel/{name}": archive.read(name) for name in archive.namelist()}


def code_tokens(text: str) -> list[str]:
    """Returns what Python reads of a text: neither comments nor layout."""
    readline = io.StringIO(textwrap.dedent(text)).readline
    return [token.string for token in tokenize.generate_tokens(readline) if token.type not in NO_CODE]


def n_grams(text: str) -> set[tuple[str, ...]]:
    tokens = code_tokens(text)
    return {tuple(tokens[start : start + N_TOKENS]) for start in range(len(tokens) - N_TOKENS + 1)}


def python_files(files: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    return ((place, content.decode()) for place, content in sorted(files.items()) if place.endswith(".py"))


def leaked_n_grams(files: dict[str, bytes]) -> list[tuple[str, str]]:
    assignment = Assignment.load(BUILT_IN)
    given = set().union(*(n_grams(content.decode()) for content in assignment.given_bytes().values()))
    solved = {place: assignment.solved_text(place) for place in assignment.modules.values()}
    telling = {
        body.function: n_grams("\n".join(body.lines)) - given
        for place, text in solved.items()
        for body in bodies(text, place)
    }
    assert sum(map(len, telling.values())) > 1000
    found = []
    for place, text in python_files(files):
        here = n_grams(text)
        found += [(place, function) for function, grams in telling.items() if grams & here]
    return found


def leaked_lines(files: dict[str, bytes]) -> list[str]:
    assignment = Assignment.load(BUILT_IN)
    telling = set()
    for place in assignment.modules.values():
        for body in bodies(assignment.solved_text(place), place):
            telling |= set(telling_lines(body))
    return [
        f"{place}: {line}" for place, text in python_files(files) for line in text.splitlines() if bare(line) in telling
    ]


@pytest.mark.slow
def test_no_body_and_no_n_gram_of_one(unpacked: dict[str, bytes]) -> None:
    assert not leaked_n_grams(unpacked)
    assert not leaked_lines(unpacked)


def test_search_for_bodies_finds_one() -> None:
    """A body whose layout and comments are other ones is found."""
    body = max(
        bodies(Assignment.load(BUILT_IN).solved_text("cs231n/layers.py"), ""), key=lambda body: len("".join(body.lines))
    )
    text = textwrap.dedent("\n".join(f"{line}  # mine" if line.strip() else line for line in body.lines))
    files = {"wheel/grader/x.py": text.encode()}
    assert ("wheel/grader/x.py", body.function) in leaked_n_grams(files)
    assert leaked_lines({"x.py": "\n".join(body.lines).encode()})


def test_no_hidden_golden_no_bytecode_and_no_file_of_the_solution(unpacked: dict[str, bytes]) -> None:
    refuse_bytecode(unpacked)
    archives = [content for place, content in unpacked.items() if place.endswith(".npz")]
    names = [name for content in archives for name in zipfile.ZipFile(io.BytesIO(content)).namelist()]
    # Of the kit and of the wheel: the cases, the small ones, and the known mistakes, which hold names and sentences and
    # no code.
    assert len(archives) == 6
    assert names
    said = [np.load(io.BytesIO(content))["words"].tobytes() for content in archives if b"words.npy" in content]
    assert len(said) == 2
    assert not [text for text in said if b"[drawn" in text or b"np." in text or b"axis=" in text]
    assert not [name for name in names if "/drawn" in name]
    assert not [place for place, content in unpacked.items() if place.endswith(".json") and b"/drawn" in content]
    assert not [place for place in unpacked if place.startswith(("reference", "wheel/reference"))]
    assignment = Assignment.load(BUILT_IN)
    root = assignment.solution_folder()
    theirs = {*assignment.given_bytes().values(), *(path.read_bytes() for path in (root / "kit").iterdir())}
    secret = {path.read_bytes() for path in root.rglob("*.py") if "__pycache__" not in path.parts} - theirs - {b""}
    assert not [place for place, content in unpacked.items() if content in secret]


def test_wheel_holds_its_packages_whole(unpacked: dict[str, bytes]) -> None:
    inside = {place.removeprefix("wheel/") for place in unpacked if place.startswith("wheel/")}
    assert {place.split("/")[0] for place in inside if ".dist-info/" not in place} == set(PACKAGES)
    for package in PACKAGES:
        assert f"{package}/py.typed" in inside
        for path in (ROOT / package).rglob("*.py"):
            assert path.relative_to(ROOT).as_posix() in inside
    assert "grader/checks/goldens/cases.npz" in inside
    assert "reports/templates/overview/index.html.j2" in inside


def test_wheel_is_a_wheel(unpacked: dict[str, bytes]) -> None:
    (about,) = {place.split("/")[1] for place in unpacked if ".dist-info/" in place}
    lines = unpacked[f"wheel/{about}/RECORD"].decode().splitlines()
    assert len(lines) == sum(place.startswith("wheel/") for place in unpacked)
    for line in lines[:-1]:
        place, digest, size = line.rsplit(",", 2)
        content = unpacked[f"wheel/{place}"]
        assert len(content) == int(size)
        assert digest.startswith("sha256=")
    assert b"Name: convnet-grader" in unpacked[f"wheel/{about}/METADATA"]
    assert b"grader.__main__:main" in unpacked[f"wheel/{about}/entry_points.txt"]


def test_kit_installs_the_wheel_beside_its_requirements(tmp_path: Path) -> None:
    name, content = student_wheel()
    assert student_wheel() == (name, content)
    release(Assignment.load(BUILT_IN), tmp_path / "kit", wheel=(name, content))
    assert (tmp_path / "kit" / name).read_bytes() == content
    assert f"./{name}" in (tmp_path / "kit" / "requirements.txt").read_text().splitlines()


def test_uninstalled_grader_says_how_to_release_without_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(packing.importlib.metadata, "distribution", absent)
    with pytest.raises(UnusableInput, match=r"pip install .* --no-wheel"):
        student_wheel()


def test_distributions_share_neither_a_package_nor_miss_one() -> None:
    """The engine's ships what PACKAGES says, the solution's each folder of reference/ with modules, and its data."""
    engine = tomllib.loads((ROOT / "pyproject.toml").read_text())
    staff = tomllib.loads((ROOT / "reference" / "pyproject.toml").read_text())
    assert engine["tool"]["setuptools"]["packages"]["find"]["include"] == [f"{name}*" for name in PACKAGES]
    folders = {path.parent for path in (ROOT / "reference").rglob("__init__.py")}
    packages = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert set(staff["tool"]["setuptools"]["packages"]) == packages | {
        f"reference.{name}" for name in ("kit", "notebook", "runs")
    }
    assert "version" in engine["project"]["dynamic"]
    assert "version" in staff["project"]["dynamic"]
