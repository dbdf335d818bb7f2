"""Tags on roots, units, accounts and policies."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db.models import Q, QuerySet

from orgs import errors, events, identifiers, names, quotas
from orgs.actor import Actor
from orgs.identifiers import Identifier
from orgs.models import Account, Organization, OrganizationalUnit, Policy, Tag
from orgs.operations.change import Reach, place_change
from orgs.operations.enforced_tags import require_allowed_tags
from orgs.permissions import Permission
from orgs.queries.own_calls import Action, OwnCall
from orgs.queries.tag_rules import Taggable


def tag_resource(
    *,
    actor: Actor,
    resource_id: str,
    tags: Iterable[tuple[str, str]],
    among: Identifier = identifiers.TAGGABLE,
) -> None:
    """Add up to 20 tags to a root, unit, account or policy: all of them, or none.

    Raises:
        InvalidParameter: R-TAG-1, R-TAG-3 to R-TAG-8.
        TagResourceNotFound: also when the id is of another kind than `among` (R-TAG-10).
        TagQuotaExceeded.
        TagConflict: the resource has one of the keys already (R-TAG-7).
        TagPolicyViolated: a tag policy is enforced on such resources (R-TP-5).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: TagResource, CreateTagResource.
    """
    given = list(tags)
    call = OwnCall(Action.TAG, resource_ids=[resource_id], tags=given)
    with place_change(actor, Permission.TAG_RESOURCE, call) as (organization, reach):
        wanted = names.tags(given, wide=settings.TAG_CHARACTERS_WIDE)
        if not wanted:
            raise errors.InvalidParameter(field="tags", reason=errors.Reason.NONE_GIVEN)
        resource = find_resource(organization, resource_id, among=among)
        _require_reach(reach, [resource])
        present = dict(resource.tags.values_list("key", "value"))
        for key in wanted:
            if key in present:
                raise errors.TagConflict(resource_name=resource.name, key=key)
        quotas.require_room_for_tags(resource.name, wanted=len(present) + len(wanted))
        require_allowed_tags(organization, {resource.pk: wanted}, [resource])

        place = _place(resource)
        Tag.objects.bulk_create(
            Tag(organization=organization, key=key, value=value, **place)
            for key, value in wanted.items()
        )
        target = _target(resource, before=present, after=present | wanted)
        events.record(actor, organization, events.Kind.TAGS_ADDED, [target])


def untag_resource(
    *,
    actor: Actor,
    resource_id: str,
    tag_keys: Iterable[str],
    among: Identifier = identifiers.TAGGABLE,
) -> None:
    """Remove tags by key; keys that are not there are ignored (R-TAG-9).

    Raises:
        InvalidParameter.
        TagResourceNotFound: also when the id is of another kind than `among` (R-TAG-10).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: UntagResource, DeleteTagResource.
    """
    given = list(tag_keys)
    call = OwnCall(Action.UNTAG, resource_ids=[resource_id], tag_keys=given)
    with place_change(actor, Permission.TAG_RESOURCE, call) as (organization, reach):
        keys = names.tag_keys(given)
        resource = find_resource(organization, resource_id, among=among)
        _require_reach(reach, [resource])
        present = dict(resource.tags.values_list("key", "value"))
        left = {key: value for key, value in present.items() if key not in keys}
        if left == present:
            return
        resource.tags.filter(key__in=keys).delete()
        target = _target(resource, before=present, after=left)
        events.record(actor, organization, events.Kind.TAGS_REMOVED, [target])


def update_tags(
    *,
    actor: Actor,
    resource_id: str,
    tags: Iterable[tuple[str, str]] = (),
    removed_keys: Iterable[str] = (),
) -> None:
    """Give up to 20 tags of a resource their values and remove up to 20 others.

    What `update_tags_of_resources` does, for one of them.
    """
    update_tags_of_resources(
        actor=actor, resource_ids=[resource_id], tags=tags, removed_keys=removed_keys
    )


def update_tags_of_resources(
    *,
    actor: Actor,
    resource_ids: Sequence[str],
    tags: Iterable[tuple[str, str]] = (),
    removed_keys: Iterable[str] = (),
) -> int:
    """Give up to 20 tags their values and remove up to 20 others, on each of up to 1,000 resources.

    All of it in one change, or nothing. A key that is there gets the value, one that is not is added; keys
    to remove that are not there are ignored. Tags that are not named stay. Returns how many resources were
    changed. The vendor's API changes a value by removing and adding, on one resource. (ours; R-GEN-5)

    Raises:
        InvalidParameter: R-TAG-1, R-TAG-3 to R-TAG-8; or a key is to be kept and removed at once; or no
            resource, too many, or one of them twice.
        TagResourceNotFound, TagQuotaExceeded, TagPolicyViolated: for the first resource that cannot be
            changed.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    given, given_up = list(tags), list(removed_keys)
    calls = _calls(resource_ids, given, given_up)
    with place_change(actor, Permission.TAG_RESOURCE, *calls) as (organization, reach):
        _require_distinct(resource_ids)
        wanted = names.tags(given, wide=settings.TAG_CHARACTERS_WIDE)
        removed = names.tag_keys(given_up) if given_up or not wanted else []
        for key in removed:
            if key in wanted:
                raise errors.InvalidParameter(
                    field="removed_keys", reason=errors.Reason.REPEATED, value=key
                )
        resources = _find_resources(organization, resource_ids)
        _require_reach(reach, resources)
        tagged = _tags_of(resources)
        changed, targets, given_now = [], [], {}
        for resource in resources:
            present = tagged[resource.pk]
            left = {key: value for key, value in present.items() if key not in removed} | wanted
            if left == present:
                continue
            quotas.require_room_for_tags(resource.name, wanted=len(left))
            changed.append(resource)
            given_now[resource.pk] = {
                key: value for key, value in wanted.items() if present.get(key) != value
            }
            targets.append(_target(resource, before=present, after=left))
        if not changed:
            return 0
        require_allowed_tags(organization, given_now, changed)

        _tags_on(changed).filter(key__in=[*removed, *wanted]).delete()
        Tag.objects.bulk_create(
            Tag(organization=organization, key=key, value=value, **_place(resource))
            for resource in changed
            for key, value in wanted.items()
        )
        events.record(actor, organization, events.Kind.TAGS_CHANGED, targets)
        return len(changed)


