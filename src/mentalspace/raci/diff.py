"""What changed between two matrices: roles, tasks, cells, scopes, enforcements, words. Never connects.

Whatever changes a document's digest is a change here, and nothing else is: layout and comments are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mentalspace.raci.change import Change, Effect, Part, compare_order, compare_sets, join_effects
from mentalspace.raci.diff_enforcements import diff_enforcements
from mentalspace.raci.diff_fields import diff_fields
from mentalspace.raci.matrix import AppRole, Assignment, Module, Task

_COMPARED = frozenset({"module", "roles", "tasks"})
_COMPARED_OF_TASK = frozenset({"duties", "enforces", "reaches"})


def diff_modules(before: Mapping[str, Module], after: Mapping[str, Module]) -> list[Change]:
    """Every difference, by module; a module or task that came or went is told with all that it holds."""
    changes: list[Change] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            changes.append(_whole("module", name, None, _title(old), _title(new)))
        if old and new:
            changes += diff_fields("module", name, None, old, new, _COMPARED)
        changes += _roles(name, old, new)
        changes += _tasks(name, old, new)
    return changes


def _whole(part: Part, module: str, task: str | None, before: str | None, after: str | None) -> Change:
    return Change(module=module, part=part, task=task, name=part, before=before, after=after)


def _title(thing: Module | Task | None) -> str | None:
    return thing.title if thing else None


def _roles(name: str, before: Module | None, after: Module | None) -> Iterator[Change]:
    """Roles of a module with their scope; what that does to cells stands at the cells."""
    old, new = (before.roles if before else {}), (after.roles if after else {})
    for role in AppRole:
        was, now = old.get(role), new.get(role)
        if was == now:
            continue
        texts = _distinct(was.scope.value if was else None, now.scope.value if now else None, "note")
        effect = compare_order(was.scope.width, now.scope.width) if was and now else Effect.none
        yield Change(
            module=name, part="role", name=f"role {role}", before=texts[0], after=texts[1], effect=effect
        )


def _tasks(name: str, before: Module | None, after: Module | None) -> Iterator[Change]:
    old, new = (before.tasks if before else {}), (after.tasks if after else {})
    for key in dict.fromkeys((*new, *old)):
        was, now = old.get(key), new.get(key)
        if was is None or now is None:
            yield _whole("task", name, key, _title(was), _title(now))
        else:
            yield from diff_fields("task", name, key, was, now, _COMPARED_OF_TASK)
        yield from _cells(name, key, before if was else None, after if now else None)
        yield from diff_enforcements(name, key, was.enforces if was else (), now.enforces if now else ())
        yield from _reaches(name, key, was, now)


def _cells(name: str, task: str, before: Module | None, after: Module | None) -> Iterator[Change]:
    for role in AppRole:
        was, now = _cell(before, task, role), _cell(after, task, role)
        old, new = _say_cell(before, role, was), _say_cell(after, role, now)
        if was == now and old == new:
            continue
        effect = _weigh(_powers(before, role, was), _powers(after, role, now))
        texts = _distinct(old, new, "note, or where the scope is written")
        yield Change(
            module=name, part="cell", task=task, name=role, before=texts[0], after=texts[1], effect=effect
        )


def _cell(module: Module | None, task: str, role: AppRole) -> Assignment | None:
    return module.tasks[task].duties.get(role) if module else None


def _say_cell(module: Module | None, role: AppRole, cell: Assignment | None) -> str | None:
    return f"{cell.cell} ({module.scope(role, cell)})" if module and cell else None


def _powers(module: Module | None, role: AppRole, cell: Assignment | None) -> tuple[int, int]:
    """How wide the cell reads and how wide it performs; -1 is nothing."""
    if module is None or cell is None:
        return -1, -1
    width = module.scope(role, cell).width
    return width, width if cell.performs else -1


def _weigh(before: tuple[int, int], after: tuple[int, int]) -> Effect:
    return join_effects(compare_order(old, new) for old, new in zip(before, after, strict=True))


def _reaches(module: str, task: str, before: Task | None, after: Task | None) -> Iterator[Change]:
    old, new = (before.reaches if before else {}), (after.reaches if after else {})
    for table in sorted(old.keys() | new.keys()):
        was, now = old.get(table), new.get(table)
        if was != now:
            yield Change(
                module=module, part="reach", task=task, name=f"reaches {table}",
                before=_join(was), after=_join(now), effect=compare_sets(was or (), now or ()),
            )  # fmt: skip


def _join(values: Iterable[str] | None) -> str | None:
    return None if values is None else ", ".join(values)


def _distinct(before: str | None, after: str | None, what: str) -> tuple[str | None, str | None]:
    """Both as they are, or, where the words do not show it, that something changed."""
    return (before, after) if before != after else (before, f"{after}, other {what}")
