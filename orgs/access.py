"""The two questions about rights: can, require. And what an actor may do, somewhere or anywhere."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import (
    BigIntegerField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    StringAgg,
    Subquery,
    Value,
)
from django.db.models.functions import Now
from django.utils import timezone

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
    ScopedGrant,
)
from orgs.permissions import Permission
from orgs.statements import Among, Given, Statement

Place = Organization | OrganizationalUnit


@dataclass(frozen=True, slots=True)
class Rights:
    """All that an actor may do in one organization: everywhere in it, and on units and what is below them.

    With it any number of places are judged without another statement, if their paths are loaded.
    """

    everywhere: frozenset[Permission] = frozenset()
    on_units: Mapping[str, frozenset[Permission]] = field(default_factory=dict)

    def at(self, place: OrganizationalUnit) -> frozenset[Permission]:
        """What the actor may do at a unit: everywhere, or granted on it or on anything above it."""
        if not self.on_units:
            return self.everywhere  # its path may not be loaded
        return self.everywhere.union(*(self.on_units.get(step.pk, ()) for step in place.path))

    def units_of(self, permission: Permission) -> frozenset[str]:
        """The units on which a right was granted."""
        return frozenset(pk for pk, granted in self.on_units.items() if permission in granted)


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
        rows = _ON_UNIT(**given, organization=place.organization_id, now=timezone.now())
    return frozenset(Permission(codename) for (codename,) in rows)


def rights_of(actor: Actor, organization_id: str) -> Rights:
    """All that the actor may do in an organization, wherever in it. One statement."""
    if actor.user_id is None:
        return Rights()
    if actor.is_switched:
        rows: Iterable[Any] = _with_units(
            organization_id, _entered_groups(actor), user=None, now=timezone.now()
        )
    else:
        rows = _WITH_UNITS(user=actor.user_id, organization=organization_id, now=timezone.now())
    everywhere: set[Permission] = set()
    on_units: dict[str, set[Permission]] = defaultdict(set)
    for codename, unit_id in rows:
        (on_units[unit_id] if unit_id else everywhere).add(Permission(codename))
    return Rights(
        frozenset(everywhere), {unit_id: frozenset(names) for unit_id, names in on_units.items()}
    )


def policies_on(actor: Actor, unit_ids: Iterable[str]) -> frozenset[str]:
    """The policies that the actor's grants on these units name for attaching. One statement."""
    granted = ScopedGrant.objects.filter(
        held_by(actor), in_force(timezone.now()), unit__in=list(unit_ids)
    )
    named = granted.exclude(policies=None).order_by().values_list("policies", flat=True)
    return frozenset(named.distinct())


def within(unit_ids: Iterable[str], *, at: str = "") -> Q:
    """What hangs in one of these units or below it; `at` is the way to the unit from what is asked.

    The path is walked by parents (R6).
    """
    steps = [
        "__".join([*([at] if at else []), *["parent"] * level]) for level in range(MAX_LEVELS + 1)
    ]
    granted = list(unit_ids)
    return Q(*((f"{step or 'pk'}__in", granted) for step in steps), _connector=Q.OR)


def outside(permission: Permission, unit_ids: Iterable[str]) -> errors.OutsideGrant:
    """Why who has a right on these units does not have it elsewhere. One statement."""
    units = OrganizationalUnit.objects.filter(pk__in=list(unit_ids)).order_by("name_key", "pk")
    names = ", ".join(units.values_list("name", flat=True))
    return errors.OutsideGrant(permission=permission.label, units=names)


def held_by(actor: Actor) -> Q:
    """The scoped grants that count for the actor: in person, and those to its account's administrators."""
    if actor.is_switched:
        return Q(account=actor.account_id) & Q(Exists(entry_of(actor)))
    administrators = Group.objects.filter(
        name=Role.ADMINISTRATOR.group_name(actor.account_id or ""), user=actor.user_id or 0
    )
    return Q(user=actor.user_id or 0) | Q(Exists(administrators), account=actor.account_id)


def in_force(now: datetime | Given | Now, *, at: str = "") -> Q:
    """Scoped grants whose time is not over; `at` is the way to them from what is asked."""
    return Q(**{f"{at}expires_at": None}) | Q(**{f"{at}expires_at__gt": now})


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


# The columns of `granted_to`, and those of `granted_below`.
GRANTED_TO = ("granted_to_groups", "granted_to_user")
GRANTED_BELOW = ("granted_below_to_groups", "granted_below_to_user")


def granted_to(*, user: str, organization: str) -> dict[str, Subquery]:
    """The codenames granted on an organization, as columns of another statement; read by `read_granted`.

    `user` and `organization` are the outer statement's columns that hold their ids.
    """
    here = Q(content_object=OuterRef(organization))
    groups = OrganizationGroupGrant.objects.filter(here, _among(_groups(OuterRef(OuterRef(user)))))
    in_person = OrganizationUserGrant.objects.filter(here, user=OuterRef(user))
    parts = zip(GRANTED_TO, (groups, in_person), strict=True)
    return {name: _together(part, "content_object") for name, part in parts}


def granted_below(*, user: str, organization: str) -> dict[str, Subquery]:
    """The same of what is granted anywhere on units of the organization, and is in force.

    Which units, the operation asks under its lock.
    """
    here = Q(scoped_grant__organization=OuterRef(organization))
    here &= in_force(Now(), at="scoped_grant__")
    groups = OrganizationalUnitGroupGrant.objects.filter(
        here, _among(_groups(OuterRef(OuterRef(user))))
    )
    in_person = OrganizationalUnitUserGrant.objects.filter(here, user=OuterRef(user))
    parts = zip(GRANTED_BELOW, (groups, in_person), strict=True)
    return {name: _together(part, "scoped_grant__organization") for name, part in parts}


