"""The tags of several resources together."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from orgs import errors, identifiers, quotas
from orgs.actor import Actor
from orgs.models import Account, Organization, OrganizationalUnit, Tag
from orgs.permissions import Permission
from orgs.queries.sight import ACCOUNT_WITH_PATH, UNIT_WITH_PATH, look

VALUES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """A tag key, on how many of the resources it is, and with which values: a few of them, and how many."""

    key: str
    resources: int
    values: tuple[str, ...]
    value_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """Some resources and the keys that any of them has."""

    organization: Organization
    permissions: frozenset[Permission]
    resource_ids: tuple[str, ...]
    names: tuple[str, ...]
    keys: tuple[KeyInUse, ...]
    sees_all: bool = True


def list_tags_of_resources(*, actor: Actor, resource_ids: Sequence[str]) -> Tagged:
    """Roots, units and accounts of the actor's organization, and the tags that are on any of them.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter: none of them, or more than 1,000.
        TagResourceNotFound: one is not in the actor's organization (R-GEN-3, R-GEN-13).
    """
    ids = list(dict.fromkeys(resource_ids))[: quotas.PER_CHANGE + 1]
    known = [given for given in ids if identifiers.TAGGABLE.fits(given)]
    mine = Q(organization=actor.organization_id, pk__in=known)
    units = OrganizationalUnit.objects.filter(mine).select_related(*UNIT_WITH_PATH).order_by()
    accounts = Account.objects.filter(mine).select_related(*ACCOUNT_WITH_PATH)
    found: dict[str, OrganizationalUnit | Account] = {row.pk: row for row in units}
    found |= {row.pk: row for row in accounts}
    seen = look(actor, found.values())
    if not ids:
        raise errors.InvalidParameter(field="resource_ids", reason=errors.Reason.NONE_GIVEN)
    if len(ids) > quotas.PER_CHANGE:
        raise errors.InvalidParameter(
            field="resource_ids", reason=errors.Reason.TOO_MANY, limit=quotas.PER_CHANGE
        )
    for resource_id in ids:
        if resource_id not in found:
            raise errors.TagResourceNotFound(resource_id=resource_id)
    return Tagged(
        organization=seen.organization,
        permissions=seen.permissions,
        resource_ids=tuple(ids),
        names=tuple(found[resource_id].name for resource_id in ids),
        keys=_keys(ids),
        sees_all=seen.is_all,
    )


def _keys(ids: Sequence[str]) -> tuple[KeyInUse, ...]:
    values: dict[str, list[str]] = {}
    on_them = Tag.objects.filter(Q(unit__in=ids) | Q(account__in=ids))
    for key, value in on_them.order_by("key", "value").values_list("key", "value"):
        values.setdefault(key, []).append(value)
    return tuple(
        KeyInUse(key, len(given), tuple(dict.fromkeys(given))[:VALUES_SHOWN], len(set(given)))
        for key, given in values.items()
    )
