"""The commands of the command line, one file per group, and what they show in a terminal."""
