"""What tests of rights on units have in common: giving them."""

from orgs import operations
from orgs.models import ScopedGrant
from orgs.permissions import SCOPED, Permission
from tests.factories import actor_for


def give(company, *, unit=None, permissions=SCOPED, **whom) -> ScopedGrant:
    """Rights on the unit, or on the member's: all of them, or those that are named."""
    return operations.scoped_grants.create_scoped_grant(
        actor=actor_for(company.administrator),
        unit_id=(unit or company.member.unit).pk,
        permissions=permissions,
        policy_ids=["p-FullAccess"] if Permission.ATTACH_POLICY in permissions else [],
        **whom,
    )
