"""Scheduled work with a ledger: claimed once, leased, recorded."""
