"""Kept as long as the law says and no longer."""
