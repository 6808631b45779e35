"""Reads the folder that describes an assignment: what is graded, how, and for how many points."""
