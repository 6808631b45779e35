"""The solved assignment, from which goldens, the given files and the student template are made."""
