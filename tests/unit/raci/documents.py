"""A small valid module and its tables, for tests to break in one place."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from mentalspace.documents import parse_document
from mentalspace.raci.matrix import Matrix
from mentalspace.raci.parse import parse_documents

BILLING = dedent(
    """\
    module: billing
    title: Billing
    owner: billing_manager
    summary: Charges.
    positions:
      billing_manager: Billing Manager
    roles:
      billing_staff: {scope: all}
      therapist: {scope: caseload}
      client_user: {scope: own}
    tasks:
      enter_charge:
        title: Enter Charge
        duties:
          billing_staff: R,A
          therapist: {duty: R, scope: own}
          client_user: I
        enforces:
          - table: charges
            command: insert
            starts: {status: Draft, written_off_at: null}
      write_off:
        title: Write Off
        duties:
          billing_staff: R,A
        enforces:
          - table: charges
            becomes: {status: Written Off}
            from: {status: [Draft, Billed]}
            with: reason
            stamps: {written_off_at: now}
            not_by: created_by
    escalation:
      - title: Dispute
        path: [therapist, billing_staff, billing_manager]
    handoffs:
      - title: Month End
        steps: [Close the month.]
    tables:
      charges:
        columns: [id, provider_id, client_id, status, amount, reason, written_off_at, created_by, updated_at]
        owner: provider_id
        client: client_id
    """
)


def parse_text(text: str, name: str = "billing") -> Matrix:
    return parse_documents([parse_document(text, Path(f"docs/raci/{name}.yaml"))], {})
