"""What versions of NumPy and Python removed, brought or changed that student code touches, with the way out of each.

From the release notes, and tried on NumPy 1.26 to 2.5 and Python 3.11 to 3.14. What `--compat` grants of it stands in
`grader/worker/old_numpy.py`; the rest is here. `docs/versions.md` shows all of it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from grader.worker.old_numpy import KEYWORDS, LIB_VERSION, MODULES, NAMES, RETURNED

__all__ = [
    "ADDED_KEYWORDS",
    "ADDED_LINALG",
    "ADDED_NAMES",
    "ADDED_PYTHON",
    "BY_SHAPE",
    "CHANGED",
    "METHODS",
    "NUMPY",
    "PYTHON",
    "REMOVED_KEYWORDS",
    "REMOVED_MODULES",
    "REMOVED_NAMES",
    "Change",
    "Kind",
    "all_changes",
    "in_lib",
    "is_at_least",
]

NUMPY, PYTHON = "NumPy", "Python"


class Kind(StrEnum):
    """What a version does to code that uses a thing."""

    #: works before, and not since
    REMOVED = "removed"
    #: the same of a way to write something
    REFUSED = "refused"
    #: works since, and not before
    ADDED = "added"
    #: works on both sides, with another result
    CHANGED = "changed"
    #: works on both sides; since then a warning is printed
    WARNS = "warns"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a version and the one before."""

    package: str
    #: the first version that has it
    version: str
    kind: Kind
    #: as a student would write it, e.g. "np.msort"; of a change, what is so since then
    what: str
    #: a sentence: what works in every version, or in both
    way_out: str
    #: first version that has a removed thing again; "" for none
    back_in: str = ""
    #: whether --compat stands in for it
    granted: bool = False

    @property
    def source(self) -> str:
        """Returns the page that says so."""
        if self.package == PYTHON:
            return f"https://docs.python.org/3/whatsnew/{self.version}.html"
        return f"https://numpy.org/doc/stable/release/{self.version}.0-notes.html"

    @property
    def sentence(self) -> str:
        """Returns the change without its full stop."""
        release = f"{self.package} {self.version}"
        back = f", and {self.back_in} has it again" if self.back_in else ""
        return {
            Kind.REMOVED: f"{release} removed {self.what}{back}",
            Kind.REFUSED: f"{release} no longer takes {self.what}",
            Kind.ADDED: f"{self.what} needs {release} or newer",
            Kind.CHANGED: f"since {release} {self.what}",
            Kind.WARNS: f"{release} warns of {self.what}",
        }[self.kind]

    def holds_in(self, version: str) -> bool:
        """Whether a version of the package has the change."""
        return is_at_least(version, self.version)

    def works_in(self, version: str) -> bool:
        """Whether code that uses the thing runs with a version of the package."""
        if self.kind is Kind.ADDED:
            return self.holds_in(version)
        gone = self.kind in (Kind.REMOVED, Kind.REFUSED) and self.holds_in(version)
        return not gone or bool(self.back_in and is_at_least(version, self.back_in))


def is_at_least(version: str, least: str) -> bool:
    """Compares the first two numbers of two versions."""
    own, other = (tuple(map(int, re.findall(r"\d+", f"{text}.0")[:2])) for text in (version, least))
    return own >= other


def _instead(text: str) -> dict[str, str]:
    """Reads "old: new" lines."""
    return {old.strip(): new.strip() for old, new in (line.split(":", 1) for line in text.strip().splitlines())}


