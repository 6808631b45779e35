"""The built-ins as they are before a student's module is loaded, for our own modules in the worker.

`globals()["__builtins__"] = BUILTINS`, before a module defines its functions, makes Python look up their built-in names
there: a student who replaces `len` or `any` for everyone then breaks no answer of ours.
"""

import builtins
from typing import Any

__all__ = ["BUILTINS"]

BUILTINS: dict[str, Any] = dict(vars(builtins))
