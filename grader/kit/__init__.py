"""Makes what instructors hand out to students from an assignment."""
