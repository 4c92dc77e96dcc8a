"""A message to people of the practice: what it says, to whom, through what. Keys and counts, never PHI."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Priority(StrEnum):
    """How soon somebody must look."""

    low = "low"
    normal = "normal"
    high = "high"
    urgent = "urgent"


class Channel(StrEnum):
    """Through what a message travels; `in_app` is the row itself, read by the frontend."""

    in_app = "in_app"
    email = "email"
    slack = "slack"
    sms = "sms"


class Notification(BaseModel):
    """What to tell whom.

    `delivery_key` says which occasion this is (`quality:public.appointments:double_booking:2026-11-22`):
    however often it is enqueued, it is told once.
    """

    model_config = ConfigDict(frozen=True)

    notification_type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    recipient_user_ids: Annotated[tuple[UUID, ...], Field(min_length=1)]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    message: Annotated[str, Field(min_length=1)]
    delivery_key: Annotated[str, Field(min_length=1, max_length=300)]
    priority: Priority = Priority.normal
    sent_via: Annotated[tuple[Channel, ...], Field(min_length=1)] = (Channel.in_app,)


class QueuedNotification(Notification):
    """A message in the outbox, not yet delivered."""

    id: UUID
    created_at: AwareDatetime
