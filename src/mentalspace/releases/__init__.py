"""Deployments, their metrics and their reviews."""
