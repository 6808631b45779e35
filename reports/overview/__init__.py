"""Outcomes of a class in, its pages out: table, distribution, matrix, checks, misconceptions, resemblance."""
