"""Clocks that run for rows: what the RACI matrix promises, and who breaks it now."""
