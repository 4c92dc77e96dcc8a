"""Governance for a mental-health practice on Supabase.

Documents (RACI, data contracts) are parsed to models, compiled to SQL, enforced by Postgres,
watched by workers, and proved by findings.
"""

__version__ = "0.1.0"
