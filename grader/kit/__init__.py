"""An assignment in, what instructors and students get of it out."""
