"""A workspace and limits in, a running worker behind the wall out."""

from grader.sandbox.level import Level, available_levels, choose_level
from grader.sandbox.worker import Session, Worker
from grader.sandbox.workspace import Workspace

__all__ = ["Level", "Session", "Worker", "Workspace", "available_levels", "choose_level"]
