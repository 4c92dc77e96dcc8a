"""Checks compiled from contracts: run, recorded, alerted."""
