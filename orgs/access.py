"""The two questions about rights: can, require. And the list of what an actor may do somewhere."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import (
    BigIntegerField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    StringAgg,
    Subquery,
    Value,
)

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
from orgs.statements import Given, Statement

Place = Organization | OrganizationalUnit


def permissions_of(actor: Actor, place: Place) -> frozenset[Permission]:
    """Everything the actor may do at `place`: granted on it or on anything above it. One statement.

    The path is walked by parents inside that statement; no decision reads lft or rght (R6).
    """
    if actor.user_id is None:
        return frozenset()
    if actor.is_switched:
        return frozenset(Permission(codename) for (codename,) in _entered(actor, place))
    given = {"user": actor.user_id, "place": place.pk}
    if isinstance(place, Organization):
        rows = _ON_ORGANIZATION(**given)
    else:
        rows = _ON_UNIT(**given, organization=place.organization_id)
    return frozenset(Permission(codename) for (codename,) in rows)


def can(actor: Actor, permission: Permission, place: Place) -> bool:
    """Whether a grant on `place` or on anything above it says so. One statement."""
    return permission in permissions_of(actor, place)


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


def _on_organization() -> QuerySet[Any, Any]:
    return _granted(_grants_on_organization(Given("place")))


def _on_unit() -> QuerySet[Any, Any]:
    on_path = _on_path(Given("place"))
    return _granted(
        [
            *_grants_on_organization(Given("organization")),
            OrganizationalUnitGroupGrant.objects.filter(on_path, group__in=_groups()),
            OrganizationalUnitUserGrant.objects.filter(on_path, user=_USER),
        ]
    )


def _entered(actor: Actor, place: Place) -> QuerySet[Any, Any]:
    """In an entered account: what is granted to its administrators, and nothing granted in person."""
    group = Role.ADMINISTRATOR.group_name(actor.account_id or "")
    groups = Group.objects.filter(Exists(entry_of(actor)), name=group).values("pk")
    if isinstance(place, Organization):
        return _granted(
            [OrganizationGroupGrant.objects.filter(content_object=place.pk, group__in=groups)]
        )
    return _granted(
        [
            OrganizationGroupGrant.objects.filter(
                content_object=place.organization_id, group__in=groups
            ),
            OrganizationalUnitGroupGrant.objects.filter(_on_path(place.pk), group__in=groups),
        ]
    )


def _granted(grants: list[QuerySet[Any]]) -> QuerySet[Any, Any]:
    """The codenames of all these grants."""
    first, *others = (part.order_by().values_list("permission__codename") for part in grants)
    return first.union(*others)


def _grants_on_organization(organization: Given) -> list[QuerySet[Any]]:
    here = Q(content_object=organization)
    return [
        OrganizationGroupGrant.objects.filter(here, group__in=_groups()),
        OrganizationUserGrant.objects.filter(here, user=_USER),
    ]


def _groups() -> QuerySet[Group, Any]:
    """The user's groups, joined by its id: a role taken away is gone with the next statement (R9)."""
    return Group.objects.filter(user=_USER).values("pk")


def _on_path(unit: Given | str) -> Q:
    """Grants on the unit or on one of the at most five places above it."""
    condition = Q(content_object=unit)
    above = "parent_id"
    for _level in range(MAX_LEVELS):
        condition |= Q(
            content_object=Subquery(
                OrganizationalUnit.objects.filter(pk=unit).order_by().values(above)[:1]
            )
        )
        above = "parent__" + above
    return condition


_USER = Given("user", BigIntegerField())
_ON_ORGANIZATION = Statement(_on_organization)
_ON_UNIT = Statement(_on_unit)
