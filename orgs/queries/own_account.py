"""What an account is told of its own membership: itself and its place, and nothing beside it (R-ORG-7)."""

from collections.abc import Sequence
from dataclasses import dataclass

from orgs import access, departures, errors
from orgs.actor import Actor
from orgs.errors import OrgsError
from orgs.models import Account, Organization
from orgs.permissions import Permission
from orgs.queries import policies_of_entity
from orgs.queries.own_calls import Action, OwnCall
from orgs.queries.own_decisions import find_own_denial
from orgs.queries.policies_of_entity import PoliciesOfEntity
from orgs.queries.structure import delegated_services
from orgs.queries.structure.counts import own_delegations


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The own account in its organization. `path` names the units above it, from below the root."""

    account: Account
    organization: Organization
    rights: access.Rights
    path: Sequence[str]
    tags: Sequence[tuple[str, str]]

    @property
    def delegated_services(self) -> tuple[str, ...]:
        """The principals of the services that the account administers for all of it (R-DA-4)."""
        return delegated_services(self.account)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the actor may do everywhere in the organization."""
        return self.rights.everywhere

    @property
    def is_management_account(self) -> bool:
        """Whether it is the account that manages the organization."""
        return self.account.pk == self.organization.management_account_id


def get_membership(*, actor: Actor) -> Membership:
    """The actor's own account as a member: its organization, its own path, its tags.

    Other units, accounts and what is attached to them stay hidden (R-ORG-7). No policy hides this page: it
    is where a member reads what binds it. Three statements.

    Raises:
        CallerNotInOrganization: the account is in none.
        PermissionDenied, NotManagementAccount: a user without any role in its account.
    """
    account, organization = _own(actor)
    rights = access.rights_of(actor, organization.pk)
    if Permission.VIEW_ORGANIZATION not in rights.everywhere:
        access.require(actor, Permission.VIEW_ORGANIZATION, organization, organization)
    return Membership(
        account=account,
        organization=organization,
        rights=rights,
        path=account.unit.names if account.unit else [],
        tags=list(account.tags.order_by("key").values_list("key", "value")),
    )


def get_guardrails(membership: Membership) -> PoliciesOfEntity:
    """The policies on the path of the own account, to be told what they come to. Two statements.

    Which policies there are and where they hang stays hidden from a member (R-ORG-7): a page says of this
    what is denied and which tags are asked for, and names neither policies nor units.
    """
    unit = membership.account.unit
    return policies_of_entity.of_path(
        membership.organization, unit.path if unit else [], membership.account
    )


def get_obstacles(*, actor: Actor) -> tuple[Account, Organization, Sequence[OrgsError]]:
    """All that stands in the way of the actor's account's leaving; an operation refuses with the first.

    Raises:
        CallerNotInOrganization, PermissionDenied, NotManagementAccount.
    """
    account, organization = _own(actor)
    access.require(actor, Permission.VIEW_ORGANIZATION, organization, organization)
    denial = find_own_denial(
        actor=actor,
        management_account_id=organization.management_account_id,
        policy_version=organization.policy_version,
        call=OwnCall(Action.LEAVE),
    )
    obstacles = departures.obstacles_to_leaving(account, organization)
    return account, organization, [*([denial] if denial else []), *obstacles]


def _own(actor: Actor) -> tuple[Account, Organization]:
    found = (
        Account.objects.with_path()
        .annotate(delegated=own_delegations())
        .select_related("organization__management_account")
        .filter(pk=actor.account_id, organization__deleted_at=None)
        .first()
    )
    if found is None or found.organization is None:
        raise errors.CallerNotInOrganization
    return found, found.organization
