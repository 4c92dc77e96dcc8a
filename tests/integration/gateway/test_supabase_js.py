"""The stack as supabase-js sees it on Node: one script observes, these tests judge."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.conftest import ROOT, RunningStack

from mentalspace.devstack.gateway.keys import ApiKeys
from mentalspace.devstack.packages import find_node, node_folder

pytestmark = pytest.mark.stack
SCRIPT = ROOT / "tests" / "integration" / "js" / "api.mjs"
REFUSED = {"code": "PGRST116", "status": 406}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seen(api: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script observed. Node looks for packages beside the script, so it is copied beside them."""
    folder = tmp_path_factory.mktemp("supabase-js")
    (folder / "node_modules").symlink_to(node_folder(ROOT) / "node_modules")
    script = Path(shutil.copy(SCRIPT, folder))
    keys = ApiKeys(api.publishable_key, api.secret_key, api.jwt_secret)
    environment = {
        "SUPABASE_URL": api.url,
        "SUPABASE_PUBLISHABLE_KEY": api.publishable_key,
        "SUPABASE_SECRET_KEY": api.secret_key,
        "LEGACY_KEY": keys.legacy("anon"),
    }
    process = await asyncio.create_subprocess_exec(
        find_node().binary,
        script,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return dict(json.loads(output))


def test_auth(seen: dict[str, Any]) -> None:
    auth = seen["auth"]
    assert auth["nick"] == "Bo"
    assert auth["wrong"] == {"session": None, "status": 400, "code": "invalid_credentials"}
    assert (auth["sameUser"], auth["email"], auth["rotated"]) == (True, True, True)
    assert {"iss", "aal", "amr", "app_metadata", "session_id", "is_anonymous"} <= set(auth["claims"])
    assert auth["factors"] == []


def test_rows(seen: dict[str, Any]) -> None:
    rows = seen["rows"]
    empty = {"price": None, "pages": None, "extra": None, "read_at": None, "tags": []}
    assert rows["inserted"] == [
        {**empty, "title": "one", "price": 9.5, "extra": {"a": ["1"]}},
        {**empty, "title": "two", "pages": 2},
    ]
    assert rows["counted"] == 2
    assert rows["updated"] == {"read_at": "2026-11-22T01:08:27.85+00:00"}
    assert rows["upserted"] == [{"title": "uno"}]
    assert rows["embedded"] == [{"title": "two", "probe_notes": [], "probe_shelves": None}]
    assert rows["page"] == {"data": [{"title": "uno"}], "count": 2}
    assert rows["none"] == {"data": None, "error": None}
    assert rows["many"].items() >= REFUSED.items()
    assert rows["removed"] == [{"title": "two"}]


def test_functions(seen: dict[str, Any]) -> None:
    called = seen["functions"]
    assert (called["scalar"], called["read"], called["nothing"]) == (5, 5, None)
    assert called["table"] == []
    assert called["json"] == {"kind": "object", "value": {"a": [1, "2"]}}
    assert called["uid"] is True
    raised = {"status": 400, "code": "P0001", "message": "refused", "details": "why", "hint": "what to do"}
    assert called["raised"].items() >= raised.items()
    assert called["absent"]["status"] == 404


@pytest.mark.parametrize(
    ("case", "status", "code"),
    [
        ("visitor", 401, "42501"),
        ("duplicate", 409, "23505"),
        ("check", 400, "23514"),
        ("foreign", 409, "23503"),
        ("wrongKey", 401, None),
    ],
)
def test_refusals(seen: dict[str, Any], case: str, status: int, code: str | None) -> None:
    refused = seen["refusals"][case]
    assert (refused["status"], refused.get("code")) == (status, code)


def test_other_keys_and_services(seen: dict[str, Any]) -> None:
    assert seen["refusals"]["legacy"] == 200
    assert "Storage is not part of the embedded stack" in seen["refusals"]["storage"]


def test_admin(seen: dict[str, Any]) -> None:
    admin = seen["admin"]
    assert (admin["total"], admin["page"], admin["banned"]) == ("number", 1, True)
    assert admin["signIn"].items() >= {"status": 400, "code": "user_banned"}.items()
    assert admin["notAdmin"].items() >= {"status": 403, "code": "not_admin"}.items()
    assert (admin["recovered"], admin["deleted"]) == (True, None)
    assert len(admin["bypasses"]) == 1


def test_sign_out(seen: dict[str, Any]) -> None:
    assert seen["signOut"]["error"] is None
    assert seen["signOut"]["after"]["status"] == 401