def _together(grants: QuerySet[Any], by: str) -> Subquery:
    rows: QuerySet[Any, Any] = grants.order_by().values(by)
    together = rows.annotate(codenames=StringAgg("permission__codename", Value(" ")))
    return Subquery(together.values("codenames"))


def read_granted(columns: Iterable[str | None]) -> frozenset[Permission]:
    """What the columns of `granted_to` say."""
    return frozenset(Permission(name) for text in columns if text for name in text.split())


def require(actor: Actor, permission: Permission, organization: Organization, place: Place) -> None:
    """Refuse what the actor may not do at `place` in `organization`.

    Raises:
        PermissionDenied: a user of the management account whose role does not allow it (R-PERM-1).
        NotManagementAccount, NotManagementOrDelegated: a user of another account (R-GEN-1).
    """
    if not can(actor, permission, place):
        raise refusal(actor, permission, organization)


def refusal(actor: Actor, permission: Permission, organization: Organization) -> errors.OrgsError:
    """Why who may nowhere do this may not: it is a reader, or of another account (R-GEN-1, R-PERM-1)."""
    if actor.account_id == organization.management_account_id:
        return errors.PermissionDenied(permission=permission.label)
    if permission == Permission.VIEW_STRUCTURE:
        return errors.NotManagementOrDelegated()
    return errors.NotManagementAccount(permission=permission.label)


def _on_organization() -> QuerySet[Any, Any]:
    return _granted(_grants_on_organization(Given("place")))


def _on_unit() -> QuerySet[Any, Any]:
    on_path = _on_path(Given("place")) & in_force(_NOW, at="scoped_grant__")
    return _granted(
        [
            *_grants_on_organization(Given("organization")),
            OrganizationalUnitGroupGrant.objects.filter(on_path, _among(_groups())),
            OrganizationalUnitUserGrant.objects.filter(on_path, user=_USER),
        ]
    )


def _entered(actor: Actor, place: Place) -> QuerySet[Any, Any]:
    """In an entered account: what is granted to its administrators, and nothing granted in person."""
    groups = _entered_groups(actor)
    if isinstance(place, Organization):
        return _granted(
            [OrganizationGroupGrant.objects.filter(_among(groups), content_object=place.pk)]
        )
    return _granted(
        [
            OrganizationGroupGrant.objects.filter(
                _among(groups), content_object=place.organization_id
            ),
            OrganizationalUnitGroupGrant.objects.filter(
                _on_path(place.pk) & in_force(timezone.now(), at="scoped_grant__"),
                _among(groups),
            ),
        ]
    )


def _entered_groups(actor: Actor) -> QuerySet[Group, Any]:
    group = Role.ADMINISTRATOR.group_name(actor.account_id or "")
    return Group.objects.filter(Exists(entry_of(actor)), name=group).values("pk")


def _with_units(
    organization: Given | str,
    groups: QuerySet[Group, Any],
    *,
    user: Given | None,
    now: Given | datetime,
) -> QuerySet[Any, Any]:
    """Codenames, each with the unit that it is granted on; with "" those of the whole organization."""
    here = Q(content_object=organization)
    below = Q(scoped_grant__organization=organization) & in_force(now, at="scoped_grant__")
    whole: list[QuerySet[Any]] = [
        OrganizationGroupGrant.objects.filter(here, _among(groups)),
    ]
    on_units: list[QuerySet[Any]] = [
        OrganizationalUnitGroupGrant.objects.filter(below, _among(groups)),
    ]
    if user is not None:
        whole.append(OrganizationUserGrant.objects.filter(here, user=user))
        on_units.append(OrganizationalUnitUserGrant.objects.filter(below, user=user))
    first: QuerySet[Any, Any]
    first, *others = [
        *(
            part.order_by().annotate(at=Value("")).values_list("permission__codename", "at")
            for part in whole
        ),
        *(
            part.order_by()
            .annotate(at=F("content_object"))
            .values_list("permission__codename", "at")
            for part in on_units
        ),
    ]
    return first.union(*others)


def _everywhere() -> QuerySet[Any, Any]:
    return _with_units(Given("organization"), _groups(), user=_USER, now=_NOW)


def _granted(grants: list[QuerySet[Any]]) -> QuerySet[Any, Any]:
    """The codenames of all these grants."""
    first, *others = (part.order_by().values_list("permission__codename") for part in grants)
    return first.union(*others)


def _grants_on_organization(organization: Given) -> list[QuerySet[Any]]:
    here = Q(content_object=organization)
    return [
        OrganizationGroupGrant.objects.filter(here, _among(_groups())),
        OrganizationUserGrant.objects.filter(here, user=_USER),
    ]


def _groups(user: Given | OuterRef | None = None) -> QuerySet[Group, Any]:
    """The user's groups, joined by its id: a role taken away is gone with the next statement (R9)."""
    return Group.objects.filter(user=user or _USER).values("pk")


def _among(groups: QuerySet[Group, Any]) -> Among:
    """Grants to these groups. An organization has some for each of its accounts, a user is in one or two."""
    return Among("group", Subquery(groups))


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
_NOW = Given("now", DateTimeField())
_ON_ORGANIZATION = Statement(_on_organization, prepared=True)
_ON_UNIT = Statement(_on_unit, prepared=True)
_WITH_UNITS = Statement(_everywhere, prepared=True)