#: name in numpy that --compat puts back -> what is the same in every version
_INSTEAD = _instead("""
    rank: np.ndim(a)
    asscalar: a.item()
    int: int
    float: float
    bool: bool
    object: object
    str: str
    complex: complex
    long: int
    unicode: str
    bool8: np.bool_
    int0: np.intp
    uint0: np.uintp
    str0: np.str_
    bytes0: np.bytes_
    object0: object
    float_: np.float64
    complex_: np.complex128
    unicode_: np.str_
    string_: np.bytes_
    cfloat: np.complex128
    longfloat: np.longdouble
    singlecomplex: np.complex64
    longcomplex: np.clongdouble
    clongfloat: np.clongdouble
    Inf: np.inf
    Infinity: np.inf
    infty: np.inf
    PINF: np.inf
    NINF: -np.inf
    NaN: np.nan
    NAN: np.nan
    PZERO: 0.0
    NZERO: -0.0
    product: np.prod
    cumproduct: np.cumprod
    sometrue: np.any
    alltrue: np.all
    round_: np.round
    mat: np.asmatrix
    issubclass_: issubclass
    asfarray: np.asarray(a, dtype=float)
    disp: print
    msort: np.sort(a, axis=0)
    fastCopyAndTranspose: a.T.copy()
    in1d: np.isin(np.ravel(a), b)
    trapz: np.sum((y[1:] + y[:-1]) / 2) * dx
    row_stack: np.vstack
""")
_EXCEPTIONS = "AxisError ComplexWarning ModuleDeprecationWarning RankWarning TooHardError VisibleDeprecationWarning"
#: name in numpy that is gone since 2.0, and that nothing stands in for -> what does the same
_ALSO_GONE = {
    **{name: f"np.exceptions.{name}" for name in _EXCEPTIONS.split()},
    **_instead("""
    byte_bounds: np.lib.array_utils.byte_bounds
    cast: np.asarray(a, dtype=…)
    chararray: np.char.chararray
    find_common_type: np.result_type
    issctype: issubclass(t, np.generic)
    issubsctype: np.issubdtype
    lookfor: the documentation's search
    maximum_sctype: the type itself, such as np.float64
    nbytes: np.dtype(t).itemsize
    obj2sctype: np.dtype(t).type
    recfromcsv: np.genfromtxt with delimiter=","
    recfromtxt: np.genfromtxt
    safe_eval: ast.literal_eval
    sctype2char: np.dtype(t).char
    sctypes: the types themselves, such as np.float64
    set_string_function: np.set_printoptions
    source: inspect.getsource
    who: print
"""),
}
#: name that a version of NumPy brought -> what every version has
_BROUGHT = {
    "2.0": _instead("""
    acos: np.arccos
    acosh: np.arccosh
    asin: np.arcsin
    asinh: np.arcsinh
    astype: a.astype(…)
    atan: np.arctan
    atan2: np.arctan2
    atanh: np.arctanh
    bitwise_count: bin(n).count("1")
    bitwise_invert: np.invert
    bitwise_left_shift: np.left_shift
    bitwise_right_shift: np.right_shift
    concat: np.concatenate
    isdtype: np.issubdtype
    matrix_transpose: np.swapaxes(a, -1, -2)
    permute_dims: np.transpose
    pow: np.power
    trapezoid: np.sum((y[1:] + y[:-1]) / 2) * dx
    unique_all: np.unique(a, return_index=True, return_inverse=True, return_counts=True)
    unique_counts: np.unique(a, return_counts=True)
    unique_inverse: np.unique(a, return_inverse=True)
    unique_values: np.unique
    vecdot: np.sum(a * b, axis=-1)
"""),
    "2.1": _instead("""
    cumulative_prod: np.cumprod
    cumulative_sum: np.cumsum
    unstack: list(a), or np.moveaxis before it
"""),
    "2.2": _instead("""
    matvec: np.einsum("...ij,...j->...i", A, x)
    vecmat: np.einsum("...i,...ij->...j", x, A)
"""),
}
_BROUGHT_TO_LINALG = _instead("""
    cross: np.cross
    diagonal: np.diagonal
    matmul: np.matmul
    matrix_norm: np.linalg.norm(a, axis=(-2, -1))
    matrix_transpose: np.swapaxes(a, -1, -2)
    outer: np.outer
    svdvals: np.linalg.svd(a, compute_uv=False)
    tensordot: np.tensordot
    trace: np.trace
    vecdot: np.sum(a * b, axis=-1)
    vector_norm: np.linalg.norm
""")
_GONE_UNREPLACED = "aifc audioop chunk crypt imghdr mailcap nis nntplib ossaudiodev sndhdr spwd sunau telnetlib uu"
#: module of Python that is gone -> what to use
_GONE_MODULES = {
    "3.12": {"imp": "importlib", "distutils": "setuptools or sysconfig", "asynchat": "asyncio", "asyncore": "asyncio"},
    "3.13": {
        **dict.fromkeys(_GONE_UNREPLACED.split(), ""),
        **{"cgi": "urllib.parse", "cgitb": "traceback", "lib2to3": "ast", "pipes": "shlex and subprocess"},
    },
}
#: module and name of Python that a version brought; "" for the module itself
_NEW_IN_PYTHON = {
    "3.12": {
        ("itertools", "batched"): "Use a loop over slices.",
        ("math", "sumprod"): "Use np.dot.",
        ("typing", "override"): "Leave it out.",
    },
    "3.13": {
        ("copy", "replace"): "Use dataclasses.replace.",
        ("math", "fma"): "Write x * y + z.",
        ("warnings", "deprecated"): "Leave it out.",
    },
    "3.14": {
        ("annotationlib", ""): "Use the module inspect.",
        ("compression", ""): "Use the modules gzip, bz2 or lzma.",
        ("heapq", "heappush_max"): "Push negative numbers.",
        ("heapq", "heappop_max"): "Push negative numbers.",
    },
}


