"""What an import would bring in, on the wire."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from orgs.organization_file import Fault, Plan


class OrganizationFile(Struct, frozen=True, omit_defaults=True):
    """A whole organization, as `docs/organization-file.md` describes it."""

    format: str
    version: int
    name: str
    management_account: dict[str, Any]
    root: dict[str, Any] | None = None
    units: list[dict[str, Any]] | None = None
    accounts: list[dict[str, Any]] | None = None
    policies: list[dict[str, Any]] | None = None
    enabled_policy_types: list[str] | None = None


class FaultDto(Struct, frozen=True):
    """A place in the file, as a JSON pointer, and what is wrong there."""

    place: str
    problem: str


class PlanDto(Struct, frozen=True):
    """What the file holds: the accounts include the management account."""

    name: str
    organizational_units: int
    accounts: int
    policies: int
    tags: int
    enabled_policy_types: Sequence[str]
    trusted_services: int
    delegated_administrators: int


class PlanAnswer(Struct, frozen=True):
    """PlanImport. `plan` is null where the file cannot be read; without faults it can be imported."""

    plan: PlanDto | None
    faults: Sequence[FaultDto]


def plan_answer(plan: Plan | None, faults: Sequence[Fault]) -> PlanAnswer:
    """What would come of an import."""
    return PlanAnswer(
        plan=None if plan is None else _plan(plan),
        faults=[FaultDto(place, problem) for place, problem in faults],
    )


def _plan(plan: Plan) -> PlanDto:
    return PlanDto(
        name=plan.name,
        organizational_units=len(plan.units),
        accounts=len(plan.accounts) + 1,
        policies=len(plan.policies),
        tags=plan.tag_count,
        enabled_policy_types=plan.enabled_policy_types,
        trusted_services=len(plan.trusted_services),
        delegated_administrators=len(plan.delegations),
    )
