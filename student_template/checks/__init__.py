"""The assignment: what is judged, what it is worth, and the public golden cases."""
