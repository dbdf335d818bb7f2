"""Who may do what, written down as guardian's grants to the groups of an account.

Only operations that mean it call this: they found an organization, let an account join or leave, or
give an account its first user in a role.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as GrantedPermission

from orgs.models import Account, Organization, OrganizationGroupGrant, Role
from orgs.permissions import (
    ADMINISTRATOR,
    DELEGATED_ADMINISTRATOR,
    MEMBER,
    READER,
    Permission,
)


def settle_grants(account: Account) -> None:
    """Make the grants of the account's groups what its present standing implies (R-GEN-1, R-PERM-2).

    The management account's administrators may do everything and its readers see everything; members
    see that the organization exists (R-ORG-7), and delegated administrators what there is in it, in
    whatever role (R-DA-4, R-DA-5); an account in no organization holds nothing. A role
    without users has no group yet, and gets its grants with its first user.
    """
    groups = {
        group.name: group
        for group in Group.objects.filter(name__in=[role.group_name(account.pk) for role in Role])
    }
    for role in Role:
        group = groups.get(role.group_name(account.pk))
        if group is not None:
            _settle_group(group, account.organization, _implied(account, role))


def settle_new_permissions() -> None:
    """Give administrators the permissions that came into the list since; after `migrate`."""
    for organization in Organization.objects.live().select_related("management_account"):
        group = Role.ADMINISTRATOR.group_name(organization.management_account_id)
        if organization.group_grants.filter(group__name=group).count() < len(ADMINISTRATOR):
            settle_grants(organization.management_account)


def _implied(account: Account, role: Role) -> frozenset[Permission]:
    """What a role may do because of its account's standing in the organization."""
    if account.organization is None:
        return frozenset()
    if account.organization.management_account_id != account.pk:
        return DELEGATED_ADMINISTRATOR if account.delegations.exists() else MEMBER
    return ADMINISTRATOR if role == Role.ADMINISTRATOR else READER


def _settle_group(
    group: Group, organization: Organization | None, wanted: Iterable[Permission]
) -> None:
    OrganizationGroupGrant.objects.filter(group=group).delete()
    if organization is None:
        return
    rows = GrantedPermission.objects.filter(
        content_type__app_label="orgs",
        content_type__model="organization",
        codename__in=[permission.value for permission in wanted],
    )
    OrganizationGroupGrant.objects.bulk_create(
        OrganizationGroupGrant(group=group, permission=row, content_object=organization)
        for row in rows
    )
