"""Turns grades into what people and platforms read: HTML, CSV, JUnit, GitHub, GitLab and terminal."""
