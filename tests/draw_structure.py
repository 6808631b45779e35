"""Prints the structure as it is: folders in the order of the flow, who imports whom, arrows that run up, sizes.

python tests/draw_structure.py
"""

import ast
import statistics

from test_architecture import FOLDERS, ROOT, dotted, folder_of, folders_imported, modules


def arrows():
    """Returns what each folder imports, and which modules do: (folder, other) -> modules."""
    found = {}
    for path in modules():
        folder = folder_of(dotted(path))
        for other in folders_imported(path):
            found.setdefault((folder, other), []).append(dotted(path))
    return found


def lengths():
    """Returns the lines of each function, by its module and name."""
    return {
        f"{dotted(path)}.{node.name}": node.end_lineno - node.lineno + 1
        for path in modules()
        if "cs231n" not in path.parts and ROOT / "reference" / "notebook" not in path.parents
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def main():
    found, order = arrows(), [*FOLDERS, "checks", "reference"]
    folders = sorted({folder_of(dotted(path)) for path in modules()} & set(order), key=order.index)
    for folder in folders:
        others = sorted((other for one, other in found if one == folder), key=order.index)
        print(f"{folder:11} -> {', '.join(others)}")
    at = FOLDERS.index
    up = [(one, other) for one, other in found if {one, other} <= set(FOLDERS) and at(one) < at(other)]
    print(f"{len(folders)} folders, {len(found)} arrows, {len(up)} up: {up or 'none'}")
    sizes = lengths()
    print(f"functions: {len(sizes)}, median {statistics.median(sizes.values()):g} lines")
    print("over 60 lines:", {name: size for name, size in sizes.items() if size > 60} or "none")
    files = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    print("files over 300 lines:", sorted((n, dotted(path)) for path, n in files.items() if n > 300))


if __name__ == "__main__":
    main()
