"""Attacks with text: what a student wrote is shown in pages, terminals, tables and logs, and stays text there."""

from attack import Attack

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'`${alert(1)}{{7*7}}{% raw %}"
ESCAPES = "\\x1b[2J\\x1b]0;owned\\x07\\x1b]8;;http://evil.example\\x07\\r\\x08\\x9b31m"
COMMANDS = "\\n::error file=x::all passed\\n::set-output name=a::b\\n##[endgroup]\\n::add-mask::a\\n"
FORMULA = '=HYPERLINK(\\"http://evil.example\\",\\"1\\")'
ODD = "\\x00\\u202e\\u2066\\ufeff\\ud800\\uffff\\U000e0041"


def text(name: str, body: str, status: str = "raised", top: str = "", **more: object) -> Attack:
    return Attack(f"text-{name}", "be more than text wherever it is shown", body, top, status, **more)  # type: ignore[arg-type]


TEXTS = [
    text("markup-in-exception", f"raise ValueError({MARKUP!r})"),
    text("escape-codes-in-exception", f'raise ValueError("{ESCAPES}")'),
    text("workflow-commands-in-exception", f'raise ValueError("{COMMANDS}")'),
    text("formula-in-exception", f'raise ValueError("{FORMULA}")'),
    text("odd-characters-in-exception", f'raise ValueError("{ODD}")'),
    text("name-of-exception", f'raise type("<b>" + "{ESCAPES}" + {MARKUP!r}, (Exception,), {{}})("x")'),
    text(
        "megabytes-in-exception",
        "raise ValueError('x' * 50_000_000)",
    ),
    text(
        "exception-that-prints-itself",
        "raise Loud",
        top="""
            class Loud(Exception):
                def __str__(self): raise SystemExit
                __repr__ = __str__
            """,
    ),
    text("prints", f'print({MARKUP!r}, "{ESCAPES}{COMMANDS}{FORMULA}{ODD}"); return honest(x, pool_param)', "passed"),
    text("prints-that-are-no-text", "os.write(1, bytes(range(256)) * 4); return honest(x, pool_param)", "passed"),
    text("prints-at-import", "", "passed", top=f'print({MARKUP!r}, "{ESCAPES}{COMMANDS}{FORMULA}{ODD}")'),
    text("source-line", f"raise ValueError  # {MARKUP} \x1b[2J ::error::x"),
    text("long-source-line", f"raise ValueError  # {'y' * 100_000}"),
    text("name-of-class-returned", f"return type({MARKUP!r}, (), {{}})(), None", "failed"),
    text("name-of-file", "from cs231n.odd import f; f()", files={"cs231n/odd.py": b"def f(): raise ValueError('<b>')"}),
]
