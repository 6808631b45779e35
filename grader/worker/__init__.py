"""The only code of ours behind the wall: standard library and NumPy, nothing else of this project."""
