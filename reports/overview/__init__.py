"""The pages of a class: table, distribution, matrix, checks, misconceptions, resemblance."""
