"""The engine, the checks and the command line of the grader; in a notebook, `%load_ext grader`.

It imports nothing by itself: `python -m grader` begins here, while the current folder is the first place of modules.
"""

__version__ = "0.1.0"


def load_ipython_extension(shell: object) -> None:
    """Adds `%grade` to a notebook, for `%load_ext grader`."""
    from grader.jupyter.extension import register

    register(shell)


def check(*names: str) -> object:
    """Returns the report on functions, as the notebook defines them or else as saved; on all without a name."""
    import sys

    from grader.jupyter.extension import check as report

    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return report(" ".join(names), shell.user_ns if shell else None)
