from __future__ import annotations

from itertools import count
from time import time
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentalspace.devstack.gateway.errors import RejectionError
from mentalspace.devstack.gateway.keys import ApiKeys

SECRET = "a secret of more than thirty-two letters"
KEYS = ApiKeys("sb_publishable_one", "sb_secret_one", SECRET)


def sign(secret: str = SECRET, **claims: Any) -> str:
    return jwt.encode({"exp": int(time()) + 60, **claims}, secret, algorithm="HS256")


def test_each_key_has_its_role() -> None:
    assert KEYS.role_of("sb_publishable_one") == "anon"
    assert KEYS.role_of("sb_secret_one") == "service_role"
    assert KEYS.role_of(KEYS.legacy("anon")) == "anon"
    assert KEYS.role_of(KEYS.legacy("service_role")) == "service_role"


@pytest.mark.parametrize(
    "key",
    [
        "sb_secret_two",
        "sb_secret_one ",
        "",
        "null",
        sign(role="authenticated", sub="x"),
        sign(role="postgres"),
        sign(role=["service_role"]),
        sign(),
        sign(role="service_role", exp=int(time()) - 1),
        jwt.encode({"role": "service_role"}, SECRET, algorithm="HS256"),
        sign("another secret of more than thirty-two", role="service_role"),
        jwt.encode({"role": "service_role", "exp": int(time()) + 60}, None, algorithm="none"),
    ],
    ids=count(),
)
def test_nothing_else_is_a_key(key: str) -> None:
    assert KEYS.role_of(key) is None


@settings(max_examples=50)
@given(st.text())
def test_any_text_is_judged(key: str) -> None:
    assert KEYS.role_of(key) is None


def test_admission_passes_on_one_key_and_the_users_token() -> None:
    token = sign(role="authenticated")
    by_header = KEYS.admit({"apikey": "sb_publishable_one", "authorization": f"Bearer {token}"}, {})
    assert by_header.headers == {"apikey": "sb_publishable_one", "authorization": f"Bearer {token}"}
    legacy = KEYS.legacy("service_role")
    by_parameter = KEYS.admit({"authorization": f"Bearer {legacy}"}, {"apikey": legacy})
    assert by_parameter.headers == {"apikey": "sb_secret_one"}


@pytest.mark.parametrize(
    "authorization", ["", "Basic eDp5", "Bearer sb_publishable_one", "bearer  sb_publishable_one"]
)
def test_what_is_no_token_is_dropped(authorization: str) -> None:
    admission = KEYS.admit({"apikey": "sb_publishable_one", "authorization": authorization}, {})
    assert admission.headers == {"apikey": "sb_publishable_one"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "MISSING_API_KEY"),
        ({"authorization": "Bearer sb_secret_one"}, "MISSING_API_KEY"),
        ({"apikey": "wrong"}, "INVALID_API_KEY"),
        ({"apikey": "sb_publishable_one", "authorization": "Bearer sb_secret_one"}, "INVALID_API_KEY"),
        ({"apikey": "sb_secret_one", "user-agent": "Mozilla/5.0 (X11)"}, "INVALID_API_KEY_TYPE"),
    ],
)
def test_refusals_are_those_of_hosted(headers: dict[str, str], code: str) -> None:
    with pytest.raises(RejectionError) as caught:
        KEYS.admit(headers, {})
    assert (caught.value.status, caught.value.headers) == (401, {"sb-error-code": f"UNAUTHORIZED_{code}"})
    assert "sb_secret_one" not in str(caught.value.body)
