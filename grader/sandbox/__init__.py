"""Starts and limits the sandboxed process that runs student code: this side of the wall."""
