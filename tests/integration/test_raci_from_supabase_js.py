"""What the frontend's hook is told by supabase-js, as every role: exactly what the YAML says.

Everybody reads the whole matrix; each asks about every seventh task, together about all of them. Everybody is
asked about everything in the database (tests/database/raci/test_matrix_shown.py).
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from itertools import cycle
from typing import Any

import pytest
import pytest_asyncio
from tests.conftest import ROOT, RunningStack
from tests.database.raci.oracle import read_yaml

from mentalspace.devstack.packages import find_node, node_folder

pytestmark = pytest.mark.stack
SCRIPT = ROOT / "tests" / "integration" / "js" / "raci.mjs"
# Login of a seeded person by role: the address of the role.
PEOPLE = {
    role.replace("_", "."): role
    for role in (
        *("administrator", "supervisor", "therapist", "associate_trainee"),
        *("billing_staff", "front_desk", "client_user"),
    )
}
LETTERS = {"responsible": "R", "accountable": "A", "consulted": "C", "informed": "I", "perform": "RA"}
DOCUMENTS = [read_yaml(path) for path in sorted((ROOT / "docs" / "raci").glob("*.yaml"))]
TASKS = [(document["module"], task) for document in DOCUMENTS for task in document["tasks"]]
# Each person's share, a duty for each by turns.
SHARES = {
    login: [(*task, duty) for task, duty in zip(TASKS[number::7], cycle(LETTERS), strict=False)]
    for number, login in enumerate(PEOPLE)
}


def cell(module: str, task: str, role: str) -> tuple[str, str] | None:
    """Letters and scope of a cell, as the document says it."""
    document = next(each for each in DOCUMENTS if each["module"] == module)
    duty = document["tasks"][task]["duties"].get(role)
    if duty is None:
        return None
    scope = document["roles"][role]["scope"]
    return (duty, scope) if isinstance(duty, str) else (duty["duty"], duty.get("scope", scope))


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seen(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script saw. Node looks for packages beside the script, so it is copied beside them."""
    folder = tmp_path_factory.mktemp("raci-js")
    (folder / "node_modules").symlink_to(node_folder(ROOT) / "node_modules")
    script = shutil.copy(SCRIPT, folder)
    # Every other task in the spelling of JavaScript.
    shares = {
        login: [
            (camel_case(module), camel_case(task), duty) if number % 2 else (module, task, duty)
            for number, (module, task, duty) in enumerate(share)
        ]
        for login, share in SHARES.items()
    }
    questions = {"people": shares, "password": "synthetic-practice"}
    process = await asyncio.create_subprocess_exec(
        find_node().binary,
        script,
        env=os.environ | {"SUPABASE_URL": stack.url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate(json.dumps(questions).encode())
    assert process.returncode == 0, errors.decode()
    return dict(json.loads(output))


def test_a_visitor_is_refused(seen: dict[str, Any]) -> None:
    visitor = seen["visitor"]
    assert (visitor["matrix"], visitor["status"], visitor["code"]) == (None, 401, "42501")
    for answer in visitor["answers"]:
        assert answer == {"all": None, "one": None, "codes": ["42501", "42501"], "status": 401}


@pytest.mark.parametrize("login", PEOPLE)
def test_everybody_reads_the_matrix_of_the_documents(seen: dict[str, Any], login: str) -> None:
    expected = {
        (document["module"], task, role): cell(document["module"], task, role)
        for document in DOCUMENTS
        for task, written in document["tasks"].items()
        for role in written["duties"]
    }
    rows = seen[login]["matrix"]
    read = {
        (row["module"], row["task"], row["role"]): (",".join(row["duties"]), row["scope"]) for row in rows
    }
    assert len(rows) == len(read)
    assert read == expected
    assert all(row["can_perform"] == bool({"R", "A"} & set(row["duties"])) for row in rows)


@pytest.mark.parametrize("login", PEOPLE)
def test_everybody_is_told_their_duties(seen: dict[str, Any], login: str) -> None:
    wrong = []
    for (module, task, duty), answer in zip(SHARES[login], seen[login]["answers"], strict=True):
        letters, _ = cell(module, task, PEOPLE[login]) or ("", "")
        all_duties = {f"is_{name}": LETTERS[name] in letters for name in list(LETTERS)[:4]}
        all_duties["can_perform"] = "R" in letters or "A" in letters
        expected = {"all": all_duties, "one": bool(set(LETTERS[duty]) & set(letters))}
        if {name: answer[name] for name in expected} != expected:
            wrong.append(f"{module}.{task} {duty}: expected {expected}, got {answer}")
    assert not wrong, f"{login}:\n" + "\n".join(wrong[:10])
