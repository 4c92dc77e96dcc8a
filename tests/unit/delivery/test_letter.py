"""What leaves has no PHI, and tells a repetition by its reference."""

from __future__ import annotations

from uuid import uuid4

import pytest

from mentalspace.delivery.channels import fill_url
from mentalspace.delivery.letter import Item, compose_letter, name_reference
from mentalspace.notifications import Channel

ITEM = Item("appointments: double booking", "2 rows overlap")


def test_mail_says_all_and_chat_the_subject() -> None:
    mail = compose_letter(Channel.email, [ITEM], "key", digest=False)
    chat = compose_letter(Channel.slack, [ITEM], "key", digest=False)
    assert mail.subject == chat.subject == "[MentalSpace] appointments: double booking"
    assert "2 rows overlap" in mail.body
    assert "2 rows overlap" not in chat.body
    for letter in (mail, chat):
        assert f"Ref {name_reference('key')}" in letter.body


def test_sms_fits_and_keeps_its_reference() -> None:
    letter = compose_letter(Channel.sms, [Item("x" * 300, "y", urgent=True)], "key", digest=False)
    assert len(letter.body) == 160
    assert letter.body.startswith("MentalSpace: URGENT: xxx")
    assert letter.body.endswith(name_reference("key"))


@pytest.mark.parametrize(
    "personal",
    [
        "jane.roe@example.com",
        "123-45-6789",
        "(212) 555-0123",
        "+1 212-555-0123",
        "MRN: 4711",
        "DOB 1990-01-02",
    ],
)
def test_what_looks_like_a_person_does_not_leave(personal: str) -> None:
    for channel in (Channel.email, Channel.slack, Channel.sms):
        for digest in (False, True):
            letter = compose_letter(
                channel, [Item(f"note {personal}", f"of {personal}")], "key", digest=digest
            )
            assert personal not in letter.subject + letter.body


def test_keys_cannot_be_looked_up_outside_and_figures_stay() -> None:
    key = str(uuid4())
    body = compose_letter(
        Channel.email,
        [Item("a", f"row {key}, run 20261122-0430, due 2026-11-22, 1234567")],
        "k",
        digest=False,
    ).body
    assert key not in body
    assert f"row {key[:8]}…, run 20261122-0430, due 2026-11-22, 1234567" in body


def test_a_digest_counts_and_is_bounded() -> None:
    items = [ITEM, ITEM, *(Item(f"subject {number}", "") for number in range(60))]
    letter = compose_letter(Channel.email, items, "key", digest=True)
    assert letter.subject == "[MentalSpace] 62 messages"
    assert "- appointments: double booking (2 times)" in letter.body
    assert "… and 11 more" in letter.body


@pytest.mark.parametrize(
    ("template", "url"),
    [
        (
            "mailto://u:p@host?from=a@b.example&to={recipient}",
            "mailto://u:p@host?from=a%40b.example&to=x%2By%40z.example&format=text&%2BX-Delivery-Key=a%2Fb",
        ),
        ("slack://a/b/c", "slack://a/b/c"),
        ("twilio://sid:token@from/{recipient}", "twilio://sid:token@from/x%2By%40z.example"),
        ("json://host/hook", "json://host/hook?%2BX-Delivery-Key=a%2Fb"),
    ],
)
def test_the_recipient_stands_where_the_service_wants_it(template: str, url: str) -> None:
    assert fill_url(template, "x+y@z.example", "a/b") == url
