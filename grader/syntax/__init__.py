"""Analyses the text of a submission: its functions, suspicious code, whether it keeps state."""
