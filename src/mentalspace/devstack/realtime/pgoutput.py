"""Decode `pgoutput`, protocol 1: the text form of rows as logical replication sends them. Never connects."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Final, Literal

POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
IDENTITY_FLAG = 1
# begin, relation, insert, update, delete are decoded; commit, origin, type, truncate and logical
# messages say nothing that a subscriber is sent.
SILENT = frozenset(b"COYTM")


class DecodeError(ValueError):
    """The replication stream sent something that is not pgoutput, protocol 1."""


class Kind(StrEnum):
    """What happened to a row, in the words of the wire."""

    insert = "INSERT"
    update = "UPDATE"
    delete = "DELETE"


class _Absence(Enum):
    unchanged = "unchanged"


# A value kept out of line that the update did not touch: Postgres does not send it again.
UNCHANGED: Final = _Absence.unchanged
Value = str | None | Literal[_Absence.unchanged]
Row = Mapping[str, Value]


@dataclass(frozen=True)
class Relation:
    """A table as it was when the changes that follow were written."""

    oid: int
    schema: str
    table: str
    columns: tuple[str, ...]
    identity: frozenset[str]


@dataclass(frozen=True)
class Change:
    """One row inserted, updated or deleted, by a transaction of this (32-bit) id.

    `old` holds the replica identity, where Postgres sent it.
    """

    kind: Kind
    relation: Relation
    new: Row | None
    old: Row | None
    committed_at: datetime
    transaction: int


@dataclass
class Decoder:
    """Remembers relations and the transaction between messages; one per replication stream."""

    relations: dict[int, Relation] = field(default_factory=dict)
    committed_at: datetime = POSTGRES_EPOCH
    transaction: int = 0

    def decode(self, message: bytes) -> Change | None:
        """The change a message carries, if it carries one. Raises `DecodeError`."""
        try:
            return self._decode(_Bytes(message))
        except (struct.error, IndexError, KeyError, ValueError, OverflowError) as error:
            raise DecodeError(f"not a pgoutput message: {error!r}") from error

    def _decode(self, message: _Bytes) -> Change | None:
        kind = message.byte()
        if kind == b"B":
            message.skip(8)
            self.committed_at = POSTGRES_EPOCH + timedelta(microseconds=message.number(">q"))
            self.transaction = message.number(">I")
        elif kind == b"R":
            relation = _read_relation(message)
            self.relations[relation.oid] = relation
        elif kind in (b"I", b"U", b"D"):
            return self._read_change(kind, message)
        elif kind[0] not in SILENT:
            raise DecodeError(f"unknown message {kind!r}")
        return None

    def _read_change(self, kind: bytes, message: _Bytes) -> Change:
        relation = self.relations[message.number(">I")]
        new: Row | None = None
        old: Row | None = None
        while not message.ended:
            part = message.byte()
            row = dict(zip(relation.columns, _read_values(message), strict=True))
            if part == b"N":
                new = row
            elif part == b"K":
                # the columns outside the key are sent as nulls: they say nothing
                old = {name: value for name, value in row.items() if name in relation.identity}
            elif part == b"O":
                old = row
            else:
                raise DecodeError(f"unknown tuple {part!r}")
        return Change(_KINDS[kind], relation, new, old, self.committed_at, self.transaction)


_KINDS = {b"I": Kind.insert, b"U": Kind.update, b"D": Kind.delete}


class _Bytes:
    """A message and the place reached in it."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._data)

    def skip(self, count: int) -> None:
        self._at += count

    def byte(self) -> bytes:
        return self.take(1)

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise DecodeError("message ends too early")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def number(self, shape: str) -> int:
        (value,) = struct.unpack_from(shape, self._data, self._at)
        self._at += struct.calcsize(shape)
        return int(value)

    def word(self) -> str:
        """A string that ends in a zero byte."""
        end = self._data.index(0, self._at)
        text = self._data[self._at : end].decode()
        self._at = end + 1
        return text


def _read_relation(message: _Bytes) -> Relation:
    oid = message.number(">I")
    schema = message.word() or "pg_catalog"
    table = message.word()
    message.skip(1)  # replica identity setting: each column's flag says the same
    names: list[str] = []
    identity: set[str] = set()
    for _ in range(message.number(">H")):
        flags = message.number("B")
        names.append(message.word())
        message.skip(8)  # type and modifier: the catalog is asked instead
        if flags & IDENTITY_FLAG:
            identity.add(names[-1])
    return Relation(oid, schema, table, tuple(names), frozenset(identity))


def _read_values(message: _Bytes) -> list[Value]:
    return [_read_value(message) for _ in range(message.number(">H"))]


def _read_value(message: _Bytes) -> Value:
    kind = message.byte()
    if kind == b"t":
        return message.take(message.number(">I")).decode()
    if kind == b"n":
        return None
    if kind == b"u":
        return UNCHANGED
    raise DecodeError(f"unknown value {kind!r}")
