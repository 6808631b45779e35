"""Our code that runs beside student code: standard library and NumPy only."""
