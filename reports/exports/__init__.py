"""Grades of a class, and where needed the instructor's own downloaded file, in; what a platform imports out."""
