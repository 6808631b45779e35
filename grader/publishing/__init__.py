"""Turns grades into pages and files on disk."""
