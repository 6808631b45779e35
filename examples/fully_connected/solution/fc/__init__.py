"""The package of the fully connected assignment."""
