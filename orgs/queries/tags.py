"""Tags of a resource, keys in use, and resources by their tags (R-TAG, R-TQ)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from orgs import errors, identifiers, names
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.identifiers import Identifier
from orgs.models import Account, OrganizationalUnit, Policy, Tag
from orgs.permissions import Permission
from orgs.queries.paging import Page, Place, page_size, take
from orgs.queries.units import require_structure

LARGEST_FOUND = 1_000
MOST_KEYS = MOST_VALUES = 10
KEY_LENGTH = 127
VALUE_LENGTH = 255


class Kind(StrEnum):
    """What can carry tags."""

    ROOT = "root"
    UNIT = "unit"
    ACCOUNT = "account"
    POLICY = "policy"

    @property
    def identifier(self) -> Identifier:
        """How ids of the kind look."""
        return {
            Kind.ROOT: identifiers.ROOT,
            Kind.UNIT: identifiers.UNIT,
            Kind.ACCOUNT: identifiers.ACCOUNT,
            Kind.POLICY: identifiers.POLICY,
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagFilter:
    """Which resources are meant. `tags` maps each key to the values that pass; no value means any."""

    tags: Sequence[tuple[str, Sequence[str]]] = ()
    without_any_tag: bool = False
    name_starts_with: str | None = None


class Resource(NamedTuple):
    """A resource that was found, with all its tags."""

    id: str
    name: str
    tags: Sequence[tuple[str, str]]


class TagRow(NamedTuple):
    """One tag."""

    key: str
    value: str


def list_tags(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    resource_id: str,
    among: Identifier = identifiers.TAGGABLE,
    limit: int | None = None,
    place: Place | None = None,
) -> Page[TagRow]:
    """The tags of a resource, the oldest first. `among` says of which kind it has to be (R-TAG-10).

    Raises:
        NotManagementOrDelegated, InvalidParameter, TagResourceNotFound.

    Contract: ListTagsForResource, ListTagResources.
    """
    require_structure(permissions)
    size = page_size(limit)
    checked = identifiers.TAGGABLE.require(resource_id, field="resource_id")
    kind = next(kind for kind in Kind if kind.identifier.fits(checked))
    if not among.fits(checked) or not _is_there(actor, kind, checked):
        raise errors.TagResourceNotFound(resource_id=checked)
    rows = Tag.objects.filter(**{_COLUMN[kind]: checked}, organization=actor.organization_id)
    if place is not None:
        rows = rows.filter(pk__gt=int(place[0]))
    found, has_more = take(rows.order_by("pk").values_list("key", "value", "pk"), size)
    tags = [TagRow(key, value) for key, value, _pk in found]
    return Page(tags, (str(found[-1][2]),) if has_more else None)


def list_tag_keys(
    *, actor: Actor, permissions: frozenset[Permission], kind: Kind
) -> Mapping[str, Sequence[str]]:
    """Every key in use on a kind of resource, with all its different values, sorted (R-TQ-10).

    Raises:
        NotManagementOrDelegated.

    Contract: ListResourceTags.
    """
    require_structure(permissions)
    found: dict[str, list[str]] = defaultdict(list)
    rows = Tag.objects.filter(organization=actor.organization_id, **_CARRIED_BY[kind])
    pairs = rows.order_by("key", "value").values_list("key", "value").distinct()
    for key, value in pairs:
        found[key].append(value)
    return found


def find_resources(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    kind: Kind,
    only: TagFilter,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[Sequence[Resource], int]:
    """The resources of a kind that a filter lets through, by name and id, and how many there are in all.

    Raises:
        NotManagementOrDelegated, InvalidParameter: R-TQ-2, R-TQ-5, R-TQ-7.

    Contract: ListResourceInstances. Rules: R-TQ-1 to R-TQ-9.
    """
    require_structure(permissions)
    size = page_size(limit, largest=LARGEST_FOUND, default=LARGEST_FOUND)
    rows = _found(actor, kind, only)
    total = rows.count()
    page = list(rows.order_by("name_key", "pk").values_list("pk", "name")[offset : offset + size])
    tags = _tags_of(kind, [resource_id for resource_id, _name in page])
    return [Resource(pk, name, tags.get(pk, ())) for pk, name in page], total


def count_resources(
    *, actor: Actor, permissions: frozenset[Permission], kind: Kind, only: TagFilter
) -> int:
    """How many resources of a kind a filter lets through.

    Raises:
        NotManagementOrDelegated, InvalidParameter.

    Contract: ShowResourceInstancesCount.
    """
    require_structure(permissions)
    return _found(actor, kind, only).count()


# The column of a tag that holds its resource.
_COLUMN = {
    Kind.ROOT: "unit",
    Kind.UNIT: "unit",
    Kind.ACCOUNT: "account",
    Kind.POLICY: "policy",
}
# Policies on trial have tags of their own, and are found by none (R-DRY-6).
_CARRIED_BY: dict[Kind, dict[str, Any]] = {
    Kind.ROOT: {"unit__isnull": False, "unit__parent": None},
    Kind.UNIT: {"unit__parent__isnull": False},
    Kind.ACCOUNT: {"account__isnull": False},
    Kind.POLICY: {"policy__is_dry_run": False},
}


def _is_there(actor: Actor, kind: Kind, resource_id: str) -> bool:
    if kind == Kind.POLICY:
        return Policy.objects.of(actor.organization_id).filter(pk=resource_id).exists()
    model = Account if kind == Kind.ACCOUNT else OrganizationalUnit
    rows: QuerySet[Any, Any] = model.objects.filter(pk=resource_id)
    return rows.filter(organization=actor.organization_id).exists()


def _found(actor: Actor, kind: Kind, only: TagFilter) -> QuerySet[Any, Any]:
    """The rows that pass, unsorted; of policies those that the organization has made (R-TQ-9)."""
    condition = _condition(kind, only)
    if kind == Kind.POLICY:
        return Policy.objects.enforced().filter(condition, organization=actor.organization_id)
    if kind == Kind.ACCOUNT:
        return Account.objects.filter(condition, organization=actor.organization_id)
    return OrganizationalUnit.objects.filter(
        condition, organization=actor.organization_id, parent__isnull=(kind == Kind.ROOT)
    )


def _condition(kind: Kind, only: TagFilter) -> Q:
    carried = Tag.objects.filter(**{_COLUMN[kind]: OuterRef("pk")})
    condition = Q()
    if only.without_any_tag:
        condition &= ~Q(Exists(carried))
    else:
        _require_tags(only.tags)
        for key, values in only.tags:
            wanted = carried.filter(key=key)
            condition &= Q(Exists(wanted.filter(value__in=values) if values else wanted))
    if only.name_starts_with:
        condition &= Q(name_key__startswith=names.name_key(only.name_starts_with))
    return condition


def _require_tags(tags: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Refuse what no filter can be (R-TQ-2)."""
    if len(tags) > MOST_KEYS:
        raise InvalidParameter(field="tags", reason=Reason.TOO_MANY, limit=MOST_KEYS)
    keys: set[str] = set()
    for place, (key, values) in enumerate(tags):
        field = f"tags[{place}].key"
        if not key:
            raise InvalidParameter(field=field, reason=Reason.EMPTY)
        if len(key) > KEY_LENGTH:
            raise InvalidParameter(field=field, reason=Reason.TOO_LONG, limit=KEY_LENGTH)
        if key in keys:
            raise InvalidParameter(field=field, reason=Reason.REPEATED, value=key)
        keys.add(key)
        _require_values(values, field=f"tags[{place}].values")


def _require_values(values: Sequence[str], *, field: str) -> None:
    if len(values) > MOST_VALUES:
        raise InvalidParameter(field=field, reason=Reason.TOO_MANY, limit=MOST_VALUES)
    seen: set[str] = set()
    for place, value in enumerate(values):
        if len(value) > VALUE_LENGTH:
            raise InvalidParameter(
                field=f"{field}[{place}]", reason=Reason.TOO_LONG, limit=VALUE_LENGTH
            )
        if value in seen:
            raise InvalidParameter(field=f"{field}[{place}]", reason=Reason.REPEATED, value=value)
        seen.add(value)


def _tags_of(kind: Kind, resource_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    column = _COLUMN[kind]
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = Tag.objects.filter(**{f"{column}__in": resource_ids}).order_by("key")
    for resource_id, key, value in rows.values_list(f"{column}_id", "key", "value"):
        found[resource_id].append((key, value))
    return found
