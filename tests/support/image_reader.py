"""The text of a given file that reads images, as small as can be."""

READER = """
import os
import numpy as np

def describe(folder=None):
    if folder is None:
        return "made-up pictures, seed 3"
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{folder} has no pictures")
    return f"Pictures in {folder}"

def load(*, folder, dtype):
    if folder and "broken" in os.listdir(folder):
        raise ValueError("a picture is broken")
    count = len(os.listdir(folder)) if folder else 4
    pixels = np.arange(count * 12, dtype=dtype).reshape(count, 3, 2, 2)
    labels = np.arange(count) % 2
    return {"X_train": pixels, "y_train": labels, "X_val": pixels[:2], "y_val": labels[:2]}
"""
