"""The command line: a file for each command, under its name, and what commands share."""
