"""Runs a command and prints as JSON what it and all its descendants have used; usage.py starts it.

Whatever the command leaves behind becomes this process's child, so that the kernel's account of processor time holds
all of them. Memory is the sum of the proportional shares of all processes (a page that two of them share counts half in
each), looked at every tenth of a second.
"""

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict

__all__ = ["descendants", "shares_mb"]

PR_SET_CHILD_SUBREAPER = 36
INTERVAL_SECONDS = 0.1


def main() -> None:
    """Runs the command; its output goes to our standard error."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    peak, ended = [0.0], threading.Event()
    start = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)

    def watch() -> None:
        while not ended.wait(INTERVAL_SECONDS):
            peak[0] = max(peak[0], shares_mb(descendants(os.getpid())))

    watcher = threading.Thread(target=watch)
    watcher.start()
    cpu, code, wall = 0.0, 0, 0.0
    with contextlib.suppress(ChildProcessError):
        while True:
            number, status, used = os.wait4(-1, 0)
            cpu += used.ru_utime + used.ru_stime
            if number == process.pid:
                code, wall = os.waitstatus_to_exitcode(status), time.perf_counter() - start
    ended.set()
    watcher.join()
    print(json.dumps({"cpu_seconds": cpu, "wall_seconds": wall, "peak_mb": peak[0], "code": code}))


def descendants(root: int) -> list[int]:
    """Returns the processes that come from one, that one left out."""
    children = defaultdict(list)
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError), open(f"/proc/{name}/stat") as file:
                # The command's name, in brackets, may hold anything.
                children[int(file.read().rpartition(")")[2].split()[1])].append(int(name))
    found, ahead = [], [root]
    while ahead:
        below = children[ahead.pop()]
        found += below
        ahead += below
    return found


def shares_mb(processes: list[int]) -> float:
    """Returns the memory of some processes together."""
    total = 0
    for number in processes:
        with contextlib.suppress(OSError), open(f"/proc/{number}/smaps_rollup") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    return total / 1024


if __name__ == "__main__":
    main()
