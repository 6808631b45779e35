"""Writes sample submissions as a learning platform hands them over."""

import ast
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path

from reference.samples.demo_class import Sample, samples
from reference.samples.faults import FUNCTIONS
from reference.samples.notebooks import notebook_of
from reference.samples.texts import stubbed

__all__ = ["write_samples"]

_SLOW_CELLS = (
    "conv-fast", "pool-fast", "overfit", "overfit-train-accuracy", "overfit-val-accuracy", "overfit-plot",
    "train", "train-accuracy", "val-accuracy", "filters",
)  # fmt: skip


def write_samples(
    folder: Path, names: Collection[str] | None = None, students: Iterable[Sample] | None = None
) -> list[Path]:
    """Writes submissions into a folder and returns their paths; the same samples give the same bytes.

    Args:
        folder: made if absent; what is there under the same names is written over.
        names: only the students of these names; None writes all.
        students: the samples to choose from; None takes those of the demo.

    Raises:
        KeyError: one of the names is no student's.
    """
    chosen = {sample.name: sample for sample in (samples() if students is None else students)}
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder, chosen[name]) for name in (chosen if names is None else names)]


def _write(folder: Path, sample: Sample) -> Path:
    path = folder / sample.name
    if sample.kind == "zip":
        path = path.with_name(f"{path.name}.zip")
        with zipfile.ZipFile(path, "w") as archive:
            for place, content in sorted(sample.files.items()):
                archive.writestr(_entry(f"assignment2/{place}"), content)
        return path
    if sample.kind == "notebook":
        path = path.with_name(f"{path.name}.ipynb")
        path.write_bytes(notebook_of(content.decode() for content in sample.files.values()))
        return path
    if sample.kind == "both":
        return _write_both(path, sample)
    for place, content in sample.files.items():
        target = path / (place.rpartition("/")[2] if sample.kind == "flat" else place)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return path


def _write_both(path: Path, sample: Sample) -> Path:
    """Writes stubs into the files, and the functions into a notebook that lacks the cells that take long."""
    texts = [content.decode() for content in sample.files.values()]
    earlier = [name for text in texts for name in _functions(text) if name not in FUNCTIONS]
    for place in sample.files:
        target = path / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(stubbed(place, earlier), encoding="utf-8")
    (path / "ConvolutionalNetworks.ipynb").write_bytes(notebook_of(texts, FUNCTIONS, _SLOW_CELLS))
    return path


def _functions(text: str) -> list[str]:
    return [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


def _entry(place: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(place, date_time=(2026, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
