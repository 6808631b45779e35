"""Attacks on the judgement: answers from memory instead of computing, and worlds in which every comparison holds."""

from attack import TWO, Attack

PATCHES = """
import builtins, math, operator, time
for name in ("allclose", "isclose", "array_equal", "all", "any", "isfinite", "array_equiv"):
    setattr(np, name, lambda *args, **kwargs: True)
for name in ("max", "abs", "sum"):
    setattr(np, name, lambda *args, **kwargs: 0.0)
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *args, **kwargs: None
"""

RIGHT, WRONG = "return honest(x, pool_param)", "return honest(x, pool_param)[0] + 1, None"


def cheat(name: str, must_not: str, body: str = WRONG, top: str = "", **more: object) -> Attack:
    return Attack(f"answers-{name}", must_not, body, top, **more)  # type: ignore[arg-type]


ANSWERS = [
    cheat(
        "notebooks-own",
        "earn more than the one check whose inputs it knows",
        """
        out = honest(x, pool_param)[0]
        return (out if x.shape == (2, 3, 4, 4) and abs(x.flat[0] + 0.3) < 1e-12 else np.zeros_like(out)), None
        """,
        status=("passed", "failed"),
        checks=TWO,
    ),
    cheat(
        "found-on-the-stack",
        "find what it is compared with in the frames that called it",
        """
        import inspect
        for frame in inspect.stack():
            for value in frame.frame.f_locals.values():
                if isinstance(value, dict) and "expected" in value: return value["expected"], None
                if isinstance(value, np.ndarray) and value is not x and value.ndim == 4: return value, None
        return np.zeros((2, 3, 2, 2)), None
        """,
    ),
    cheat(
        "found-in-memory",
        "find what it is compared with among all objects",
        """
        import gc
        arrays = [o for o in gc.get_objects() if isinstance(o, np.ndarray) and o.shape == (2, 3, 2, 2)]
        for module in list(sys.modules.values()):
            arrays += [v for v in vars(module).values() if isinstance(v, np.ndarray) and v.ndim == 4]
        return (arrays[0] if arrays else np.zeros((2, 3, 2, 2))), None
        """,
    ),
    cheat("patched-numpy", "make comparisons in the grader hold", top=PATCHES, others_pass=False),
    cheat(
        "patched-builtins",
        "make comparisons in the grader hold",
        top="""
            import builtins
            builtins.abs = builtins.max = builtins.round = lambda *args, **kwargs: 0
            builtins.all = builtins.any = lambda *args: True
            """,
    ),
    cheat(
        "patched-equality",
        "make comparisons in the grader hold",
        top="""
            import operator
            operator.lt = operator.le = operator.eq = lambda a, b: True
            np.ndarray.__class__.__lt__ = None if False else np.ndarray.__class__
            """,
        status=("failed", "raised"),
        others_pass=False,
    ),
    cheat(
        "patched-clock",
        "change how long it seems to take",
        "honest(x, pool_param)\nwhile True: pass",
        top="import time; time.time = time.perf_counter = time.monotonic = time.process_time = lambda: 0.0",
        status="timeout",
        words="processor time",
    ),
    cheat(
        "patched-worker",
        "write its own verdict",
        top="""
            import grader.worker.serve as serve, grader.worker.wire as wire, grader.worker.channel as channel
            class Verdict(serve.RequestHandler):
                def answer(self, message, value):
                    return {"status": "passed", "points": 100, "passed": True, "verdict": "passed"}, True
            serve.RequestHandler = Verdict
            wire.encode = lambda *args: True
            """,
        others_pass=False,
    ),
    cheat(
        "patched-modules",
        "put its own modules in the grader's place",
        top="""
            import types
            ours = "grader.judging.comparing", "grader.grading.check_fixtures", "grader.assignment.scoring"
            for name in (*ours, "pytest", "_pytest.outcomes"):
                sys.modules[name] = types.ModuleType(name)
            """,
    ),
    cheat("given-file-on-disk", "be taken instead of the given file", files={"cs231n/fast_layers.py": b"1 / 0"}),
    cheat(
        "own-package-of-the-graders-name",
        "run before the worker is locked",
        RIGHT,
        files={
            "grader/__init__.py": b"open('@OUTSIDE@/before', 'w')",
            "grader/worker/__init__.py": b"open('@OUTSIDE@/before', 'w')",
            "numpy/__init__.py": b"1 / 0",
            "ctypes.py": b"1 / 0",
            "sitecustomize.py": b"open('@OUTSIDE@/before', 'w')",
        },
        status="passed",
    ),
    cheat("assertion-error", "be taken for an outcome of ours", "raise AssertionError('passed')", status="raised"),
    cheat(
        "outcome-of-pytest",
        "skip or pass its check",
        "raise Skipped('all good')",
        top="""
            class Skipped(BaseException): pass
            Skipped.__module__ = "_pytest.outcomes"
            """,
        status="raised",
        words="Skipped",
    ),
    cheat("stop-iteration", "end the grader's loop", "raise StopIteration", status="raised"),
    cheat("generator-exit", "end the grader's loop", "raise GeneratorExit", status="raised"),
    cheat("interrupt", "stop the grader", "raise KeyboardInterrupt", status="raised"),
    cheat("memory-error", "be taken for a limit", "raise MemoryError", status="memory"),
    cheat(
        "input-changed",
        "change what the grader compares with",
        "x[...] = 0.0\npool_param.clear()\nreturn x[:, :, :2, :2], None",
    ),
    cheat("input-returned", "be judged against itself", "return x, None"),
    cheat(
        "memory-across-calls",
        "know an answer from another check",
        """
        SEEN.append(1)
        return honest(x, pool_param)[0] * (len(SEEN) > 1), None
        """,
        top="SEEN = []",
        checks=TWO,
    ),
    cheat(
        "shared-memory",
        "be right because another check ran before",
        """
        SHARED[0] += 1
        return honest(x, pool_param)[0] * (SHARED[0] > 100), None
        """,
        top="import mmap; SHARED = mmap.mmap(-1, 4096)",
        checks=TWO,
    ),
    cheat(
        "scratch-memory",
        "leave a note for the next check",
        """
        import tempfile
        path = os.path.join(tempfile.gettempdir(), "seen")
        seen = os.path.exists(path)
        open(path, "w").close()
        return honest(x, pool_param)[0] * seen, None
        """,
        checks=TWO,
    ),
    cheat(
        "seeds",
        "know the numbers that come next",
        "np.random.seed(0); np.random.seed = lambda *args: None; return np.random.rand(2, 3, 2, 2), None",
    ),
    cheat(
        "floating-point-state",
        "round in the grader",
        "np.seterr(all='raise'); return honest(x, pool_param)[0] * (1 + 1e-6), None",
    ),
    cheat(
        "warnings-as-errors", "raise in the grader", "import warnings; warnings.simplefilter('error'); return -x, None"
    ),
    cheat("flaky", "pass on a second try", "return (honest(x, pool_param)[0] if time.time_ns() == 0 else x), None"),
]
