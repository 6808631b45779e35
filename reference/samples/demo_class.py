"""The students of the demo: what each hands in, what is wrong with it and what it loses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reference.samples.faults import FAULTS, FUNCTIONS
from reference.samples.texts import CNN, LAYERS, Edit, apply_edits, solved, stubbed

__all__ = ["Sample", "compose", "samples", "unfinished"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one made-up student hands in."""

    #: name of the folder or archive; plain ASCII
    name: str
    #: how the student writes their name
    student: str
    #: what is wrong with it, in words
    title: str
    #: place in the workspace -> content
    files: Mapping[str, bytes]
    #: functions that lose points, in the order of the assignment
    loses: tuple[str, ...]
    #: how it is handed in: "folder", "zip", "flat" for a folder with the files side by side, "notebook" for a notebook
    #: alone, or "both" for a folder in which the assignment's functions are in a notebook and stubs in the files
    kind: str = "folder"


# The seed's published solution in our own rendering. Its faults are three: nothing is left of dx when pad is 0,
# gradients of windows that overlap overwrite one another, and one backward pass prints. The rest is legal and
# different: it insists that windows fit, its results are float64, and it takes variances and bias gradients by hand.
_AS_PUBLISHED = (
    Edit(
        LAYERS,
        "    H_out = 1 + (H + 2 * pad - HH) // stride\n    W_out = 1 + (W + 2 * pad - WW) // stride\n",
        "    assert (H + 2 * pad - HH) % stride == 0 and (W + 2 * pad - WW) % stride == 0\n"
        "    H_out = int(1 + (H + 2 * pad - HH) / stride)\n    W_out = int(1 + (W + 2 * pad - WW) / stride)\n",
    ),
    Edit(
        LAYERS,
        "out = np.zeros((N, F, H_out, W_out), dtype=np.result_type(x, w, b))",
        "out = np.zeros((N, F, H_out, W_out))",
    ),
    Edit(LAYERS, "    x, w, _, conv_param = cache\n", "    x, w, b, conv_param = cache\n"),
    Edit(
        LAYERS,
        "    dw = np.zeros(w.shape, dtype=np.result_type(dout, x))\n",
        "    dw, db = np.zeros_like(w), np.zeros_like(b)\n",
    ),
    Edit(
        LAYERS,
        "        dw[f] += x_pad[n, :, rows, cols] * dout[n, f, i, j]\n",
        "        dw[f] += x_pad[n, :, rows, cols] * dout[n, f, i, j]\n        db[f] += dout[n, f, i, j]\n",
    ),
    Edit(LAYERS, "    db = dout.sum(axis=(0, 2, 3))\n", ""),
    Edit(LAYERS, "out = np.zeros((N, C, H_out, W_out), dtype=x.dtype)", "out = np.zeros((N, C, H_out, W_out))"),
    Edit(LAYERS, "dx = np.zeros(x.shape, dtype=dout.dtype)", "dx = np.zeros(x.shape)"),
    Edit(
        LAYERS,
        "    std = np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True) + eps)\n",
        "    spread = ((groups - mean) ** 2).sum(axis=(2, 3, 4), keepdims=True)\n"
        "    std = np.sqrt(spread / (C // G * H * W) + eps)\n",
    ),
    Edit(
        CNN,
        "X = X.astype(self.dtype, copy=False)  # float64 images would turn the whole computation into float64\n",
        "N = X.shape[0]\n",
    ),
)


def samples() -> tuple[Sample, ...]:
    """Returns the class of the demo: a perfect one, typical mistakes, unfinished, crashing and endless ones."""
    return (
        compose("amara-okafor", "Amara Okafor"),
        _with_whole_package(compose("lukasz-zielinski", "Łukasz Zieliński", kind="zip")),
        compose("jonas-weber", "Jonas Weber", "pad0", "overlap", "prints", extra=_AS_PUBLISHED),
        compose("mei-ling-chen", "Mei-Ling Chen", "square"),
        compose("jose-alvarez-quispe", "José Álvarez Quispe", "bias-sum", "relu-writes", kind="zip"),
        compose("priya-raman", "Priya Raman", "bias-shape"),
        compose("dmytro-kovalenko", "Dmytro Kovalenko", "no-half", kind="flat"),
        compose("leilani-kealoha", "Leilani Kealoha", "plain-gradients", "overlap"),
        compose("yusuf-demir", "Yusuf Demir", "eps", "sample-variance"),
        compose("nguyen-thi-huong", "Nguyễn Thị Hương", "relu-sign"),
        compose("aoife-ni-bhriain", "Aoife Ní Bhriain", "writes-x", kind="zip"),
        unfinished("tane-parata", "Tāne Parata", done=("conv_forward_naive", "conv_backward_naive")),
        compose("ingrid-bjornstad", "Ingrid Bjørnstad", "crash"),
        compose("kofi-mensah", "Kofi Mensah", "endless", "momentum"),
        compose("hiroshi-tanaka", "Hiroshi Tanaka", "float-sizes"),
        compose("fatima-zahra-alaoui", "Fatima Zahra Alaoui", "python2", kind="zip"),
        compose("noa-ben-david", "Noa Ben-David", "left-over-import", "zeros"),
        compose("sofia-marino", "Sofia Marino", kind="notebook"),
        compose("ravi-nair", "Ravi Nair", "pad0", kind="both"),
    )


def compose(name: str, student: str, *faults: str, kind: str = "folder", extra: Iterable[Edit] = ()) -> Sample:
    """Returns the reference with some faults, by their keys in FAULTS; no two of them of one slot.

    Raises:
        ValueError: an edit does not apply exactly once.
    """
    chosen = [FAULTS[key] for key in faults]
    edits = [edit for fault in chosen for edit in fault.edits]
    texts = apply_edits({place: solved(place) for place in (LAYERS, CNN)}, [*extra, *edits])
    lost = {function for fault in chosen for function in fault.loses}
    title = "; ".join(fault.title for fault in chosen) or "all right"
    return Sample(name, student, title, _signed(texts, student), _in_order(lost), kind)


def unfinished(name: str, student: str, done: tuple[str, ...], kind: str = "folder") -> Sample:
    """Returns a sample in which only the functions named `done` are solved; everything else returns None."""
    texts = {place: stubbed(place, done) for place in (LAYERS, CNN)}
    title = f"unfinished: {', '.join(done) or 'nothing'} is there"
    return Sample(name, student, title, _signed(texts, student), _in_order(set(FUNCTIONS) - set(done)), kind)


def _with_whole_package(sample: Sample) -> Sample:
    """Returns a sample that hands in its own copies of given files, too, which must change nothing."""
    more = {
        "cs231n/fast_layers.py": b"from .layers import conv_forward_naive as conv_forward_fast\n",
        "cs231n/notes.py": b"# TODO: ask about group normalization\n",
    }
    return Sample(
        sample.name, sample.student, "all right, with files of the package that are not asked for",
        {**sample.files, **more}, sample.loses, sample.kind,
    )  # fmt: skip


def _signed(texts: Mapping[str, str], student: str) -> Mapping[str, bytes]:
    return {place: f"# {student}\n{text}".encode() for place, text in texts.items()}


def _in_order(functions: set[str]) -> tuple[str, ...]:
    return tuple(function for function in FUNCTIONS if function in functions)
