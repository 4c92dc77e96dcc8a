"""Changes as typed hints, over a subscription that is kept alive and watched."""

from mentalspace.realtime.hint import Hint, Kind, Subscription
from mentalspace.realtime.reaction import Reaction, ReactionContext

__all__ = ["Hint", "Kind", "Reaction", "ReactionContext", "Subscription"]
