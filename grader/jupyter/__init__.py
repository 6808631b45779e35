"""Checks functions from inside of a notebook: `%load_ext grader`, `%grade`, `grader.check`."""
