"""Makes the files that gradebooks and autograding platforms import."""
