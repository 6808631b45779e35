"""The engine, the checks and the command line of the convolutional-networks grader."""

__version__ = "0.1.0"
