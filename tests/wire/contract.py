"""The vendor's contract as the tests read it."""

import json
from pathlib import Path

from orgs.api.error_codes import ROWS
from orgs.api.refusals import refusals_of

CONTRACT = json.loads((Path(__file__).parent / "contract.json").read_text())
OPERATIONS = {operation["id"]: operation for operation in CONTRACT["operations"]}

# Every operation of the contract stands.
MISSING: frozenset[str] = frozenset()
PRESENT = {name: facts for name, facts in OPERATIONS.items() if name not in MISSING}

# What every operation may answer (design, section 9), and every write.
IMPLIED = frozenset(
    {
        "authentication_failed",
        "caller_not_in_org",
        "permission_denied",
        "throttled",
        "invalid_parameter",
        "internal_error",
    }
)
IMPLIED_ON_WRITES = frozenset({"idempotency_key_reused", "concurrent_modification"})


def codes_of(name: str) -> set[tuple[int, str]]:
    """Status and code of every refusal that an operation may answer, one of ours as well."""
    if name not in OPERATIONS:
        listed = refusals_of(name, writes=True, has_path=True)
        return {(ROWS[each].status, ROWS[each].code) for each in listed}
    operation = OPERATIONS[name]
    listed = {error["condition"] for error in operation["errors"]} | IMPLIED
    if "concurrent_modification" in listed:
        listed |= IMPLIED_ON_WRITES
    errors = CONTRACT["errors"]
    return {(errors[each]["http_status"], errors[each]["error_code"]) for each in listed}
