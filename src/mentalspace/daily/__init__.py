"""The morning report: what a practice wants to know before it opens."""
