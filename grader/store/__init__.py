"""Keeps what lasts on disk: grades, whole files, the lock of a class and caches."""
