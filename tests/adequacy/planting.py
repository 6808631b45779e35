"""Makes a module of the text of an answer file."""

from types import ModuleType

__all__ = ["module_of"]


def module_of(place: str, text: str) -> ModuleType:
    """Returns an answer file's text as a module of the solution's package, from which it can import the others.

    Args:
        place: its path in the workspace.
        text: what is executed.
    """
    module = ModuleType("planted")
    module.__package__ = f"reference.{place.rpartition('/')[0].replace('/', '.')}"
    exec(compile(text, place, "exec"), module.__dict__)
    return module
