"""Changes as typed hints."""
