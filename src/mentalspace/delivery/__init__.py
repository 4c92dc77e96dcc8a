"""Messages leave: from the outbox through email, chat and SMS, at least once under one key."""
