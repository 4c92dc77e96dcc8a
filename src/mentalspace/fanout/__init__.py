"""Telling people what was done: the C and I of the RACI matrix, from events to messages."""
