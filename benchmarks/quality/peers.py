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


def soda(rules: Rules, url: str, folder: Path) -> tuple[float, int]:
    """Soda Core: a contract for each table."""
    from soda_core.contracts.api import verify_contract

    parts = urlsplit(url)
    database = parts.path.strip("/")
    source = {
        "type": "postgres",
        "name": "practice",
        "connection": {
            "host": parts.hostname,
            "port": parts.port,
            "user": parts.username,
            "password": parts.password,
            "database": database,
        },
    }
    (folder / "source.yml").write_text(json.dumps(source))
    files = []
    for table in {*rules["scans"], *(rule.split(".")[0] for rule in rules["cross"])}:
        checks = [
            {"failed_rows": {"expression": wrong, "qualifier": name}}
            for name, wrong in rules["scans"].get(table, {}).items()
        ]
        checks += [
            {"metric": {"query": query, "qualifier": rule.split(".")[1], "threshold": {"must_be": 0}}}
            for rule, query in rules["cross"].items()
            if rule.split(".")[0] == table
        ]
        contract = {"dataset": f"practice/{database}/public/{table}", "columns": [], "checks": checks}
        if table in rules["scans"]:
            contract["filter"] = LIVE
        files.append(folder / f"{table}.yml")
        files[-1].write_text(json.dumps(contract))
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


def datacontract(rules: Rules, url: str, folder: Path) -> tuple[float, int]:
    """datacontract-cli: one ODCS file, every rule a query of one number."""
    from datacontract.data_contract import DataContract

    parts = urlsplit(url)
    os.environ |= {
        "DATACONTRACT_POSTGRES_USERNAME": parts.username or "",
        "DATACONTRACT_POSTGRES_PASSWORD": parts.password or "",
    }
    queries = dict(rules["cross"])
    for table, wrongs in rules["scans"].items():
        queries |= {
            f"{table}.{name}": f"select count(*) from public.{table} where {LIVE} and ({wrong})"
            for name, wrong in wrongs.items()
        }
    schema = []
    for table in sorted({rule.split(".")[0] for rule in queries}):
        quality = [
            {"name": rule.split(".")[1], "type": "sql", "query": query, "mustBe": 0}
            for rule, query in queries.items()
            if rule.split(".")[0] == table
        ]
        schema.append({"name": table, "physicalName": table, "logicalType": "object", "quality": quality})
    server = {"server": "practice", "type": "postgres", "host": parts.hostname, "port": parts.port}
    server |= {"database": parts.path.strip("/"), "schema": "public"}
    contract = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "practice", "version": "1.0.0"}
    contract |= {"name": "practice", "status": "active", "servers": [server], "schema": schema}
    (folder / "practice.odcs.yaml").write_text(json.dumps(contract))
    began = perf_counter()
    run = DataContract(data_contract_file=str(folder / "practice.odcs.yaml"), server="practice").test()
    seconds = perf_counter() - began
    checks = [check for check in run.checks if check.category == "quality"]
    if len(checks) != len(queries) or any(check.result not in ("passed", "failed") for check in checks):
        raise RuntimeError(f"{len(checks)} checks ran")
    return seconds, sum(check.result == "failed" for check in checks)


def great_expectations(rules: Rules, url: str, folder: Path) -> tuple[float, int]:
    """Great Expectations: a suite for each table, unexpected rows by query."""
    import great_expectations as gx

    context = gx.get_context(mode="file", project_root_dir=str(folder))
    source = context.data_sources.add_postgres(
        "practice", connection_string=url.replace("postgresql://", "postgresql+psycopg2://")
    )
    pairs = []
    for table in sorted({*rules["scans"], *(rule.split(".")[0] for rule in rules["cross"])}):
        batch = source.add_table_asset(name=table, table_name=table, schema_name="public")
        definition = batch.add_batch_definition_whole_table("all")
        suite = gx.ExpectationSuite(name=table)
        queries = [
            f"select id from public.{table} where {LIVE} and ({wrong})"
            for wrong in rules["scans"].get(table, {}).values()
        ]
        queries += [
            f"select failures from ({query}) as counted (failures) where failures > 0"
            for rule, query in rules["cross"].items()
            if rule.split(".")[0] == table
        ]
        for query in queries:
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
