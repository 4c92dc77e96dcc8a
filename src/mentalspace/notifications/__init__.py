"""Messages to people, as rows of an outbox."""
