"""Points do not hang on the secret seed: drawn cases of a check hold the same difficulties for every seed.

`python tests/checks/test_points_of_seeds.py 200 [PART OF A NAME]` measures all right and wrong variants of the tests on
every core and writes the table of docs/seeds.md; with a part of a name it prints those variants only.
"""

import os
import re
import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1] / "support"), *(str(Path(__file__).parents[n]) for n in (1, 2))]

from seed_points import lost_by_seed, variants
from shape_bound import SHAPE_BOUND

SEEDS = (3, 11, 78, 2**40 + 7)
PAGE = Path(__file__).parents[2] / "docs" / "seeds.md"
#: the table follows this line of the page
HEADING = "| variant | points lost, least | most |\n|---|---|---|\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPE_BOUND)
def test_every_seed_gives_the_same_points(name):
    lost = set(lost_by_seed(SEEDS, [name])[name])
    assert len(lost) == 1
    assert (lost == {0}) == name.startswith("right")


def test_page_lists_every_kind_of_variant_and_none_that_hangs_on_the_seed():
    rows = re.findall(
        r"^\| (right|wrong): (.+) \| ([\d.]+) \| ([\d.]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(rows) > 350
    apart = {name: float(most) - float(least) for _, name, least, most in rows if least != most}
    assert apart == {}
    assert {name for kind, name, least, _ in rows if (kind == "right") != (float(least) == 0)} == set()


def main(n_seeds: int, part: str) -> None:
    names = [name for name in variants() if part in name]
    lost = lost_by_seed(range(n_seeds), names, os.cpu_count() or 1)
    table = "".join(f"| {name} | {min(row):g} | {max(row):g} |\n" for name, row in lost.items())
    if part:
        print(table)
        return
    text = PAGE.read_text(encoding="utf-8").partition(HEADING)[0]
    PAGE.write_text(f"{text}{HEADING}{table}", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), " ".join(sys.argv[2:]))
