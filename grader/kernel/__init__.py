"""Our code behind the wall that runs notebooks: standard library, NumPy, the worker, and Jupyter's own packages."""
