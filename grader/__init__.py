"""The engine, the checks and the command line of the grader."""

__version__ = "0.1.0"
