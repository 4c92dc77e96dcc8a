"""`mentalspace deadlines` against a seeded practice: what is late, and why some promises have no clock."""

from __future__ import annotations

import json

from tests.acceptance.conftest import Cli


async def test_promises_are_listed_and_late_rows_named(seeded_database_url: str, cli: Cli) -> None:
    url = ("--database-url", seeded_database_url)
    ended = await cli("deadlines", "list", "--json", *url)
    promises = {f"{each['module']}.{each['task']}": each for each in json.loads(ended.out)}
    assert ended.code == 1
    notes = promises["clinical_notes.create_note"]
    assert notes["late"] > 0
    assert notes["path"] == ["therapist", "supervisor", "clinical_director"]
    assert all((each["late"] is None) is bool(each["unmeasured"]) for each in promises.values())

    late = await cli("deadlines", "late", "create_note", "--json", *url)
    assert (late.code, len(json.loads(late.out))) == (1, notes["late"])
    soon = await cli("deadlines", "late", "clinical_notes.create_note", "--soon", *url)
    assert (soon.code, soon.out.count(" due ") >= notes["late"]) == (1, True)

    shown = await cli("deadlines", "list", "--module", "telehealth", *url)
    assert "no clock: telehealth.support_session" in shown.out
    assert "billing" not in shown.out


async def test_wrong_words_are_refused(seeded_database_url: str, cli: Cli) -> None:
    for words in (("late", "cancel_appointment"), ("list", "--module", "dreams")):
        ended = await cli("deadlines", *words, "--database-url", seeded_database_url)
        assert (ended.code, ended.err.count("\n")) == (2, 1)
