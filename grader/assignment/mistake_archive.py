"""Writes and reads what the visible checks make of each known mistake: names, sentences and fingerprints, no code.

It lies beside the golden cases, so that a student kit recognises mistakes without the solution: one file of arrays.
"words" is the JSON of all names and texts, and the others have a row for each wrong value, in numbers of those texts.
"""

import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment.golden_archive import write_npz
from grader.judging.fingerprints import N_PRODUCTS, Evidence, Fingerprint
from grader.judging.recognising import Suspect
from grader.model.errors import UnusableAssignment

__all__ = ["MISTAKES", "ShownMistake", "mistake_differences", "read_mistakes", "written_mistakes"]

MISTAKES = "mistakes.npz"


@dataclass(frozen=True, slots=True)
class ShownMistake:
    """One form of a known mistake, and what the visible checks make of it."""

    suspect: Suspect
    #: whose results it makes wrong
    functions: tuple[str, ...]
    #: check -> what is wrong there, of the checks that it does not pass
    effects: Mapping[str, Evidence]


def written_mistakes(mistakes: Iterable[ShownMistake]) -> bytes:
    """Returns an archive; the same mistakes give the same bytes."""
    texts: dict[str, int] = {}
    suspects, ends, cells, products = [], [], [], []
    for number, mistake in enumerate(mistakes):
        suspects.append([mistake.suspect.key, mistake.suspect.name, mistake.suspect.says, *mistake.functions])
        for check, evidence in mistake.effects.items():
            end = number, texts.setdefault(check, len(texts))
            ends.append(end)
            for value, made in evidence.items():
                said = (texts.setdefault(text, len(texts)) for text in (value, made.form))
                cells.append((*end, *said, made.double, len(made.products)))
                products.append([*made.products, *[0.0] * (N_PRODUCTS - len(made.products))])
    # Wrong values may be huge.
    with np.errstate(over="ignore"):
        singles = np.array(products, dtype=np.float32).reshape(-1, N_PRODUCTS)
    words = json.dumps({"texts": list(texts), "mistakes": suspects}, separators=(",", ":"))
    arrays = {
        "words": np.frombuffer(words.encode(), dtype=np.uint8),
        "ends": np.array(ends, dtype=np.uint16).reshape(-1, 2),
        "cells": np.array(cells, dtype=np.uint16).reshape(-1, 6),
        "products": singles,
    }
    return write_npz(arrays)


def read_mistakes(path: Path) -> tuple[ShownMistake, ...]:
    """Returns the known mistakes of an archive; none where there is no such file.

    Raises:
        UnusableAssignment: the archive is damaged.
    """
    if not path.exists():
        return ()
    try:
        # From memory: NumPy leaves a damaged file open.
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            return _decoded(dict(stored))
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile, zlib.error) as exc:
        raise UnusableAssignment(f"{path} is damaged: {exc}; `grader golden build` makes it anew.") from exc


def _decoded(arrays: Mapping[str, Any]) -> tuple[ShownMistake, ...]:
    words = json.loads(arrays["words"].tobytes())
    texts = [str(text) for text in words["texts"]]
    effects: list[dict[str, dict[str, Fingerprint]]] = [{} for _ in words["mistakes"]]
    for number, check in arrays["ends"].tolist():
        effects[number][texts[check]] = {}
    for (number, check, value, form, double, n), products in zip(
        arrays["cells"].tolist(), arrays["products"].tolist(), strict=True
    ):
        effects[number][texts[check]][texts[value]] = Fingerprint(texts[form], tuple(products[:n]), bool(double))
    return tuple(
        ShownMistake(Suspect(str(key), str(name), str(says)), tuple(map(str, functions)), effects[number])
        for number, (key, name, says, *functions) in enumerate(words["mistakes"])
    )


def mistake_differences(path: Path, new: Mapping[str, ShownMistake | None]) -> list[str]:
    """Returns one sentence for each known mistake of which an archive says something else than the checks say now.

    Args:
        path: of the archive.
        new: the mistakes of the solution by their keys; None for one that is not compared.
    """
    try:
        old = {mistake.suspect.key: mistake for mistake in read_mistakes(path)}
    except UnusableAssignment as exc:
        return [str(exc)]
    sentences = [f"The known mistake {key} is missing from {path}." for key in new.keys() - old.keys()]
    sentences += [f"{path} has {key}, which is no longer a known mistake." for key in old.keys() - new.keys()]
    changed = (key for key, mistake in new.items() if key in old and mistake and not _same(old[key], mistake))
    return sorted([*sentences, *(f"{path} has other words or results of {key}." for key in changed)])


def _same(old: ShownMistake, new: ShownMistake) -> bool:
    if (old.suspect, old.functions, old.effects.keys()) != (new.suspect, new.functions, new.effects.keys()):
        return False
    pairs = [(old.effects[check], new.effects[check]) for check in new.effects]
    return all(
        before.keys() == after.keys() and all(before[value].same(after[value]) for value in after)
        for before, after in pairs
    )
