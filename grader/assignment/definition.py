"""Loads an assignment from its folder: all that the engine knows of what it grades."""

import hashlib
import importlib.util
import json
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from grader.assignment.choices import Choice, choices_of
from grader.assignment.own_modules import package_at
from grader.assignment.points_and_limits import RUBRIC, Rubric, load_rubric, read_toml, refuse_unknown
from grader.model.errors import UnusableAssignment
from grader.model.options import Options

__all__ = ["Assignment", "DataReader", "FunctionSpec", "Tool"]

BUILT_IN = Path(__file__).parents[1] / "checks"
#: of the solution: `name_caches(names of a module, what a notebook reads)`
_CACHES = "provided_caches.py"
#: of assignment.toml
_ENTRIES = (
    *("title", "solution", "public_seed", "runs", "small_calls", "modules", "given", "tools", "data", "options"),
    *("own_work", "provided", "sections", "optional", "functions", "axes"),
)


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """How one function of the assignment answers."""

    #: key of Assignment.modules
    module: str
    #: the documented names of what it returns
    returns: tuple[str, ...]
    #: those of `returns` that stay behind the wall
    keep: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tool:
    """A given module that checks use beside the student's code, in the same process."""

    #: its file in the workspace
    file: str
    #: what checks call of it
    functions: MappingProxyType[str, FunctionSpec]


@dataclass(frozen=True, slots=True)
class DataReader:
    """The given file that reads the assignment's data, and how to ask it."""

    file: str
    #: name of the function in it that returns arrays by name: X_train, y_train, X_val, y_val
    load: str
    #: name of the function in it that returns in words which data they are: "KIND in FOLDER", or "KIND" where made up
    describe: str
    #: what both call the folder that they read, an argument by name
    folder_argument: str = "folder"
    #: more arguments of `load`
    arguments: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    #: how reports call the data: {kind} is what `describe` says, {n} the length of X_train
    words: str = "{kind}"
    #: the option that names the folder, and the one whose section needs the data; "" where no option does
    option: str = ""
    needed_by: str = ""
    #: environment variable that names the folder, too
    variable: str = ""
    #: what to do where the data are made up, for `grader doctor`
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Title, files, functions, sections and rubric of one assignment."""

    #: holds assignment.toml, rubric.toml, the check files and goldens/
    folder: Path
    title: str
    #: what holds the solved tree and the module `cases`: a Python package, or with a slash in it a folder relative to
    #: this one; it need not be there
    solution: str
    public_seed: int
    #: name in checks -> file of the workspace
    modules: MappingProxyType[str, str]
    given_files: tuple[str, ...]
    sections: tuple[str, ...]
    functions: MappingProxyType[str, FunctionSpec]
    rubric: Rubric
    #: module -> dotted name -> what is said, for the instructor, of its use where the student was to write that
    own_work: MappingProxyType[str, MappingProxyType[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    #: section -> name of the option that switches it off
    optional: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: module -> functions of earlier assignments in it, which the solution provides to a notebook that came alone
    provided: MappingProxyType[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: name in checks -> given module that checks use
    tools: MappingProxyType[str, Tool] = field(default_factory=lambda: MappingProxyType({}))
    #: the file whose function `plans` says which runs of the solution are kept with it; "" where none are
    runs: str = ""
    #: the file whose CALLS say how functions are called with small inputs; "" where no report shows such calls
    small_calls: str = ""
    #: name of a value -> what its axes are called: "image", "row"
    axes: MappingProxyType[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: None where no check asks for data
    data: DataReader | None = None
    #: by name
    choices: MappingProxyType[str, Choice] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def load(cls, folder: Path = BUILT_IN) -> "Assignment":
        """Returns the assignment in a folder; raises UnusableAssignment naming the file and the entry at fault."""
        data = read_toml(folder / "assignment.toml")
        where = f"{folder / 'assignment.toml'}"
        refuse_unknown(f"{where} has the unknown entry", data, _ENTRIES)
        try:
            return cls(
                folder=folder.resolve(),
                title=str(data["title"]),
                solution=str(data.get("solution", "")),
                public_seed=int(data["public_seed"]),
                modules=MappingProxyType({str(k): str(v) for k, v in data["modules"].items()}),
                given_files=tuple(str(name) for name in data.get("given", {}).get("files", ())),
                sections=tuple(str(name) for name in data["sections"]["order"]),
                functions=MappingProxyType({k: _function_spec(v) for k, v in data["functions"].items()}),
                rubric=load_rubric(folder / RUBRIC),
                runs=str(data.get("runs", "")),
                axes=MappingProxyType({str(k): tuple(map(str, v)) for k, v in data.get("axes", {}).items()}),
                small_calls=str(data.get("small_calls", "")),
                own_work=_own_work(data),
                optional=_optional(data),
                provided=_provided(data),
                tools=MappingProxyType({str(k): _tool(k, v, data) for k, v in data.get("tools", {}).items()}),
                data=_data(data["data"]) if "data" in data else None,
                choices=choices_of(data.get("options", {}), _optional(data)),
            )
        except KeyError as exc:
            raise UnusableAssignment(f"{where} lacks the entry {exc}; see the built-in one for a model.") from exc
        except (AttributeError, TypeError, ValueError) as exc:
            raise UnusableAssignment(f"{where} has an entry of the wrong kind: {exc}.") from exc

    def chosen(self, options: Options, profile: str = "own") -> Options:
        """Returns the options with a value for each that the assignment declares."""
        return options.over({name: choice.default(profile) for name, choice in self.choices.items()})

    @property
    def has_solution(self) -> bool:
        """Whether the solution package is here: on an instructor's machine, not in a student kit."""
        return self._solution_place() is not None

    @property
    def solution_package(self) -> str:
        """The name under which the solution's modules are imported; raises UnusableAssignment where it is not here."""
        folder = self.solution_folder()
        return package_at(folder) if self._is_folder else self.solution

    def digest(self) -> str:
        """Returns "sha256:..." over everything in the folder that decides a grade, and what the solution provides."""
        return self._digest(with_points=True)

    def judging_digest(self) -> str:
        """Returns the same without the rubric's points: what decides how checks end, not what they are worth."""
        return self._digest(with_points=False)

    def points_digest(self) -> str:
        """Returns "sha256:..." over the rubric's points and total."""
        rows = json.dumps([self.rubric.total, sorted(self.rubric.points.items())])
        return f"sha256:{hashlib.sha256(rows.encode()).hexdigest()}"

    def _digest(self, *, with_points: bool) -> str:
        hashed = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            if path.suffix in (".py", ".toml", ".json", ".npz"):
                hashed.update(f"{path.relative_to(self.folder).as_posix()}\0".encode())
                content = path.read_bytes()
                if not with_points and path == self.folder / RUBRIC:
                    content = repr(replace(self.rubric, total=0.0, points=MappingProxyType({}))).encode()
                hashed.update(hashlib.sha256(content).digest())
        for module in self.provided:
            hashed.update(f"{module}\0{self.solved_text(self.modules[module])}\0".encode())
            hashed.update(f"{self.solved_text(self.caches_place(module))}\0".encode())
        return f"sha256:{hashed.hexdigest()}"

    def solution_folder(self) -> Path:
        """Returns the folder of the solution; raises UnusableAssignment where it is not here."""
        place = self._solution_place()
        if place is None:
            raise UnusableAssignment(f"{self._no_solution} only visible checks can run.")
        return place

    def solved_text(self, place: str) -> str | None:
        """Returns an answer file of the solution, markers included; None where the solution is not installed."""
        if not self.has_solution:
            return None
        path = self.solution_folder() / place
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def caches_place(self, module: str) -> str:
        """Returns where the solution may say how what provided functions keep is read: beside the answer file."""
        return str(PurePosixPath(self.modules[module]).with_name(_CACHES))

    def given_folder(self) -> Path:
        """Returns where the given files lie: `given/` beside assignment.toml, else the solution.

        Raises:
            UnusableAssignment: there is neither.
        """
        beside = self.folder / "given"
        return beside if beside.is_dir() else self.solution_folder()

    @property
    def _is_folder(self) -> bool:
        return "/" in self.solution or self.solution.startswith(".")

    @property
    def _no_solution(self) -> str:
        if not self.solution:
            return f"{self.folder / 'assignment.toml'} names no solution, so none is installed here;"
        kind = "folder" if self._is_folder else "package"
        if not self._is_folder and (self.folder / self.solution).is_dir():
            return f"The solution {self.solution!r} is not an installed package; the folder is './{self.solution}';"
        return f"The solution {kind} {self.solution!r} is not installed here;"

    def _solution_place(self) -> Path | None:
        if not self.solution:
            return None
        if self._is_folder:
            folder = (self.folder / self.solution).resolve()
            return folder if folder.is_dir() else None
        spec = importlib.util.find_spec(self.solution)
        places = spec.submodule_search_locations if spec else None
        return Path(next(iter(places))) if places else None

    def given_bytes(self) -> dict[str, bytes]:
        """Returns the given files, workspace path -> content.

        Raises:
            UnusableAssignment: one of them is missing.
        """
        if not self.given_files:
            return {}
        root = self.given_folder()
        try:
            return {name: (root / name).read_bytes() for name in self.given_files}
        except OSError as exc:
            raise UnusableAssignment(f"The given file {exc.filename} cannot be read: {exc.strerror}.") from exc


