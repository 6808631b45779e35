"""Turns one submission into one grade."""
