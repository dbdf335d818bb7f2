"""The vendor's contract as the tests read it, and the operations that are still missing."""

import json
from pathlib import Path

CONTRACT = json.loads((Path(__file__).parent / "contract.json").read_text())
OPERATIONS = {operation["id"]: operation for operation in CONTRACT["operations"]}

# This list may only shrink. It is empty when the wire is complete.
MISSING = frozenset(
    {
        "deregister_delegated_administrator",
        "disable_trusted_service",
        "enable_trusted_service",
        "list_delegated_administrators",
        "list_delegated_services",
        "list_trusted_services",
        "register_delegated_administrator",
    }
)
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
    """Status and code of every refusal that an operation may answer."""
    operation = OPERATIONS[name]
    listed = {error["condition"] for error in operation["errors"]} | IMPLIED
    if "concurrent_modification" in listed:
        listed |= IMPLIED_ON_WRITES
    errors = CONTRACT["errors"]
    return {(errors[each]["http_status"], errors[each]["error_code"]) for each in listed}
