"""The two questions about rights: can, require. And the list of what an actor may do somewhere."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, Q, QuerySet, StringAgg, Subquery, Value

from orgs import errors
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    AccountStatus,
    Agency,
    AgencyKind,
    Organization,
    OrganizationalUnit,
    OrganizationalUnitGroupGrant,
    OrganizationalUnitUserGrant,
    OrganizationGroupGrant,
    OrganizationUserGrant,
    Role,
)
from orgs.permissions import Permission

Place = Organization | OrganizationalUnit


def permissions_of(actor: Actor, place: Place) -> frozenset[Permission]:
    """Everything the actor may do at `place`: granted on it or on anything above it. One statement.

    The path is walked by parents inside that statement; no decision reads lft or rght (R6).
    """
    if actor.user_id is None:
        return frozenset()
    return frozenset(Permission(codename) for codename in _granted(actor, place))


def can(actor: Actor, permission: Permission, place: Place) -> bool:
    """Whether a grant on `place` or on anything above it says so. One statement."""
    if actor.user_id is None:
        return False
    return bool(_granted(actor, place, permission__codename=permission))


def entry_of(actor: Actor) -> QuerySet[Agency]:
    """The agency by which a switched actor is in an account that is not its own, while that holds.

    It holds as long as the agency is there and trusts the actor's own account, the actor is an active
    administrator of that account, and both accounts are active (R-ACC-20, R-ACC-22, R-CLO-11).
    """
    home = Group.objects.filter(
        name=Role.ADMINISTRATOR.group_name(actor.home_account_id or ""),
        user=actor.user_id,
        user__is_active=True,
        user__account=actor.home_account_id,
    )
    return Agency.objects.filter(
        Exists(home.order_by()),
        pk=actor.agency_id or 0,
        kind=AgencyKind.ACCOUNT_ACCESS,
        account=actor.account_id,
        account__status=AccountStatus.ACTIVE,
        trusted_account=actor.home_account_id,
        trusted_account__status=AccountStatus.ACTIVE,
    )


GRANTED_TO = ("granted_to_groups", "granted_to_user")  # the columns of `granted_to`


def granted_to(*, user: str, organization: str) -> dict[str, Subquery]:
    """The codenames granted on an organization, as columns of another statement; read by `read_granted`.

    `user` and `organization` are the outer statement's columns that hold their ids.
    """
    here = Q(content_object=OuterRef(organization))
    grants = {
        "granted_to_groups": OrganizationGroupGrant.objects.filter(
            here, group__user=OuterRef(user)
        ),
        "granted_to_user": OrganizationUserGrant.objects.filter(here, user=OuterRef(user)),
    }
    return {
        name: Subquery(
            part.order_by()
            .values("content_object")
            .annotate(codenames=StringAgg("permission__codename", Value(" ")))
            .values("codenames")
        )
        for name, part in grants.items()
    }


def read_granted(columns: Iterable[str | None]) -> frozenset[Permission]:
    """What the columns of `granted_to` say."""
    return frozenset(Permission(name) for text in columns if text for name in text.split())


def require(actor: Actor, permission: Permission, organization: Organization, place: Place) -> None:
    """Refuse what the actor may not do at `place` in `organization`.

    Raises:
        PermissionDenied: a user of the management account whose role does not allow it (R-PERM-1).
        NotManagementAccount, NotManagementOrDelegated: a user of another account (R-GEN-1).
    """
    if can(actor, permission, place):
        return
    if actor.account_id == organization.management_account_id:
        raise errors.PermissionDenied(permission=permission.label)
    if permission == Permission.VIEW_STRUCTURE:
        raise errors.NotManagementOrDelegated
    raise errors.NotManagementAccount(permission=permission.label)


def _groups_of(actor: Actor) -> QuerySet[Group]:
    """The groups whose grants the actor has: its own, or in an entered account its administrators'."""
    if not actor.is_switched:
        return Group.objects.filter(user=actor.user_id)
    group = Role.ADMINISTRATOR.group_name(actor.account_id or "")
    return Group.objects.filter(Exists(entry_of(actor)), name=group)


def _granted(actor: Actor, place: Place, **only: object) -> QuerySet[Any, str]:
    """The codenames granted to the actor and to its groups, on `place` and on what is above it.

    The groups are joined by the user's id, so a role taken away is gone with the next statement (R9).
    """
    groups = _groups_of(actor).values("pk")
    # What was granted to somebody in person is of no use in another account.
    user_id = None if actor.is_switched else actor.user_id
    organization_id = place.pk if isinstance(place, Organization) else place.organization_id
    here = Q(content_object=organization_id)
    grants: list[QuerySet[Any]] = [
        OrganizationGroupGrant.objects.filter(here, group__in=groups),
        OrganizationUserGrant.objects.filter(here, user=user_id),
    ]
    if isinstance(place, OrganizationalUnit):
        on_path = _on_path(place.pk)
        grants += [
            OrganizationalUnitGroupGrant.objects.filter(on_path, group__in=groups),
            OrganizationalUnitUserGrant.objects.filter(on_path, user=user_id),
        ]
    first, *others = (
        part.filter(**only).order_by().values_list("permission__codename", flat=True)
        for part in grants
    )
    return first.union(*others)


def _on_path(unit_id: str) -> Q:
    """Grants on the unit or on one of the at most five places above it."""
    condition = Q(content_object=unit_id)
    above = "parent_id"
    for _level in range(MAX_LEVELS):
        condition |= Q(
            content_object=Subquery(
                OrganizationalUnit.objects.filter(pk=unit_id).order_by().values(above)[:1]
            )
        )
        above = "parent__" + above
    return condition
