"""What an operation answered, in the oracle's words."""

import re
from collections.abc import Callable
from typing import Any

from orgs import errors
from tests import oracle

# Leaves are named after the contract's conditions; these say more of why, or are spelled out.
SPELLED_OUT = {
    "caller_not_in_organization": "caller_not_in_org",
    "caller_account_closed": "permission_denied",  # R-CLO-11
    "delegated_administrator_stays": "cannot_leave_management_or_delegated",  # R-DA-8
    "denied_by_policy": "permission_denied",  # R-PERM-6
    "inviter_quota_exceeded": "account_quota_exceeded",  # R-INV-14
    "target_not_found": "account_not_found",  # R-INV-2
}


def condition_of(error: errors.OrgsError) -> str:
    """The contract's name of a refusal: `OuNameConflict` is `ou_name_conflict`."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    return SPELLED_OUT.get(name, name)


def answer_of(operation: Callable[..., Any], **arguments: Any) -> tuple[str, Any]:
    """("ok", what came back), or the condition of the refusal and the refusal."""
    try:
        return "ok", operation(**arguments)
    except errors.OrgsError as refusal:
        return condition_of(refusal), refusal


def wanted_of(outcome: oracle.Outcome) -> str:
    """The same word for what the oracle answered."""
    return outcome.condition if isinstance(outcome, oracle.Refusal) else "ok"
