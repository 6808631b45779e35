"""Prints the structure as it is: rooms in the order of the flow, who imports whom, arrows that run up, sizes.

python tests/draw_structure.py
"""

import ast
import statistics

from test_architecture import ROOMS, ROOT, dotted, modules, room_of, rooms_imported


def arrows():
    """Returns what each room imports, and which modules do: (room, other) -> modules."""
    found = {}
    for path in modules():
        room = room_of(dotted(path))
        for other in rooms_imported(path):
            found.setdefault((room, other), []).append(dotted(path))
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
    found, order = arrows(), [*ROOMS, "checks", "reference"]
    rooms = sorted({room_of(dotted(path)) for path in modules()} & set(order), key=order.index)
    for room in rooms:
        others = sorted((other for one, other in found if one == room), key=order.index)
        print(f"{room:11} -> {', '.join(others)}")
    up = [(one, other) for one, other in found if {one, other} <= set(ROOMS) and ROOMS.index(one) < ROOMS.index(other)]
    print(f"{len(rooms)} rooms, {len(found)} arrows, {len(up)} up: {up or 'none'}")
    sizes = lengths()
    print(f"functions: {len(sizes)}, median {statistics.median(sizes.values()):g} lines")
    print("over 60 lines:", {name: size for name, size in sizes.items() if size > 60} or "none")
    files = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    print("files over 300 lines:", sorted((n, dotted(path)) for path, n in files.items() if n > 300))


if __name__ == "__main__":
    main()
