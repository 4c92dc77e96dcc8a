"""A message that could not be delivered is refused when it is made."""

from __future__ import annotations

from uuid import uuid4

import pytest
from pydantic import ValidationError

from mentalspace.notifications import Channel, Notification, Priority

VALID = {
    "notification_type": "data_quality_alert",
    "recipient_user_ids": (uuid4(),),
    "subject": "appointments",
    "message": "2 rows",
    "delivery_key": "quality:public.appointments:rule",
}


def test_in_app_and_normal_unless_told() -> None:
    notification = Notification.model_validate(VALID)
    assert notification.sent_via == (Channel.in_app,)
    assert notification.priority is Priority.normal


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient_user_ids", ()),
        ("sent_via", ()),
        ("sent_via", ("pigeon",)),
        ("subject", ""),
        ("subject", "x" * 201),
        ("delivery_key", ""),
        ("notification_type", "Data Quality"),
        ("priority", "whenever"),
    ],
)
def test_undeliverable_messages_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        Notification.model_validate(VALID | {field: value})
