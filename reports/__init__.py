"""Grades in, what people and platforms read out: HTML, CSV, JUnit, GitHub, GitLab and terminal."""
