"""Eight queries of a frontend, as the SQL that PostgREST makes of them.

Without a policy nothing hides deleted rows, so there a query asks for live ones itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.rls.practice import Identity

WRAPPER = """
with pgrst_source as ({source})
select null::bigint as total_result_set, pg_catalog.count(_postgrest_t) as page_total,
  coalesce(json_agg(_postgrest_t), '[]') as body,
  nullif(current_setting('response.headers', true), '') as response_headers,
  nullif(current_setting('response.status', true), '') as response_status
from (select * from pgrst_source) _postgrest_t
"""
COUNT = "with pgrst_source as ({source}) select null::bigint, pg_catalog.count(*) from pgrst_source"
# The week that began so long before this one; Monday to Sunday, and over.
MONDAY = "date_trunc('week', now()) - interval '{} weeks'"
WEEK = f"between {MONDAY.format(4)} and {MONDAY.format(3)}"
LIVE = "{alias}.deleted_at is null and "


@dataclass(frozen=True)
class Embed:
    """Rows of another table inside each row, where `e` is it and `a` the row: one, or a list."""

    table: str
    columns: str
    where: str
    order: str = "e.id"
    limit: int = 1
    is_one: bool = False

    def render(self, live: str) -> str:
        rows = (
            f"select {self.columns} from public.{self.table} e where {live}{self.where} "
            f"order by {self.order} limit {self.limit}"
        )
        value = "row_to_json(r)" if self.is_one else "coalesce(json_agg(r), '[]')"
        return f"left join lateral (select {value} as value from ({rows}) r) {self.table} on true"


@dataclass(frozen=True)
class Query:
    """One request. `{key}` in `where` is what callers name themselves by: provider_id, clients client_id."""

    name: str
    table: str
    where: str
    arguments: Callable[[Identity], tuple[str, ...]]
    order: str = ""
    limit: int = 0
    columns: str = "a.*"
    embeds: tuple[Embed, ...] = ()
    names_own_key: bool = False

    @property
    def is_count(self) -> bool:
        return not self.limit

    def render(self, identity: Identity, *, with_policy: bool) -> str:
        """The statement to prepare; its last parameter is the limit, as PostgREST has it."""

        def live(alias: str) -> str:
            return "" if with_policy else LIVE.format(alias=alias)

        values = "".join(f", {embed.table}.value as {embed.table}" for embed in self.embeds)
        source = f"select {self.columns}{values} from public.{self.table} a "
        source += " ".join(embed.render(live("e")) for embed in self.embeds)
        source += f" where {live('a')}{self._where(identity)}"
        if self.is_count:
            return COUNT.format(source=source)
        last = len(self.arguments(identity)) + 1
        return WRAPPER.format(source=f"{source} order by {self.order} limit ${last}::bigint")

    def values(self, identity: Identity) -> list[bytes]:
        limit = () if self.is_count else (str(self.limit),)
        return [value.encode() for value in (*self.arguments(identity), *limit)]

    def candidates(self, identity: Identity) -> str:
        """Rows that it would show if nobody were refused: for the oracle, in order."""
        order = f"order by {self.order}" if self.order else ""
        return f"select to_jsonb(a) from public.{self.table} a where {self._where(identity)} {order}"

    def embedded(self, identity: Identity, embed: Embed) -> str:
        """The same for what is embedded, with the key of the row that it belongs to."""
        return (
            f"select jsonb_build_object('parent', a.id, 'row', to_jsonb(e)) from public.{self.table} a "
            f"join public.{embed.table} e on {embed.where} where {self._where(identity)} "
            f"order by {embed.order}"
        )

    def _where(self, identity: Identity) -> str:
        return self.where.format(key="client_id" if identity.role == "client_user" else "provider_id")


def _key(identity: Identity) -> tuple[str, ...]:
    return (identity.client_id if identity.role == "client_user" else identity.provider_id,)


def _chart(identity: Identity) -> tuple[str, ...]:
    return (identity.client_id,)


def _nothing(_: Identity) -> tuple[str, ...]:
    return ()


MINE = "a.{key} = $1::uuid and a.start_time " + WEEK
OF_CLIENT = "e.client_id = a.id"
QUERIES = (
    Query("my week", "appointments", MINE, _key, "a.start_time", 100, names_own_key=True),
    Query("practice week", "appointments", f"a.start_time {WEEK}", _nothing, "a.start_time, a.id", 50),
    Query(
        "calendar with client",
        "appointments",
        MINE,
        _key,
        "a.start_time",
        100,
        "a.id, a.start_time, a.end_time, a.status, a.appointment_type",
        (Embed("clients", "e.id, e.first_name, e.last_name, e.pronouns", "e.id = a.client_id", is_one=True),),
        names_own_key=True,
    ),
    Query(
        "client page",
        "clients",
        "a.is_active = $1::boolean",
        lambda _: ("true",),
        "a.last_name, a.first_name, a.id",
        50,
    ),
    Query(
        "one client's notes",
        "clinical_notes",
        "a.client_id = $1::uuid",
        _chart,
        "a.created_at desc",
        50,
        names_own_key=True,
    ),
    Query("count of appointments", "appointments", "true", _nothing),
    Query(
        "one client's charges",
        "charge_entries",
        "a.client_id = $1::uuid",
        _chart,
        "a.service_date desc",
        50,
        names_own_key=True,
    ),
    Query(
        "one client's dashboard",
        "clients",
        "a.id = $1::uuid",
        _chart,
        "a.id",
        1,
        embeds=(
            Embed("appointments", "e.id, e.start_time, e.status", OF_CLIENT, "e.start_time desc", 5),
            Embed("clinical_notes", "e.id, e.title, e.status", OF_CLIENT, "e.created_at desc", 5),
            Embed("charge_entries", "e.id, e.charge_amount, e.status", OF_CLIENT, "e.service_date desc", 5),
        ),
        names_own_key=True,
    ),
)
