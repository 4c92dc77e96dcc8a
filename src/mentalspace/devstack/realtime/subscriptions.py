"""What channels subscribe to: `postgres_changes` bindings, parsed and matched. Never connects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mentalspace.devstack.realtime.filters import Condition, FilterError, check_types, parse_filter
from mentalspace.devstack.realtime.pgoutput import Kind
from mentalspace.devstack.realtime.tables import Table

ANY = "*"
MOST_BINDINGS = 100
UNABLE = "Unable to subscribe to changes with given parameters"
_numbers = count(1001)


class SubscriptionError(Exception):
    """The subscription cannot be made; the text is the reason that clients are given."""


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class BroadcastConfig(_Lenient):
    ack: bool = False
    self_: bool = Field(default=False, alias="self")


class PresenceConfig(_Lenient):
    key: str = ""
    enabled: bool = False


class WaitConfig(_Lenient):
    wait: bool = False


class ChannelConfig(_Lenient):
    """`config` of a join."""

    broadcast: BroadcastConfig | None = None
    presence: PresenceConfig | None = None
    private: bool | None = False
    postgres_changes: list[dict[str, Any]] | None = Field(default=None, max_length=MOST_BINDINGS)
    postgres_changes_options: WaitConfig | None = None


class Join(_Lenient):
    """The payload of `phx_join`."""

    config: ChannelConfig | None = None
    access_token: str | None = None
    user_token: str | None = None

    @property
    def token(self) -> str | None:
        return self.user_token or self.access_token

    @property
    def settings(self) -> ChannelConfig:
        return self.config or ChannelConfig()


def parse_join(payload: Mapping[str, Any]) -> Join:
    """Read a join's payload. Raises `SubscriptionError` naming the fields that are wrong."""
    try:
        return Join.model_validate(payload)
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
        raise SubscriptionError(f"InvalidJoinPayload: {', '.join(fields)}") from error


@dataclass(frozen=True)
class Binding:
    """One subscription of a channel. `echo` is what the client asked, which it wants back unchanged."""

    id: int
    event: str
    schema: str
    table: str
    conditions: tuple[Condition, ...]
    select: frozenset[str] | None
    echo: Mapping[str, Any]

    def wants(self, kind: Kind) -> bool:
        return self.event in (ANY, kind)

    @property
    def reply(self) -> dict[str, Any]:
        return {**self.echo, "id": self.id}


def parse_binding(asked: Mapping[str, Any]) -> Binding:
    """Read one binding. Raises `SubscriptionError`."""
    schema, table, event = asked.get("schema"), asked.get("table"), asked.get("event")
    texts = [asked.get(name) for name in ("schema", "table", "filter")]
    if not (schema or table) or any(text is not None and not isinstance(text, str) for text in texts):
        raise SubscriptionError("No subscription params provided. Please provide at least a schema or table")
    kind = event.upper() if isinstance(event, str) and event.upper() in set(Kind) else ANY
    try:
        conditions = parse_filter(asked.get("filter") or "")
    except FilterError as error:
        raise SubscriptionError(f"Error parsing `filter` params: {error}") from error
    schema, table = schema or "public", table or ANY
    select = _parse_select(asked.get("select"))
    if (conditions or select is not None) and ANY in (schema, table):
        raise SubscriptionError("A filter or a selection of columns needs an explicit schema and table")
    return Binding(next(_numbers), kind, schema, table, conditions, select, dict(asked))


def _parse_select(names: Any) -> frozenset[str] | None:
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SubscriptionError("Error parsing `select` params: write a list of column names")
    return frozenset(names)


def check_binding(binding: Binding, published: Iterable[Table], role: str) -> None:
    """Raise `SubscriptionError` unless the tables are published and filter and selection fit them."""
    tables = list(published)
    if not tables:
        asked = json.dumps({"event": binding.event, "schema": binding.schema, "table": binding.table})
        raise SubscriptionError(
            f"{UNABLE}. Please check Realtime is enabled for the given connect parameters: {asked} "
            "(alter publication supabase_realtime add table …)"
        )
    for table in tables:
        readable = table.readable(role)
        try:
            check_types(binding.conditions, readable)
        except FilterError as error:
            raise SubscriptionError(f"{UNABLE}: {error}") from error
        if unknown := sorted((binding.select or frozenset()) - set(readable)):
            raise SubscriptionError(f"{UNABLE}: invalid column for select {unknown[0]}")
