"""What a submission's syntax tree says, and what old years need: read and rewritten, never run."""
