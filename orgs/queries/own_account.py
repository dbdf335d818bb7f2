"""What an account is told of its own membership: itself and its place, and nothing beside it (R-ORG-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orgs import access, departures, errors
from orgs.actor import Actor
from orgs.errors import OrgsError
from orgs.models import Account, AgencyKind, Organization
from orgs.permissions import Permission


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """A way into the account from outside it: of a service, or of another account."""

    id: int
    name: str
    kind: AgencyKind
    trusts: str
    trusted_account_id: str | None
    created_at: datetime

    @property
    def is_account_access(self) -> bool:
        """Whether people of another account come in by it."""
        return self.kind == AgencyKind.ACCOUNT_ACCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The own account in its organization. `path` names the units above it, from below the root."""

    account: Account
    organization: Organization
    permissions: frozenset[Permission]
    path: Sequence[str]
    tags: Sequence[tuple[str, str]]
    agencies: Sequence[AgencyRow]

    @property
    def is_management_account(self) -> bool:
        """Whether it is the account that manages the organization."""
        return self.account.pk == self.organization.management_account_id


def get_membership(*, actor: Actor) -> Membership:
    """The actor's own account as a member: its organization, its own path, its tags, its agencies.

    Other units, accounts and what is attached to them stay hidden (R-ORG-7). Four statements.

    Raises:
        CallerNotInOrganization: the account is in none.
        PermissionDenied, NotManagementAccount: a user without any role in its account.
    """
    account, organization = _own(actor)
    granted = access.permissions_of(actor, organization)
    if Permission.VIEW_ORGANIZATION not in granted:
        access.require(actor, Permission.VIEW_ORGANIZATION, organization, organization)
    return Membership(
        account=account,
        organization=organization,
        permissions=granted,
        path=account.unit.names if account.unit else [],
        tags=list(account.tags.order_by("key").values_list("key", "value")),
        agencies=list_agencies(actor=actor),
    )


def get_obstacles(*, actor: Actor) -> tuple[Account, Organization, Sequence[OrgsError]]:
    """All that stands in the way of the actor's account's leaving; an operation refuses with the first.

    Raises:
        CallerNotInOrganization, PermissionDenied, NotManagementAccount.
    """
    account, organization = _own(actor)
    access.require(actor, Permission.VIEW_ORGANIZATION, organization, organization)
    return account, organization, list(departures.obstacles_to_leaving(account, organization))


def list_agencies(*, actor: Actor) -> Sequence[AgencyRow]:
    """Who may come into the actor's account from outside: accounts first, then services. One statement."""
    account = Account(pk=actor.account_id)
    columns = ("pk", "name", "kind", "trusted_account__name", "service", "trusted_account_id")
    rows = account.agencies.order_by("kind", "name").values_list(*columns, "created_at")
    return [
        AgencyRow(key, name, AgencyKind(kind), trusted or service, trusted_id, created_at)
        for key, name, kind, trusted, service, trusted_id, created_at in rows
    ]


def _own(actor: Actor) -> tuple[Account, Organization]:
    found = (
        Account.objects.with_path()
        .select_related("organization__management_account")
        .filter(pk=actor.account_id, organization__deleted_at=None)
        .first()
    )
    if found is None or found.organization is None:
        raise errors.CallerNotInOrganization
    return found, found.organization