def _function_spec(row: dict[str, Any]) -> FunctionSpec:
    return FunctionSpec(str(row["module"]), tuple(row["returns"]), frozenset(row.get("keep", ())))


def _tool(name: str, row: dict[str, Any], data: dict[str, Any]) -> Tool:
    if (file := str(row["file"])) not in data.get("given", {}).get("files", ()) or name in data["modules"]:
        raise ValueError(f"[tools] {name} should be one of the given files, under a name that no module has")
    specs = {str(key): _function_spec({"module": name, **spec}) for key, spec in row["functions"].items()}
    return Tool(file, MappingProxyType(specs))


def _own_work(data: dict[str, Any]) -> MappingProxyType[str, MappingProxyType[str, str]]:
    rows = data.get("own_work", {})
    if unknown := sorted(set(rows) - set(data["modules"])):
        raise ValueError(f"[own_work] names the module {unknown[0]!r}; known are {', '.join(data['modules'])}")
    return MappingProxyType(
        {module: MappingProxyType({str(k): str(v) for k, v in names.items()}) for module, names in rows.items()}
    )


def _optional(data: dict[str, Any]) -> MappingProxyType[str, str]:
    rows = {str(section): str(option) for section, option in data.get("optional", {}).items()}
    if unknown := sorted(set(rows) - set(data["sections"]["order"])):
        raise ValueError(f"[optional] names the section {unknown[0]!r}, which [sections] does not")
    return MappingProxyType(rows)


def _data(row: dict[str, Any]) -> DataReader:
    return DataReader(**{**row, "arguments": MappingProxyType(row.get("arguments", {}))})


def _provided(data: dict[str, Any]) -> MappingProxyType[str, tuple[str, ...]]:
    rows = data.get("provided", {})
    if unknown := sorted(set(rows) - set(data["modules"])):
        raise ValueError(f"[provided] names the module {unknown[0]!r}; known are {', '.join(data['modules'])}")
    return MappingProxyType({str(module): tuple(map(str, names)) for module, names in rows.items()})
