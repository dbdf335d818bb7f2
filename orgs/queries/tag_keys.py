"""The tags in use in an organization: their keys, the values of a key, and what carries them.

Each list comes in parts that follow one another by key, by value or by id. A part costs two statements
beside the grants; they read the index of the tags that are counted, never the resources themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from orgs import names
from orgs.actor import Actor
from orgs.models import Account, Organization, OrganizationalUnit, Policy, Tag
from orgs.permissions import Permission
from orgs.queries.sight import judge
from orgs.queries.tags import Kind

PART = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """A key, or a value of a key, and how many resources of each kind have it."""

    text: str
    on: Mapping[Kind, int]
    values: int = 0  # of a key: how many different ones there are

    @property
    def total(self) -> int:
        """On how many resources it is."""
        return sum(self.on.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class InUsePart:
    """Up to 50 keys or values; the next part is asked for with `after`, which the last part does not have."""

    organization: Organization
    permissions: frozenset[Permission]
    rows: Sequence[InUse]
    after: str | None


@dataclass(frozen=True, slots=True)
class Carrier:
    """A root, unit, account or policy that has a tag, and the value it has."""

    kind: Kind
    id: str
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierPart:
    """Up to 50 of them, by id."""

    organization: Organization
    permissions: frozenset[Permission]
    rows: Sequence[Carrier]
    after: str | None


def list_keys(
    *, actor: Actor, part_of_key: str = "", kind: Kind | None = None, after: str = ""
) -> InUsePart:
    """The keys in use, in their order; only those that hold a text, or that are on a kind of resource.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization, permissions = judge(actor, None)
    rows = _tags(organization, kind)
    if part_of_key:
        rows = rows.filter(key__icontains=part_of_key) if names.prints(part_of_key) else rows.none()
    return _part(organization, permissions, rows, "key", after, with_values=True)


def list_values(
    *,
    actor: Actor,
    key: str,
    part_of_value: str = "",
    kind: Kind | None = None,
    after: str | None = None,
) -> InUsePart:
    """The values that a key has, in their order. The empty value is one of them, so `after` may be None.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization, permissions = judge(actor, None)
    rows = _tags(organization, kind)
    rows = rows.filter(key=key) if names.prints(key) else rows.none()
    if part_of_value:
        prints = names.prints(part_of_value)
        rows = rows.filter(value__icontains=part_of_value) if prints else rows.none()
    return _part(organization, permissions, rows, "value", after)


def list_carriers(
    *, actor: Actor, kind: Kind, key: str, value: str | None = None, after: str = ""
) -> CarrierPart:
    """The resources of a kind that have a tag with this key, and with this value where one is given.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization, permissions = judge(actor, None)
    rows = _tags(organization, kind)
    texts = [key, after, *([value] if value is not None else [])]
    rows = rows.filter(key=key) if all(names.prints(text) for text in texts) else rows.none()
    if value is not None:
        rows = rows.filter(value=value)
    column = column_of(kind)
    if after:
        rows = rows.filter(**{f"{column}__gt": after})
    facts = (f"{column}_id", f"{column}__name", "value")
    found = list(rows.order_by(column).values_list(*facts)[: PART + 1])
    return CarrierPart(
        organization=organization,
        permissions=permissions,
        rows=[Carrier(kind, *row) for row in found[:PART]],
        after=found[PART - 1][0] if len(found) > PART else None,
    )


def column_of(kind: Kind) -> str:
    """What a tag calls a resource of the kind."""
    return {Kind.ACCOUNT: "account", Kind.POLICY: "policy"}.get(kind, "unit")


def resources_of(
    organization: Organization, kind: Kind
) -> "QuerySet[Account] | QuerySet[OrganizationalUnit] | QuerySet[Policy]":
    """The resources of a kind that can carry tags."""
    if kind == Kind.ACCOUNT:
        return organization.accounts.all()
    if kind == Kind.POLICY:
        return organization.policies.all()
    return organization.units.filter(parent__isnull=kind == Kind.ROOT).order_by()


def _tags(organization: Organization, kind: Kind | None) -> QuerySet[Tag]:
    rows = Tag.objects.filter(organization=organization).order_by()
    if kind is None:
        return rows
    if kind == Kind.ROOT:
        return rows.filter(unit__in=_root(organization))
    if kind == Kind.UNIT:
        return rows.filter(unit__isnull=False).exclude(unit__in=_root(organization))
    return rows.filter(**{f"{column_of(kind)}__isnull": False})


def _root(organization: Organization) -> QuerySet[OrganizationalUnit, Any]:
    return organization.units.filter(parent=None).order_by().values("pk")


def _part(
    organization: Organization,
    permissions: frozenset[Permission],
    rows: QuerySet[Tag],
    column: str,
    after: str | None,
    *,
    with_values: bool = False,
) -> InUsePart:
    """A part of the keys or values. One statement; the root is told from the units in the same."""
    if after:
        rows = rows.filter(**{f"{column}__gt": after}) if names.prints(after) else rows.none()
    elif after is not None and column == "value":
        rows = rows.exclude(value="")
    counted = {
        "accounts": Count("account"),
        "policies": Count("policy"),
        "units": Count("unit"),
        "roots": Count("unit", filter=Q(unit__in=_root(organization))),
    }
    if with_values:
        counted["different"] = Count("value", distinct=True)
    found = list(rows.values(column).annotate(**counted).order_by(column)[: PART + 1])
    shown = [
        InUse(
            text=row[column],
            on={
                Kind.ACCOUNT: row["accounts"],
                Kind.UNIT: row["units"] - row["roots"],
                Kind.ROOT: row["roots"],
                Kind.POLICY: row["policies"],
            },
            values=row.get("different", 0),
        )
        for row in found[:PART]
    ]
    return InUsePart(
        organization=organization,
        permissions=permissions,
        rows=shown,
        after=shown[-1].text if len(found) > PART else None,
    )
