"""What went wrong in, the sentences that a student reads out."""
