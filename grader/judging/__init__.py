"""Everything that a check imports: comparing values, naming causes, giving hints."""