def _write(text: str) -> str:
    return f"Write {text}."


def _keyword_gone(function: str, new: str) -> str:
    if function == "reshape":
        return f"Give the {'array' if new == '0' else 'shape'} without a name."
    return f"Write {new}=." if new else "Leave it out: it had no effect."


_GONE, _NEW = Kind.REMOVED, Kind.ADDED
REMOVED_NAMES: dict[str, Change] = {
    **{
        name: Change(NUMPY, version, _GONE, f"np.{name}", _write(_INSTEAD[name]), RETURNED.get(name, ""), granted=True)
        for name, (version, _) in NAMES.items()
    },
    **{name: Change(NUMPY, "2.0", _GONE, f"np.{name}", _write(new)) for name, new in _ALSO_GONE.items()},
}
REMOVED_KEYWORDS: dict[tuple[str, str], Change] = {
    (function, keyword): Change(
        NUMPY, version, _GONE, f"np.{function}({keyword}=…)", _keyword_gone(function, new), granted=True
    )
    for (function, keyword), (version, new) in KEYWORDS.items()
}
ADDED_NAMES: dict[str, Change] = {
    name: Change(NUMPY, version, _NEW, f"np.{name}", _write(new))
    for version, names in _BROUGHT.items()
    for name, new in names.items()
}
ADDED_LINALG: dict[str, Change] = {
    name: Change(NUMPY, "2.0", _NEW, f"np.linalg.{name}", _write(new)) for name, new in _BROUGHT_TO_LINALG.items()
}
ADDED_KEYWORDS: dict[tuple[str, str], Change] = {
    (function, keyword): Change(NUMPY, version, _NEW, f"np.{function}({keyword}=…)", way_out)
    for function, keyword, version, way_out in (
        ("asarray", "copy", "2.0", "Write np.array(a, copy=True)."),
        ("clip", "max", "2.1", "Give both limits without names, None for one that is absent."),
        ("clip", "min", "2.1", "Give both limits without names, None for one that is absent."),
        ("percentile", "weights", "2.0", "Repeat the values instead."),
        ("quantile", "weights", "2.0", "Repeat the values instead."),
        ("reshape", "copy", "2.1", "Write np.reshape(a, shape).copy()."),
        ("reshape", "shape", "2.1", "Give the shape without a name."),
        ("std", "correction", "2.0", "Write ddof=."),
        ("std", "mean", "2.0", "Leave it out: it only saves time."),
        ("unique", "sorted", "2.3", "Leave it out."),
        ("var", "correction", "2.0", "Write ddof=."),
        ("var", "mean", "2.0", "Leave it out: it only saves time."),
    )
}
#: methods and attributes that arrays alone have
METHODS: dict[str, Change] = {
    "itemset": Change(NUMPY, "2.0", _GONE, "the method itemset of arrays", "Write a[i] = value."),
    "mT": Change(NUMPY, "2.0", _NEW, "the attribute mT of arrays", "Write np.swapaxes(a, -1, -2)."),
    "ptp": Change(NUMPY, "2.0", _GONE, "the method ptp of arrays", "Write np.ptp(a)."),
}
REMOVED_MODULES: dict[str, Change] = {
    **{
        name: Change(
            NUMPY,
            version,
            _GONE,
            f"the module {name}",
            f"Import from {'numpy.linalg' if name.startswith('numpy.linalg') else 'numpy'} itself.",
            granted=True,
        )
        for name, version in MODULES.items()
    },
    "numpy.compat": Change(NUMPY, "2.3", _GONE, "the module numpy.compat", "Python 3 itself has what it held."),
    "numpy.distutils": Change(NUMPY, "2.5", _GONE, "the module numpy.distutils", "Leave it out."),
    "numpy.fft.helper": Change(NUMPY, "2.4", _GONE, "the module numpy.fft.helper", "Import from numpy.fft itself."),
    **{
        name: Change(
            PYTHON, version, _GONE, f"the module {name}", f"Use {new}." if new else "Leave it out if nothing uses it."
        )
        for version, names in _GONE_MODULES.items()
        for name, new in names.items()
    },
}
ADDED_PYTHON: dict[tuple[str, str], Change] = {
    (module, name): Change(PYTHON, version, _NEW, f"{module}.{name}" if name else f"the module {module}", way_out)
    for version, names in _NEW_IN_PYTHON.items()
    for (module, name), way_out in names.items()
}
#: what the shape of the code tells, by a name of ours; {0} is what stands there
BY_SHAPE: dict[str, Change] = {
    "one entry": Change(
        NUMPY, "2.4", Kind.REFUSED, "an array of one entry for a number: {0}", "Write a.item().", granted=True
    ),
    "one entry stored": Change(
        NUMPY,
        "2.4",
        Kind.REFUSED,
        "an array of one entry for a number: {0} = …",
        "Store a.item(), or leave out keepdims.",
        granted=True,
    ),
    "generator": Change(NUMPY, "2.4", Kind.REFUSED, "a generator in np.sum", "Write sum(…), or give np.sum a list."),
    "out of bounds": Change(
        NUMPY,
        "2.0",
        Kind.REFUSED,
        "numbers that do not fit their type: {0}",
        "Write np.array(…).astype(…).",
    ),
    "copy": Change(NUMPY, "2.0", Kind.REFUSED, "copy=False in np.array([…])", "Write np.asarray(…)."),
    "shape": Change(NUMPY, "2.5", Kind.WARNS, "{0}.shape = …", "Write {0} = {0}.reshape(…)."),
    "strides": Change(NUMPY, "2.4", Kind.WARNS, "{0}.strides = …", "Use np.lib.stride_tricks.as_strided."),
    "dtype": Change(NUMPY, "2.5", Kind.WARNS, "{0}.dtype = …", "Write {0} = {0}.view(…)."),
    "randrange": Change(PYTHON, "3.12", Kind.REFUSED, "a float in {0}", "Write the number without a point, or int(…)."),
    "annotation": Change(
        PYTHON, "3.14", _NEW, "an annotation with the undefined name {0}", "Import {0}, or leave the annotation out."
    ),
    "map": Change(PYTHON, "3.14", _NEW, "map(strict=…)", "Write zip(…, strict=True)."),
    "quotes": Change(
        PYTHON, "3.12", _NEW, "an f-string with its own kind of quotes inside", "Use the other quotes inside."
    ),
    "fix": Change(NUMPY, "2.5", Kind.WARNS, "np.fix", "Write np.trunc."),
}
#: results that depend on the version, by a name of ours; from NEP 50, https://numpy.org/neps/nep-0050-scalar-promotion.html
CHANGED: dict[str, Change] = {
    "single": Change(
        NUMPY,
        "2.0",
        Kind.CHANGED,
        "{0} with a Python number stays in that precision, and became double before",
        "Write np.float64(…), or the number alone.",
    ),
    "small integer": Change(
        NUMPY,
        "2.0",
        Kind.CHANGED,
        "{0} with a Python number stays of that type and overflows, and became wider before",
        "Write int(…) first.",
    ),
    "double": Change(
        NUMPY,
        "2.0",
        Kind.CHANGED,
        "an array in single precision with {0} gives double precision, and stayed single before",
        "Write float(…) around the number, or convert the array.",
    ),
}


def in_lib(name: str) -> Change:
    """Returns the change of a name of numpy that numpy.lib had, too."""
    return Change(NUMPY, LIB_VERSION, _GONE, f"np.lib.{name}", f"Write np.{name}.", granted=True)


def all_changes() -> list[Change]:
    """Returns every row, for the page that shows them."""
    tables: tuple[dict[object, Change], ...] = (
        REMOVED_NAMES, REMOVED_KEYWORDS, REMOVED_MODULES, ADDED_NAMES, ADDED_LINALG, ADDED_KEYWORDS, METHODS,
        ADDED_PYTHON, BY_SHAPE, CHANGED,
    )  # type: ignore[assignment]  # fmt: skip
    return [in_lib("pad"), *(change for table in tables for change in table.values())]
