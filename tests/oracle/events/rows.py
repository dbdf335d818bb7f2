"""Events as they were kept, and how one is held against what is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.oracle.state import Account, Creation, Invitation, Organization, Policy, Unit


class Discrepancy(AssertionError):
    """An event says something of the past that is not so."""


@dataclass(frozen=True)
class TargetRow:
    """One entity that an event touched, as it was kept."""

    entity_type: str
    entity_id: str
    entity_name: str
    path: Sequence[str]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class EventRow:
    """One event, as it was kept."""

    organization_id: str
    number: int
    kind: str
    targets: Sequence[TargetRow]
    details: Mapping[str, Any] = field(default_factory=dict)


# The facts of an event, and where a state keeps them. `path` is for readers; the parents say it too.
ORGANIZATION_FIELDS = {"account_quota": "account_quota"}
UNIT_FIELDS = {"name": "name", "parent_id": "parent_id", "tags": "tags"}


ACCOUNT_FIELDS = {
    "description": "description",
    "parent_id": "unit_id",
    "tags": "tags",
    "name": "name",
    "join_method": "join_method",
    "status": "status",
    "is_converted": "is_converted",
    "is_eligible": "is_eligible",
}


STATE_FIELDS = {
    "state": "state",
    "account_id": "account_id",
    "failure_reason": "failure_reason",
}


FIELDS = {
    Organization: ORGANIZATION_FIELDS,
    Unit: UNIT_FIELDS,
    Account: ACCOUNT_FIELDS,
    Invitation: STATE_FIELDS,
    Creation: STATE_FIELDS,
    Policy: {"name": "name", "description": "description", "content": "content", "tags": "tags"},
}


def agree(
    event: EventRow,
    known: Organization | Unit | Account | Invitation | Creation | Policy,
    before: Mapping[str, Any],
) -> None:
    for fact, attribute in FIELDS[type(known)].items():
        if fact in before:
            present = getattr(known, attribute)
            expect(event, present == before[fact], f"{fact} was {present!r}")


def with_facts[T](known: T, after: Mapping[str, Any], fields: Mapping[str, str]) -> T:
    return replace(
        known, **{fields[fact]: value for fact, value in after.items() if fact in fields}
    )


def expect(event: EventRow, holds: bool, otherwise: str) -> None:
    if not holds:
        raise Discrepancy(f"{otherwise}: {event}")
