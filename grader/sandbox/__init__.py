"""Starts and limits the sandboxed process that runs student code: this side of the wall."""

from grader.sandbox.level import Level, available_levels, choose_level
from grader.sandbox.worker import Session, Worker
from grader.sandbox.workspace import Workspace

__all__ = ["Level", "Session", "Worker", "Workspace", "available_levels", "choose_level"]
