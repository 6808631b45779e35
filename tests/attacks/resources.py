"""Attacks on the host's resources: each ends by a limit, says by which, and leaves nothing behind."""

from attack import ALL, SAFE, Attack

CPU, WALL = r"processor time", r"did not finish within"


def hungry(name: str, body: str, status: str | tuple[str, ...], words: str = "", **more: object) -> Attack:
    return Attack(f"resources-{name}", "outlive its limits, or touch another check", body, "", status, words, **more)  # type: ignore[arg-type]


def at_import(name: str, top: str, status: str | tuple[str, ...], words: str = "", **more: object) -> Attack:
    must_not = "outlive the import, or touch a check"
    return Attack(f"import-{name}", must_not, "", top, status, words, **{"others_pass": status == "passed", **more})  # type: ignore[arg-type]


RESOURCES = [
    hungry("endless-loop", "while True: pass", "timeout", CPU),
    hungry("endless-loop-in-c", "return sum(iter(int, 1)), None", "timeout", CPU),
    hungry("slow-pattern", "import re; re.match('(a+)+$', 'a' * 64 + 'b')", "timeout", CPU),
    hungry(
        "loop-that-ignores-the-signal",
        "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
        "timeout",
        CPU,
    ),
    hungry(
        "loop-that-catches-everything",
        """
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
        "timeout",
        CPU,
    ),
    hungry(
        "loop-in-many-processes",
        """
        for _ in range(4): os.fork()
        while True: pass
        """,
        "timeout",
        CPU,
    ),
    hungry("sleep", "time.sleep(1000)", "timeout", WALL),
    hungry("wait-for-input", "return input(), None", "raised", "EOFError"),
    hungry("wait-for-a-lock", "import threading; a = threading.Lock(); a.acquire(); a.acquire()", "timeout", WALL),
    hungry("stopped-process", "import signal; os.kill(os.getpid(), signal.SIGSTOP)", "timeout", WALL),
    hungry("one-huge-array", "return np.ones(1 << 40), None", "memory", "memory|allocate"),
    hungry(
        "growing-list", "a = []\nwhile True: a.append(bytearray(1 << 26))", ("memory", "timeout"), "emory|processor"
    ),
    hungry(
        "memory-in-many-processes",
        """
        for _ in range(3): os.fork()
        kept = np.ones(40 << 20, np.uint8)
        more = [bytearray(b"x" * (1 << 20)) for _ in range(300)]
        time.sleep(60)
        """,
        ("memory", "timeout", "crashed"),
        "memory|processor time|finish",
    ),
    hungry(
        "fork-bomb",
        "while True: os.fork()",
        ("raised", "timeout"),
        "processes and threads|processor time",
    ),
    hungry(
        "fork-bomb-that-goes-on",
        """
        while True:
            try: os.fork()
            except OSError: pass
        """,
        "timeout",
        f"{CPU}|{WALL}",
        # On a busy machine it takes its budget to be rid of the last of them, and its other functions are not judged.
        others_pass=False,
    ),
    hungry(
        "fork-bomb-of-sessions",
        """
        while True:
            try:
                if os.fork() == 0: os.setsid()
            except OSError: pass
        """,
        "timeout",
        f"{CPU}|{WALL}",
        # On a busy machine it takes its budget to be rid of the last of them, and its other functions are not judged.
        others_pass=False,
    ),
    hungry(
        "thread-bomb",
        """
        import threading
        while True: threading.Thread(target=time.sleep, args=(1000,)).start()
        """,
        ("raised", "memory"),
        "processes and threads|memory",
    ),
    hungry(
        "one-large-file",
        """
        import tempfile
        with tempfile.TemporaryFile() as file:
            while True: file.write(bytes(1 << 20))
        """,
        "raised",
        "a file may have 16 MB",
    ),
    hungry(
        "many-files",
        """
        import tempfile
        for number in range(1000):
            with open(os.path.join(tempfile.gettempdir(), str(number)), "wb") as file: file.write(bytes(1 << 20))
        """,
        ("raised", "crashed"),
        "64 MB",
    ),
    hungry(
        "many-empty-files",
        """
        import tempfile
        for number in range(12_000): os.mkdir(os.path.join(tempfile.gettempdir(), str(number)))
        return honest(x, pool_param)
        """,
        ("crashed", "passed", "timeout"),
        "more files|^$|processor",
    ),
    hungry(
        "folders-in-folders",
        """
        import tempfile
        os.chdir(tempfile.gettempdir())
        for number in range(3000): os.mkdir("d"); os.chdir("d")
        return honest(x, pool_param)
        """,
        ("crashed", "passed"),
        "more files|^$",
    ),
    hungry(
        "files-without-names",
        """
        import tempfile
        kept = []
        while len(kept) < 40:
            file = tempfile.TemporaryFile()
            for _ in range(15): file.write(bytes(1 << 20))
            file.flush()
            kept.append(file)
        time.sleep(60)
        """,
        ("raised", "crashed", "timeout"),
        "64 MB|finish|processor",
    ),
    hungry("print-without-end", "while True: print('x' * 10_000)", "timeout", f"{CPU}|{WALL}"),
    hungry(
        "print-gigabytes-at-once",
        "print('x' * (1 << 28)); return honest(x, pool_param)",
        ("passed", "memory", "timeout"),
        f"emory|{CPU}|{WALL}",
    ),
    hungry("deep-recursion", "return max_pool_forward_naive(x, pool_param)", "raised", "RecursionError"),
    hungry(
        "recursion-without-limit",
        "sys.setrecursionlimit(1 << 30); return max_pool_forward_naive(x, pool_param)",
        ("crashed", "memory", "timeout"),
        "SIGSEGV|memory|processor",
    ),
    hungry("exit", "os._exit(0)", "crashed", "exit code 0"),
    hungry("polite-exit", "sys.exit(0)", "raised", "SystemExit"),
    hungry("kill-itself", "import signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed", "SIGKILL"),
    hungry("segmentation-fault", "import ctypes; ctypes.string_at(0)", "crashed", "SIGSEGV"),
    hungry("abort", "os.abort()", "crashed", "SIGABRT"),
    hungry("bus-error", "import signal; os.kill(os.getpid(), signal.SIGBUS)", "crashed", "SIGBUS"),
    hungry("close-every-descriptor", "os.closerange(0, 1000); return honest(x, pool_param)", "crashed", "ended|closed"),
    hungry("close-and-go-on", "os.closerange(0, 1000)\nwhile True: time.sleep(1)", "crashed", "closed the connection"),
    hungry(
        "open-every-descriptor", "kept = [open('/dev/null') for _ in range(1000)]", "raised", "64 files may be open"
    ),
    hungry(
        "flood-every-descriptor",
        "for fd in range(3, 64):\n try: os.write(fd, bytes(1 << 16))\n except OSError: pass\n"
        "return honest(x, pool_param)",
        "crashed",
        "disturbed",
    ),
    hungry(
        "orphan",
        """
        if os.fork() == 0:
            time.sleep(1000)
        return honest(x, pool_param)
        """,
        "passed",
    ),
    hungry(
        "grandchild-that-left",
        """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                time.sleep(1000)
            os._exit(0)
        os.wait()
        return honest(x, pool_param)
        """,
        "passed",
    ),
    hungry("answer-twice-by-fork", "os.fork(); return honest(x, pool_param)", "passed"),
    hungry(
        "kill-its-parent",
        "import signal; os.kill(os.getppid(), signal.SIGKILL); time.sleep(0.3); return honest(x, pool_param)",
        ("crashed", "raised", "passed"),
        levels=SAFE,
    ),
    hungry(
        "kill-everyone",
        "import signal; os.kill(-1, signal.SIGKILL); return honest(x, pool_param)",
        ("crashed", "raised", "passed"),
        levels=SAFE,
    ),
    hungry(
        "work-at-exit",
        "import atexit; atexit.register(lambda: time.sleep(1000)); return honest(x, pool_param)",
        "passed",
    ),
    hungry(
        "trace-function",
        "sys.settrace(lambda *args: 1 / 0); return honest(x, pool_param)",
        ("raised", "passed", "crashed"),
    ),
    hungry(
        "alarm",
        "import signal; signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)\nwhile True: pass",
        "crashed",
        "SIGALRM",
    ),
    hungry("core-dump", "import resource; resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))", "raised"),
    hungry(
        "limits-lifted",
        """
        import resource
        for name in ("AS", "CPU", "FSIZE", "NPROC", "NOFILE"):
            attempt(name, lambda: resource.setrlimit(getattr(resource, "RLIMIT_" + name), (1 << 50, 1 << 50)))
        return honest(x, pool_param)
        """,
        "passed",
        tells=True,
    ),
    at_import("loop", "while True: pass", "timeout", "Importing"),
    at_import("sleep", "time.sleep(1000)", "timeout", "Importing"),
    at_import("memory", "kept = np.ones(1 << 40)", ("memory", "raised"), "memory|allocate"),
    at_import("exit", "os._exit(0)", "crashed", "ends the Python process"),
    at_import("polite-exit", "sys.exit(0)", "raised", "SystemExit"),
    at_import("exception", "raise KeyboardInterrupt", "raised", "KeyboardInterrupt"),
    at_import("segmentation-fault", "import ctypes; ctypes.string_at(0)", "crashed", "ends the Python process"),
    at_import("kill-itself", "os.kill(os.getpid(), 9)", ("crashed", "passed"), levels=ALL),
    at_import(
        "sleeping-threads",
        "import threading\nfor _ in range(5): threading.Thread(target=time.sleep, args=(1000,)).start()",
        "passed",
    ),
    at_import(
        "busy-thread",
        """
        import threading
        def spin():
            while True: time.sleep(0)
        threading.Thread(target=spin, daemon=True).start()
        """,
        "passed",
    ),
    at_import(
        "helper-processes",
        """
        for _ in range(5):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    while True: time.sleep(1)
                os._exit(0)
            os.wait()
        """,
        "passed",
    ),
    at_import(
        "fork-that-is-never-answered",
        "os.register_at_fork(before=lambda: time.sleep(1000))",
        "timeout",
        "does not answer within 2 s",
    ),
    at_import(
        "fork-that-works-without-end",
        """
        def spin():
            while True: pass
        os.register_at_fork(before=spin)
        """,
        "timeout",
        "does not answer within 2 s|processor time",
    ),
    at_import(
        "stop-a-moment-later",
        "import signal, threading\nthreading.Timer(0.2, os.kill, (os.getpid(), signal.SIGSTOP)).start()",
        ("timeout", "passed"),
        "does not answer within 2 s|finish",
        others_pass=False,
    ),
    at_import(
        "thread-that-takes-the-lock",
        """
        import ctypes, threading
        threading.Thread(target=lambda: (time.sleep(0.2), ctypes.PyDLL(None).sleep(1000)), daemon=True).start()
        """,
        ("timeout", "passed"),
        "does not answer within 2 s|Importing",
        others_pass=False,
    ),
    at_import(
        "busy-threads-in-number",
        """
        import threading
        def spin():
            while True: pass
        for _ in range(4): threading.Thread(target=spin, daemon=True).start()
        """,
        ("passed", "timeout"),
        "processor time|on the clock|does not answer",
        others_pass=False,
    ),
    hungry(
        "children-that-nobody-waits-for",
        """
        import signal
        attempt("ignoring the end of children", lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        return honest(x, pool_param)
        """,
        "passed",
        tells=True,
    ),
    hungry(
        "orphans-that-go-elsewhere",
        """
        import ctypes
        def leave():
            if ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0): raise OSError(ctypes.get_errno(), "prctl")
        attempt("keeping orphans", leave)
        return honest(x, pool_param)
        """,
        "passed",
        tells=True,
    ),
    at_import("work-at-exit", "import atexit; atexit.register(lambda: time.sleep(1000))", "passed"),
    at_import("exit-that-does-nothing", "os._exit = sys.exit = lambda *args: None", "passed"),
    at_import("alarm-for-later", "import signal; signal.alarm(1)", ("passed", "crashed")),
    at_import("closed-streams", "sys.stdout.close(); sys.stderr = None; os.close(1)", "passed"),
    at_import("prints-without-end", "while True: print('x' * 10_000)", "timeout", "Importing"),
    at_import(
        "collector-that-loops",
        """
        class Clinging:
            def __del__(self):
                while True: time.sleep(1)
        kept = Clinging()
        """,
        "passed",
    ),
]
