"""Changes as typed hints, over a subscription that is kept alive and watched."""

from mentalspace.realtime.hint import Hint, Kind, Subscription

__all__ = ["Hint", "Kind", "Subscription"]
