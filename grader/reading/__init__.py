"""Reads what a student handed in, as data: archives, layouts, notebooks, older Pythons. Runs nothing."""
