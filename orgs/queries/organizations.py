"""The organization itself, as every account in it may see it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from orgs import access, errors
from orgs.actor import Actor
from orgs.models import Account, Organization, OrganizationalUnit
from orgs.permissions import Permission
from orgs.statements import Given, InstanceStatement, Statement


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is: units below the root, accounts, and those accounts that a filter lets through."""

    units: int
    accounts: int
    found: int

    @property
    def places(self) -> int:
        """Units and accounts together."""
        return self.units + self.accounts


def get_organization(*, actor: Actor) -> Organization:
    """The actor's organization with its management account; tree and accounts stay hidden (R-ORG-7).

    Raises:
        CallerNotInOrganization: the actor's account is in none (R-GEN-2).
        PermissionDenied, NotManagementAccount: a user without any role in its account.

    Contract: ShowOrganization.
    """
    organization = (
        Organization.objects.live()
        .select_related("management_account")
        .filter(pk=actor.organization_id)
        .first()
    )
    if organization is None:
        raise errors.CallerNotInOrganization
    access.require(actor, Permission.VIEW_ORGANIZATION, organization, organization)
    return organization


def live_organization(actor: Actor) -> Organization:
    """The actor's organization, for queries that judge the actor themselves.

    Raises:
        CallerNotInOrganization: the actor's account is in none (R-GEN-2).
    """
    organization = _LIVE.first(organization=actor.organization_id)
    if organization is None:
        raise errors.CallerNotInOrganization
    return organization


def live_organization_and_sizes(actor: Actor) -> tuple[Organization, Sizes]:
    """The same, and how large it is: one statement for both.

    Raises:
        CallerNotInOrganization: the actor's account is in none (R-GEN-2).
    """
    organization = _LIVE_AND_SIZES.first(organization=actor.organization_id)
    if organization is None:
        raise errors.CallerNotInOrganization
    units, accounts = organization.units_in_it, organization.accounts_in_it
    return organization, Sizes(units, accounts, accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What still stands in the way of deleting an organization, each by its number (R-ORG-8, R-ORG-9)."""

    organization: Organization
    members: int
    creations: int
    units: int
    policies: int
    permissions: frozenset[Permission]

    @property
    def is_clear(self) -> bool:
        """Whether nothing does."""
        return not (self.members or self.creations or self.units or self.policies)


def get_deletion(*, actor: Actor) -> Deletion:
    """What the deletion of the actor's organization would meet. Seven statements.

    Raises:
        CallerNotInOrganization, PermissionDenied, NotManagementAccount.
        NotManagementOrDelegated: who may not see the structure does not learn how much there is of it.
    """
    organization = get_organization(actor=actor)
    permissions = access.permissions_of(actor, organization)
    if Permission.VIEW_STRUCTURE not in permissions:
        raise errors.NotManagementOrDelegated
    members = organization.accounts.exclude(pk=organization.management_account_id)
    return Deletion(
        organization=organization,
        members=members.count(),
        creations=organization.creation_requests.running().count(),
        units=organization.units.filter(parent__isnull=False).count(),
        policies=organization.policies.count(),
        permissions=permissions,
    )


def get_sizes(*, actor: Actor, permissions: frozenset[Permission]) -> Sizes:
    """How large the actor's organization is; `permissions` are what the actor was found to have there.

    One statement.

    Raises:
        NotManagementOrDelegated: the structure is not among them.
    """
    if Permission.VIEW_STRUCTURE not in permissions:
        raise errors.NotManagementOrDelegated
    ((units, accounts),) = _SIZES(organization=actor.organization_id)
    return Sizes(units, accounts, accounts)


def number_of(rows: QuerySet[Any], what: Aggregate | None = None) -> Coalesce:
    """The number of rows, or another number over all of them, as a part of another statement."""
    over_all = rows.order_by().annotate(all=Value(1)).values("all")
    found = over_all.annotate(number=what or Count("pk")).values("number")
    return Coalesce(Subquery(found), 0, output_field=IntegerField())


_NUMBERS = {
    "units_in_it": number_of(
        OrganizationalUnit.objects.filter(organization=Given("organization"), parent__isnull=False)
    ),
    "accounts_in_it": number_of(Account.objects.filter(organization=Given("organization"))),
}
_SIZES = Statement(
    lambda: Organization.objects.filter(pk=Given("organization")).values_list(*_NUMBERS.values())
)
_LIVE = InstanceStatement(
    lambda: Organization.objects.live().filter(pk=Given("organization")), prepared=True
)
_LIVE_AND_SIZES = InstanceStatement(
    lambda: Organization.objects.live().filter(pk=Given("organization")).annotate(**_NUMBERS)
)
