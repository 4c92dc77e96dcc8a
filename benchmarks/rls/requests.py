"""A request as PostgREST makes it of a connection: begin, settings, the prepared statement, commit; timed.

Straight through libpq and one at a time: what an event loop adds would hide what is measured.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.rls.practice import ANONYMOUS, Identity
from benchmarks.rls.queries import Query
from psycopg import pq
from psycopg.pq.abc import PGconn, PGresult

SETTINGS = """
select set_config('search_path', $1, true), set_config('role', $2, true),
  set_config('request.jwt.claims', $3, true), set_config('request.method', 'GET', true),
  set_config('request.path', $4, true), set_config('statement_timeout', '60s', true)
"""
BEGIN = b"begin isolation level read committed read only"
FINE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


@dataclass(frozen=True)
class Answer:
    """What came back, and milliseconds: of the whole request, and of its statement."""

    request: float
    statement: float
    body: str | None
    sqlstate: str = ""


@dataclass
class Caller:
    """A connection of a pool: everybody in turn, statements prepared once. Without policy, service_role."""

    url: str
    with_policy: bool
    _prepared: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = pq.PGconn.connect(self.url.encode())
        _expect(self._connection, self._connection.prepare(b"settings", SETTINGS.encode()))

    def close(self) -> None:
        self._connection.finish()

    def ask(self, query: Query, identity: Identity) -> Answer:
        return self._request(
            self._prepare(query.render(identity, with_policy=self.with_policy)),
            query.values(identity),
            identity,
            query.table,
        )

    def ask_nothing(self, identity: Identity) -> Answer:
        """What every request takes, whatever it asks for."""
        return self._request(self._prepare("select null, 1"), [], identity, "")

    def _request(self, name: bytes, values: list[bytes], identity: Identity, path: str) -> Answer:
        settings = [b'"public", "extensions"', *self._who(identity), f"/{path}".encode()]
        began = perf_counter()
        _expect(self._connection, self._connection.exec_(BEGIN))
        _expect(self._connection, self._connection.exec_prepared(b"settings", settings))
        asked = perf_counter()
        result = self._connection.exec_prepared(name, values)
        answered = perf_counter()
        self._connection.exec_(b"commit")
        ended = perf_counter()
        return _answer(result, (ended - began) * 1000, (answered - asked) * 1000)

    def _prepare(self, text: str) -> bytes:
        if text not in self._prepared:
            name = f"statement_{len(self._prepared)}".encode()
            _expect(self._connection, self._connection.prepare(name, text.encode()))
            self._prepared[text] = name
        return self._prepared[text]

    def _who(self, identity: Identity) -> tuple[bytes, bytes]:
        is_anonymous = identity.role == ANONYMOUS
        role = "service_role" if not self.with_policy else "anon" if is_anonymous else "authenticated"
        return role.encode(), json.dumps(_claims(role, identity.id)).encode()


def _claims(role: str, person: str | None) -> dict[str, object]:
    """As many as Supabase Auth writes into a token."""
    if person is None:
        return {"role": role}
    return {
        "iss": "http://127.0.0.1:54321/auth/v1",
        "aud": "authenticated",
        "exp": 1900000000,
        "iat": 1800000000,
        "sub": person,
        "email": "somebody@bench.example",
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {"email_verified": True},
        "role": role,
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": 1800000000}],
        "session_id": "9f0b6f0e-9a52-4a55-8a6b-6f2f7f7f4f10",
        "is_anonymous": False,
    }


def _answer(result: PGresult, request: float, statement: float) -> Answer:
    if result.status in FINE:
        return Answer(request, statement, _text(result))
    sqlstate = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    return Answer(request, statement, None, sqlstate)


def _text(result: PGresult) -> str:
    """The body of a page, or the total of a count: a page has five columns, a count two."""
    value = result.get_value(0, 2 if result.nfields > 2 else 1)
    return (value or b"").decode()


def _expect(connection: PGconn, result: PGresult) -> None:
    if result.status not in FINE:
        raise RuntimeError(f"refused: {connection.error_message.decode().splitlines()[:1]}")
