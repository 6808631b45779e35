"""Says by a file's ending whether it is a notebook, another source file or an archive."""

__all__ = ["ARCHIVES", "NOTEBOOK", "SOURCES", "is_notebook", "is_source"]

#: ending of a notebook's file
NOTEBOOK = ".ipynb"
#: of the files that students write
SOURCES = (".py", NOTEBOOK)
#: of archives that students hand in; what cannot be read is told to its student, not passed over
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".rar", ".7z")


def is_notebook(name: str) -> bool:
    """Whether a name or path is a notebook's, in capitals or not."""
    return name.lower().endswith(NOTEBOOK)


def is_source(name: str) -> bool:
    """Whether a name or path is a Python file's or a notebook's, in capitals or not."""
    return name.lower().endswith(SOURCES)
