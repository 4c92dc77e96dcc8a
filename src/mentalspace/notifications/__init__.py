"""Messages to people, as rows of an outbox."""

from mentalspace.notifications.notification import Channel, Notification, Priority

__all__ = ["Channel", "Notification", "Priority"]
