"""The assignment's package: layers, given helpers and classifiers."""
