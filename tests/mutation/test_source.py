"""The changes themselves: each is one thing, named by what it changes, and readable SQL."""

from __future__ import annotations

import pytest
from tests.mutation.source import find_changes, read_tokens

BODY = """
declare
  reach text := 'none';
begin
  -- it's only a comment: if true then
  if reach >= 'own' and (old.a is null or new.b in ('x', 'y')) then
    covered := covered || '{a,b}'::text[];
    perform governance.refuse(reach);
  end if;
  return case when exists (select from t where t.id = 1 and t.c between 1 and 2) then coalesce(a, b) end;
end
"""


def test_each_condition_is_widened_removed_and_inverted() -> None:
    names = set(find_changes(BODY))
    whole = "reach >= 'own' and (old.a is null or new.b in ('x', 'y'))"
    assert {f"{whole} -> true", f"{whole} -> false", f"{whole} -> inverted"} <= names
    assert {"reach >= 'own' -> true", "old.a is null -> false", "new.b in ('x', 'y') -> false"} <= names
    assert "t.c between 1 and 2 -> true" in names


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        (">= -> past the border", "if reach > 'own'"),
        ("'x', 'y' -> without 'x'", "in ('y')"),
        ("'{a,b}' -> without b", "'{a}'::text[]"),
        ("coalesce(a, b) -> its last", "then (b) end"),
        ("perform governance.refuse(reach) -> left out", "    null;\n"),
        ("covered := covered || '{a,b}'::text[] -> left out", "    null;\n"),
    ],
)
def test_a_change_is_one_thing(name: str, piece: str) -> None:
    changed = find_changes(BODY)[name]
    assert piece in changed
    assert piece not in BODY
    assert changed.count("\n") == BODY.count("\n")


def test_one_side_of_a_list_on_lines_of_its_own() -> None:
    changed = find_changes("begin return coalesce(\n  (select a from t),\n  'none'\n); end")
    assert set(changed.values()) == {
        "begin return ((select a from t)); end",
        "begin return ('none'); end",
    }


def test_what_is_declared_stays_and_no_two_changes_are_the_same() -> None:
    changes = find_changes(BODY)
    assert all("reach text := 'none';" in text for text in changes.values())
    assert len(set(changes.values())) == len(changes)


def test_a_policy_is_one_condition() -> None:
    names = find_changes("((deleted_at is null) and (a = 1 or b = any (array[2])))", is_condition=True)
    assert "(deleted_at is null) -> true" in names
    assert "a = 1 -> false" in names


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(ValueError, match="cannot read"):
        read_tokens("select '")