def _calls(
    resource_ids: Sequence[str], tags: Sequence[tuple[str, str]], removed_keys: Sequence[str]
) -> list[OwnCall]:
    """What the change is in the contract's words: tagging, untagging, or both."""
    tagging = OwnCall(Action.TAG, resource_ids=resource_ids, tags=tags)
    untagging = OwnCall(Action.UNTAG, resource_ids=resource_ids, tag_keys=removed_keys)
    if not removed_keys:
        return [tagging]
    return [tagging, untagging] if tags else [untagging]


def find_resource(
    organization: Organization, resource_id: object, *, among: Identifier = identifiers.TAGGABLE
) -> Taggable:
    """What has that id in the organization and can be tagged, of the kind that `among` recognises.

    Raises:
        InvalidParameter: an id of no kind that can be tagged.
        TagResourceNotFound: R-GEN-13.
        PolicyBuiltin: R-POL-8.
    """
    checked = identifiers.TAGGABLE.require(resource_id, field="resource_id")
    if not among.fits(checked):
        raise errors.TagResourceNotFound(resource_id=checked)
    (resource,) = _find_resources(organization, [checked])
    return resource


def _require_reach(reach: Reach, resources: Sequence[Taggable]) -> None:
    """Refuse what hangs outside of the actor's grants; a policy hangs nowhere, so its tags are outside."""
    for resource in resources:
        place = resource.unit if isinstance(resource, Account) else resource
        if isinstance(place, OrganizationalUnit):
            reach.require(place)
        else:
            reach.require_everywhere()


def _require_distinct(resource_ids: Sequence[object]) -> None:
    field = "resource_ids"
    if not resource_ids:
        raise errors.InvalidParameter(field=field, reason=errors.Reason.NONE_GIVEN)
    if len(resource_ids) > quotas.PER_CHANGE:
        raise errors.InvalidParameter(
            field=field, reason=errors.Reason.TOO_MANY, limit=quotas.PER_CHANGE
        )
    seen = set()
    for resource_id in resource_ids:
        checked = identifiers.TAGGABLE.require(resource_id, field="resource_id")
        if checked in seen:
            raise errors.InvalidParameter(field=field, reason=errors.Reason.REPEATED, value=checked)
        seen.add(checked)


def _fitting(kind: identifiers.Identifier, ids: Iterable[str]) -> list[str]:
    return [one for one in ids if kind.fits(one)]


def _find_resources(organization: Organization, resource_ids: Iterable[object]) -> list[Taggable]:
    """The resources in the order of the ids, with their paths; the first that is missing is refused."""
    ids = [identifiers.TAGGABLE.require(given, field="resource_id") for given in resource_ids]
    # Of what there is none, nothing is asked.
    found: dict[str, Taggable] = {
        **organization.units.with_path().in_bulk(_fitting(identifiers.ROOT_OR_UNIT, ids)),
        **organization.accounts.with_path().in_bulk(_fitting(identifiers.ACCOUNT, ids)),
        **Policy.objects.of(organization.pk).in_bulk(_fitting(identifiers.POLICY, ids)),
    }
    for resource_id in ids:
        if resource_id not in found:
            raise errors.TagResourceNotFound(resource_id=resource_id)
        resource = found[resource_id]
        if isinstance(resource, Policy) and resource.is_builtin:
            raise errors.PolicyBuiltin(policy_name=resource.name)
    return [found[resource_id] for resource_id in ids]


def _tags_on(resources: Sequence[Taggable]) -> QuerySet[Tag]:
    ids = [resource.pk for resource in resources]
    return Tag.objects.filter(Q(unit__in=ids) | Q(account__in=ids) | Q(policy__in=ids))


def _tags_of(resources: Sequence[Taggable]) -> dict[str, dict[str, str]]:
    """The tags of each resource, by its id."""
    tags: dict[str, dict[str, str]] = {resource.pk: {} for resource in resources}
    rows = _tags_on(resources).values_list("unit_id", "account_id", "policy_id", "key", "value")
    for unit_id, account_id, policy_id, key, value in rows:
        tags[unit_id or account_id or policy_id][key] = value
    return tags


def _place(resource: Taggable) -> dict[str, Taggable]:
    if isinstance(resource, Policy):
        return {"policy": resource}
    return {"account" if isinstance(resource, Account) else "unit": resource}


def _target(resource: Taggable, *, before: dict[str, str], after: dict[str, str]) -> events.Target:
    facts = {"before": {"tags": before}, "after": {"tags": after}}
    if isinstance(resource, Account):
        path = resource.unit.names if resource.unit else []
        return events.of_account(resource, path, **facts)
    if isinstance(resource, Policy):
        return events.of_policy(resource, **facts)
    return events.of_unit(resource, resource.names, **facts)
