"""What follows from a change: recorded with it in `governance.events`, consumed once, in order."""

from mentalspace.events.consumer import Consumer, EventContext
from mentalspace.events.event import Event

__all__ = ["Consumer", "Event", "EventContext"]
