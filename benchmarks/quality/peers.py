"""The 25 rules in another tool: `python peers.py NAME RULES.json URL`, by the Python of that tool's own venv.

Each gets the predicates and the queries of the floor word for word, in one process. Prints a line of JSON:
seconds without start-up, and how many rules failed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

Rules = dict[str, Any]
LIVE = "deleted_at is null"


def find_tables(rules: Rules) -> list[str]:
    return sorted({*rules["scans"], *(rule.split(".")[0] for rule in rules["cross"])})


def find_cross(rules: Rules, table: str) -> dict[str, str]:
    """The queries of one table, by rule."""
    return {
        rule.split(".")[1]: query for rule, query in rules["cross"].items() if rule.split(".")[0] == table
    }


def soda(rules: Rules, url: str, folder: Path) -> tuple[float, int]:
    """Soda Core: a contract for each table."""
    from soda_core.contracts.api import verify_contract

    (folder / "source.yml").write_text(json.dumps(describe_soda_source(url)))
    files = []
    for table in find_tables(rules):
        files.append(folder / f"{table}.yml")
        files[-1].write_text(json.dumps(describe_soda_table(rules, url, table)))
    began = perf_counter()
    results = [
        verify_contract(
            contract_file_path=str(file),
            dataset_identifier=None,
            data_source_file_path=str(folder / "source.yml"),
            soda_cloud_file_path=None,
            publish=False,
        )
        for file in files
    ]
    seconds = perf_counter() - began
    checks = [
        each for run in results for one in run.contract_verification_results for each in one.check_results
    ]
    if len(checks) != len(rules["cross"]) + sum(map(len, rules["scans"].values())):
        raise RuntimeError(f"{len(checks)} checks ran")
    return seconds, sum(each.is_failed for each in checks)


def describe_soda_source(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    connection = {
        "host": parts.hostname,
        "port": parts.port,
        "user": parts.username,
        "password": parts.password,
        "database": parts.path.strip("/"),
    }
    return {"type": "postgres", "name": "practice", "connection": connection}


def describe_soda_table(rules: Rules, url: str, table: str) -> dict[str, Any]:
    checks: list[dict[str, Any]] = [
        {"failed_rows": {"expression": wrong, "qualifier": name}}
        for name, wrong in rules["scans"].get(table, {}).items()
    ]
    checks += [
        {"metric": {"query": query, "qualifier": name, "threshold": {"must_be": 0}}}
        for name, query in find_cross(rules, table).items()
    ]
    database = urlsplit(url).path.strip("/")
    contract = {"dataset": f"practice/{database}/public/{table}", "columns": [], "checks": checks}
    return contract | ({"filter": LIVE} if table in rules["scans"] else {})


def datacontract(rules: Rules, url: str, folder: Path) -> tuple[float, int]:
    """datacontract-cli: one ODCS file, every rule a query of one number."""
    from datacontract.data_contract import DataContract

    parts = urlsplit(url)
    os.environ |= {
        "DATACONTRACT_POSTGRES_USERNAME": parts.username or "",
        "DATACONTRACT_POSTGRES_PASSWORD": parts.password or "",
    }
    (folder / "practice.odcs.yaml").write_text(json.dumps(describe_contract(rules, url)))
    began = perf_counter()
    run = DataContract(data_contract_file=str(folder / "practice.odcs.yaml"), server="practice").test()
    seconds = perf_counter() - began
    checks = [check for check in run.checks if check.category == "quality"]
    expected = len(rules["cross"]) + sum(map(len, rules["scans"].values()))
    if len(checks) != expected or any(check.result not in ("passed", "failed") for check in checks):
        raise RuntimeError(f"{len(checks)} checks ran")
    return seconds, sum(check.result == "failed" for check in checks)


def describe_contract(rules: Rules, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    server = {"server": "practice", "type": "postgres", "host": parts.hostname, "port": parts.port}
    server |= {"database": parts.path.strip("/"), "schema": "public"}
    schema = []
    for table in find_tables(rules):
        queries = find_cross(rules, table) | {
            name: f"select count(*) from public.{table} where {LIVE} and ({wrong})"
            for name, wrong in rules["scans"].get(table, {}).items()
        }
        quality = [
            {"name": name, "type": "sql", "query": query, "mustBe": 0} for name, query in queries.items()
        ]
        schema.append({"name": table, "physicalName": table, "logicalType": "object", "quality": quality})
    contract = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "practice", "version": "1.0.0"}
    return contract | {"name": "practice", "status": "active", "servers": [server], "schema": schema}


def great_expectations(rules: Rules, url: str, folder: Path) -> tuple[float, int]:
    """Great Expectations: a suite for each table, unexpected rows by query."""
    import great_expectations as gx

    context = gx.get_context(mode="file", project_root_dir=str(folder))
    source = context.data_sources.add_postgres(
        "practice", connection_string=url.replace("postgresql://", "postgresql+psycopg2://")
    )
    pairs = []
    for table in find_tables(rules):
        batch = source.add_table_asset(name=table, table_name=table, schema_name="public")
        definition = batch.add_batch_definition_whole_table("all")
        suite = gx.ExpectationSuite(name=table)
        for query in find_unexpected(rules, table):
            # A brace begins a parameter there.
            doubled = query.replace("{", "{{").replace("}", "}}")
            suite.add_expectation(gx.expectations.UnexpectedRowsExpectation(unexpected_rows_query=doubled))
        pairs.append((definition, suite))
    began = perf_counter()
    results = [definition.get_batch().validate(suite) for definition, suite in pairs]
    seconds = perf_counter() - began
    checks = [each for result in results for each in result.results]
    if any(each.exception_info.get("raised_exception") for each in checks):
        raise RuntimeError("an expectation could not run")
    return seconds, sum(not each.success for each in checks)


def find_unexpected(rules: Rules, table: str) -> list[str]:
    """Queries that answer with wrong rows."""
    scans = rules["scans"].get(table, {}).values()
    return [
        *(f"select id from public.{table} where {LIVE} and ({wrong})" for wrong in scans),
        *(
            f"select failures from ({query}) as counted (failures) where failures > 0"
            for query in find_cross(rules, table).values()
        ),
    ]


PEERS: dict[str, Callable[[Rules, str, Path], tuple[float, int]]] = {
    "soda-postgres": soda,
    "datacontract-cli": datacontract,
    "great-expectations": great_expectations,
}


def main() -> None:
    name, rules, url = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as scratch:
        seconds, failed = PEERS[name](json.loads(Path(rules).read_text()), url, Path(scratch))
    sys.stdout.write("\n" + json.dumps({"seconds": seconds, "failed": failed}) + "\n")


if __name__ == "__main__":
    main()
