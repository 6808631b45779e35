"""Executes a notebook in the sandbox and judges the figures that it prints."""
