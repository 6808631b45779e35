"""Attacks on the connection: student code finds the descriptor on which its process answers, and writes there."""

import textwrap

from attack import Attack

# Any socket but the standard streams is one of ours.
TOP = """
import json, socket, stat, struct, threading
from os import _exit, write

def sockets():
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                yield fd
        except OSError:
            pass

def put(header, body=b"", promise=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    for fd in sockets():
        try:
            os.write(fd, struct.pack(">IQ", len(text), len(body) if promise is None else promise) + text + body)
        except OSError:
            pass

WRONG = {"value": {"tuple": [{"array": ["<f8", [1]]}, {"ref": 1}]}}
"""


def forged(name: str, must_not: str, body: str, status: str | tuple[str, ...] = "crashed", **more: object) -> Attack:
    return Attack(f"frames-{name}", must_not, body, TOP + textwrap.dedent(str(more.pop("top", ""))), status, **more)  # type: ignore[arg-type]


SILENT = "time.sleep(60)"

FRAMES = [
    forged("own-answer", "be more than an answer", f"put(WRONG, bytes(64))\n{SILENT}", "failed"),
    forged(
        "answer-and-a-second",
        "answer a later question",
        "put(WRONG, bytes(64)); put(WRONG, bytes(64))\nreturn honest(x, pool_param)",
        ("failed", "crashed"),
    ),
    forged(
        "answer-before-the-question",
        "answer a question that was not asked yet",
        "return honest(x, pool_param)",
        ("crashed", "failed"),
        top="""
            import grader.worker.serve as serve_module
            class Eager(serve_module.RequestHandler):
                def __init__(self, *args):
                    super().__init__(*args)
                    put(WRONG, bytes(64))
            serve_module.RequestHandler = Eager
            """,
        others_pass=False,
    ),
    forged("body-shorter-than-its-array", "read past the body", f"put(WRONG, bytes(0))\n{SILENT}"),
    forged("body-longer-than-its-array", "hide bytes", f"put(WRONG, bytes(128))\n{SILENT}"),
    forged(
        "shape-of-a-terabyte",
        "make the grader allocate it",
        f"put({{'value': {{'tuple': [{{'array': ['<f8', [1 << 37]]}}, None]}}}})\n{SILENT}",
    ),
    forged(
        "shape-that-overflows",
        "wrap round to a small size",
        f"put({{'value': {{'tuple': [{{'array': ['<f8', [1 << 32, 1 << 32]]}}, None]}}}})\n{SILENT}",
    ),
    forged("pickle-kind", "be unpickled", f"put({{'value': {{'pickle': 'cos\\nsystem'}}}})\n{SILENT}"),
    forged(
        "object-dtype", "make pointers of bytes", f"put({{'value': {{'array': ['|O', [8]]}}}}, bytes(64))\n{SILENT}"
    ),
    forged("type-as-value", "send a type", f"put({{'value': {{'tuple': [{{'dtype': 'float64'}}, None]}}}})\n{SILENT}"),
    forged(
        "reference-where-a-value-belongs",
        "be judged by nothing",
        f"put({{'value': {{'tuple': [{{'ref': 1}}, {{'ref': 2}}]}}}})\n{SILENT}",
        "failed",
    ),
    forged("one-value-for-two", "be unpacked", f"put({{'value': 7}})\n{SILENT}", "failed"),
    forged("number-past-64-bits", "overflow", f"put(b'{{\"value\": ' + b'9' * 400 + b'}}')\n{SILENT}"),
    forged("header-that-is-no-json", "confuse the reader", f"put(b'\\x80\\x04evil')\n{SILENT}"),
    forged("header-that-is-a-list", "confuse the reader", f"put([1, 2])\n{SILENT}"),
    forged("header-nested-deep", "end the reader's recursion", f"put(b'[' * 100_000)\n{SILENT}"),
    *(
        forged(
            f"{key}-nested-{depth}-deep",
            "end the grader's recursion where the reader's did not end",
            f"put(b'{{\"{key}\":' + b'[' * {depth} + b'\"\\\\ud800\"' + b']' * {depth} + b'}}')\n{SILENT}",
        )
        for key, depth in (("value", 900), ("odd", 450), ("error", 700))
    ),
    forged(
        "type-nested-deep",
        "end the recursion of whoever words it",
        f"put(b'{{\"error\":{{\"type\":' + b'[' * 800 + b']' * 800 + b'}}}}')\n{SILENT}",
    ),
    forged("key-twice", "be two values", f"put({{'value': {{'dict': [['a', 1], ['a', 2]]}}}})\n{SILENT}"),
    forged(
        "header-of-a-million-lists", "take thirty times its size", f"put(b'[' + b'[],' * 1_300_000 + b'1]')\n{SILENT}"
    ),
    forged(
        "header-over-its-limit", "be read", f"put(b'', promise=0) or write(3, b'')\nput(b'x' * (5 << 20))\n{SILENT}"
    ),
    forged("promise-of-an-exabyte", "be waited for", f"put(WRONG, promise=1 << 60)\n{SILENT}", "failed"),
    forged("promise-that-is-not-kept", "be waited for", f"put(WRONG, promise=1 << 25)\n{SILENT}", "timeout"),
    forged("half-a-frame", "be waited for", "put(b'{', promise=0)\n_exit(0)"),
    forged(
        "byte-after-byte",
        "stretch the time limit",
        """
        frame = struct.pack(">IQ", 1000, 0) + b'{' + b' ' * 999
        while True:
            for byte in frame:
                for fd in sockets():
                    os.write(fd, bytes([byte]))
                time.sleep(0.05)
        """,
        "timeout",
    ),
    forged(
        "error-that-is-none",
        "break the grader's sentences",
        f"put({{'error': {{'frames': [[1, 2], 'x', [[], 1, 2, 3]],"
        f" 'text': None, 'type': ['<script>'], 'memory': 'yes'}}}})\n{SILENT}",
        "raised",
    ),
    forged("odd-that-is-a-page", "write the report", f"put({{'odd': '<script>' * 10_000}})\n{SILENT}", "failed"),
    forged("surrogates", "end the writing of the report", f'put(b\'{{"odd": "\\\\\\\\ud800"}}\')\n{SILENT}', "failed"),
    forged(
        "control-socket",
        "order the worker about",
        "put({'pid': 1, 'status': 0, 'value': None})\nreturn honest(x, pool_param)",
        ("passed", "crashed", "failed"),
        top="KEPT = [os.dup(fd) for fd in sockets()]",
    ),
    Attack(
        "processes-stops-itself",
        "be waited for",
        "import signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        status="timeout",
    ),
    Attack(
        "processes-stops-its-group", "be waited for", "import signal\nos.killpg(0, signal.SIGSTOP)", status="timeout"
    ),
    Attack(
        "processes-stopped-and-continued",
        "be a process that has ended",
        """
        import signal
        process = os.getpid()
        if os.fork() == 0:
            time.sleep(0.3)
            os.kill(process, signal.SIGCONT)
            os._exit(0)
        os.kill(process, signal.SIGSTOP)
        return honest(x, pool_param)
        """,
        status="passed",
    ),
    Attack(
        "processes-leaves-a-stopped-child",
        "leave it there",
        """
        import signal
        if os.fork() == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
            os._exit(0)
        return honest(x, pool_param)
        """,
        status="passed",
    ),
    forged(
        "noise",
        "be read as numbers",
        "for fd in sockets(): os.write(fd, bytes(range(256)) * 400)\nreturn x, None",
        "failed",
    ),
]
