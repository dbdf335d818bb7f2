"""Who may have a change previewed: whoever sees the organization any, a grantee those that it may make."""

from collections.abc import Collection, Iterable

from django.db.models import Q

from orgs import access, errors, identifiers
from orgs.actor import Actor
from orgs.models import Attachment, OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.sight import ACCOUNT_WITH_PATH, Seen, look_anywhere


def judge_preview(
    *,
    actor: Actor,
    permission: Permission,
    entity_ids: Collection[str],
    policy_ids: Collection[str] = (),
) -> Seen:
    """What the actor may do where a change would be made, which takes `permission`.

    Who has rights on units names only places that they reach, and policies that hang there or that its
    grants name. What is not in the organization is left to the preview, which knows nothing of it either.
    Two statements; of a grantee four, and two more if policies are named, however many places there are.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        OutsideGrant.
        PolicyNotFound: a policy that neither hangs there nor is named, which the actor does not see.
    """
    seen = look_anywhere(actor)
    if seen.is_all:
        return seen
    entity_ids = [one for one in entity_ids if identifiers.ENTITY.fits(one)]
    units = list(_units_of(seen, entity_ids))
    if not units:
        return seen
    granted = seen.rights.units_of(permission)
    if not granted:
        raise access.refusal(actor, permission, seen.organization)
    reached: set[str] = set()
    for unit in units:
        here = granted.intersection(step.pk for step in unit.path)
        if not here:
            raise access.outside(permission, granted)
        reached |= here
    _require_seen(seen, reached, entity_ids, policy_ids)
    at_all = frozenset.intersection(*(seen.rights.at(unit) for unit in units))
    return Seen(actor, seen.organization, at_all, seen.rights)


def _units_of(seen: Seen, entity_ids: Collection[str]) -> Iterable[OrganizationalUnit]:
    """The units among the entities, and those that the accounts among them hang in."""
    yield from seen.organization.units.with_path().filter(pk__in=entity_ids)
    accounts = seen.organization.accounts.filter(pk__in=entity_ids)
    units = {one.unit_id: one.unit for one in accounts.select_related(*ACCOUNT_WITH_PATH)}
    yield from (unit for unit in units.values() if unit is not None)


def _require_seen(
    seen: Seen, unit_ids: Collection[str], entity_ids: Collection[str], policy_ids: Collection[str]
) -> None:
    """Refuse policies that neither hang at the entities nor are named by the grants on these units."""
    if not policy_ids:
        return
    seen_ids = access.policies_on(seen.actor, unit_ids)
    hung = Attachment.objects.enforced().filter(
        Q(unit__in=entity_ids) | Q(account__in=entity_ids), organization=seen.organization
    )
    seen_ids |= frozenset(hung.values_list("policy", flat=True))
    for policy_id in policy_ids:
        if policy_id not in seen_ids:
            raise errors.PolicyNotFound(policy_id=policy_id)
