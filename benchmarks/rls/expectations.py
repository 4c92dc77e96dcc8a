"""What each request must show, by the people tests' own reading of the matrix."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from benchmarks.rls.practice import ANONYMOUS, Identity
from benchmarks.rls.queries import Embed, Query
from benchmarks.rls.requests import Answer
from tests.database.raci.oracle import Client, Oracle, Person

from mentalspace.database.connection import Connection

CLIENTS = """
select id::text, portal_user_id::text, primary_therapist_id::text,
  portal_enabled and deleted_at is null as is_open
from public.clients
"""
SUPERVISEES = """
select array_agg(supervisee_id::text) as found from public.supervision_relationships
where supervisor_id = %s and status = 'Active'
"""
DENIED = "42501"


@dataclass
class Expectations:
    """The oracle, told who is whose; answers whether rows are those that a person may read."""

    connection: Connection
    oracle: Oracle
    _known: dict[tuple[object, ...], bool] = field(default_factory=dict)

    @classmethod
    async def read(cls, connection: Connection) -> Expectations:
        oracle = Oracle.read()
        for row in await (await connection.execute(CLIENTS)).fetchall():
            oracle.clients[row["id"]] = Client(
                row["portal_user_id"], row["primary_therapist_id"], row["is_open"]
            )
        return cls(connection, oracle)

    def reach(self, identity: Identity, table: str) -> str:
        """`all`, `scoped` or `none`: how far any duty on the table carries this role."""
        cells = [part.cells.get(identity.role) for part in self.oracle.parts[table]]
        scopes = {cell[1] for cell in cells if cell}
        return "all" if "all" in scopes else "scoped" if scopes else "none"

    async def differs(self, query: Query, identity: Identity, answer: Answer) -> str:
        """How an answer differs from what the oracle says; empty if it does not."""
        if identity.role == ANONYMOUS:
            return "" if answer.sqlstate == DENIED else f"answered {answer.sqlstate or 'rows'}, not {DENIED}"
        if answer.body is None:
            return f"refused with {answer.sqlstate}"
        person = await self._person(identity)
        readable = [
            row
            for (row,) in await self._fetch(query.candidates(identity), query, identity)
            if self._may_read(person, query.table, row)
        ]
        if query.is_count:
            return _compare("rows", int(answer.body), len(readable))
        shown = json.loads(answer.body)
        expected = readable[: query.limit]
        said = [_compare("rows", _keys(shown), _keys(expected))]
        for embed in query.embeds:
            wanted = await self._embedded(query, identity, person, embed)
            for row in shown:
                found: Any = row[embed.table] or []
                said.append(
                    _compare(
                        embed.table,
                        _keys([found] if embed.is_one and found else found),
                        wanted.get(row["id"], []),
                    )
                )
        return next(filter(None, said), "")

    async def _embedded(
        self, query: Query, identity: Identity, person: Person, embed: Embed
    ) -> dict[str, list[str]]:
        """Keys of the embedded rows that the person may read, by the key of the row around them."""
        found: dict[str, list[str]] = {}
        for (pair,) in await self._fetch(query.embedded(identity, embed), query, identity):
            keys = found.setdefault(pair["parent"], [])
            if len(keys) < embed.limit and self._may_read(person, embed.table, pair["row"]):
                keys.append(pair["row"]["id"])
        return found

    async def _fetch(self, text: str, query: Query, identity: Identity) -> list[tuple[Any, ...]]:
        """As the system, past every policy."""
        for number, value in enumerate(query.arguments(identity), 1):
            # Values are this benchmark's own keys.
            text = text.replace(f"${number}", f"'{value}'")
        rows = await (await self.connection.execute(text.encode())).fetchall()
        return [tuple(row.values()) for row in rows]

    def _may_read(self, person: Person, table: str, row: dict[str, Any]) -> bool:
        """Rows of the same owners and client are alike to a person: 300,000 are a few thousand questions."""
        ownership = self.oracle.ownership[table]
        columns = [*_listed(ownership.get("owner")), *_listed(ownership.get("client"))]
        alike = (person.id, table, row.get("deleted_at") is None, *(row[column] for column in columns))
        if alike not in self._known:
            self._known[alike] = self.oracle.may_read(person, table, row)
        return self._known[alike]

    async def _person(self, identity: Identity) -> Person:
        row = await (await self.connection.execute(SUPERVISEES, (identity.id,))).fetchone()
        supervisees = row["found"] if row and row["found"] else []
        return Person(identity.id, frozenset({identity.role}), frozenset(supervisees))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _keys(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def _compare(what: str, shown: object, wanted: object) -> str:
    if shown == wanted:
        return ""
    if isinstance(shown, list) and isinstance(wanted, list):
        return f"{what}: {len(shown)} shown, {len(wanted)} expected, or others"
    return f"{what}: {shown} shown, {wanted} expected"
