"""`grader`, and `python -m grader`: the command line, loaded for whoever runs it.

A runner of a batch is a new process that imports this module once more, and has no use for commands.
"""

__all__ = ["main"]


def main() -> None:
    """Runs the command line."""
    from grader.cli import main as run

    run()


if __name__ == "__main__":
    main()
