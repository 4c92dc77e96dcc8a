"""The process that does the work: schedules, and reactions to changes."""
