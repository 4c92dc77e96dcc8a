"""Keys and tokens: who is let in as whom, and who is not."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.realtime_clients import KEYS, sign

from mentalspace.devstack.realtime.tokens import Keyring, TokenError, nobody

ANON = nobody("anon")


@pytest.mark.parametrize(
    ("key", "role"),
    [(KEYS.publishable_key, "anon"), (KEYS.secret_key, "service_role"), (sign(), "authenticated")],
)
def test_keys_and_their_roles(key: str, role: str) -> None:
    assert KEYS.identify_key(key).role == role


@pytest.mark.parametrize("key", [None, "", "sb_publishable_other", "x.y.z", sign(secret="0" * 32)])
def test_other_keys_are_refused(key: str | None) -> None:
    with pytest.raises(TokenError):
        KEYS.identify_key(key)


@pytest.mark.parametrize("token", [None, "", "sb_publishable_for_tests", "sb_anything"])
def test_without_a_token_the_socket_speaks(token: str | None) -> None:
    assert KEYS.identify(token, ANON) is ANON


def test_a_token_carries_its_claims() -> None:
    caller = KEYS.identify(sign("7f", email="a@b.example", app_metadata={"x": 1}), ANON)
    assert (caller.role, caller.subject, caller.email) == ("authenticated", "7f", "a@b.example")
    assert json.loads(caller.claims)["app_metadata"] == {"x": 1}
    assert not caller.expired


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"role": "postgres"}, "role must be one of"),
        ({"role": "supabase_admin"}, "role must be one of"),
        ({"role": 7}, "role must be one of"),
        ({"role": ["anon"]}, "role must be one of"),
        ({"role": None}, "`role` and `exp` are required"),
        ({"exp": None}, "`role` and `exp` are required"),
        ({"exp": time.time() - 1}, "Token has expired"),
        ({"exp": "soon"}, "not a valid JWT"),
        ({"exp": float("inf")}, "not a valid JWT"),
        ({"exp": [1]}, "not a valid JWT"),
        ({"nbf": time.time() + 86_400}, "not a valid JWT"),
        ({"sub": "a\0b"}, "not a valid JWT"),
        ({"sub": "\ud800"}, "not a valid JWT"),
    ],
)
def test_bad_claims_are_refused_with_a_reason(claims: dict[str, Any], reason: str) -> None:
    said = {"role": "authenticated", "exp": time.time() + 60, **claims}
    payload = json.dumps({name: value for name, value in said.items() if value is not None}).encode()
    token = jwt.api_jws.encode(payload, KEYS.jwt_secret, algorithm="HS256")
    with pytest.raises(TokenError, match=reason):
        KEYS.identify(token, ANON)


def test_an_unsigned_token_is_refused() -> None:
    token = jwt.encode({"role": "service_role", "exp": time.time() + 60}, "", algorithm="none")
    with pytest.raises(TokenError):
        KEYS.identify(token, ANON)


@settings(max_examples=40)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_any_subject_is_a_setting_or_refused(subject: Any) -> None:
    token = jwt.encode({"role": "anon", "exp": 4e9, "x": 1}, KEYS.jwt_secret, algorithm="HS256")
    claims = {**jwt.decode(token, options={"verify_signature": False}), "sub": subject}
    payload = json.dumps(claims).encode()
    try:
        caller = KEYS.identify(jwt.api_jws.encode(payload, KEYS.jwt_secret, algorithm="HS256"), ANON)
    except TokenError:
        return
    assert "\0" not in caller.subject
    assert caller.subject.encode().decode() == caller.subject


@settings(max_examples=40)
@given(st.text(max_size=40))
def test_any_other_text_is_refused(token: str) -> None:
    with pytest.raises(TokenError):
        KEYS.identify(f"x{token}", ANON)


def test_keys_do_not_show() -> None:
    assert "secret" not in repr(Keyring("a", "secret", "secret"))
