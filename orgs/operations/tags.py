"""Tags on roots, units and accounts."""

from collections.abc import Iterable

from django.conf import settings

from orgs import errors, events, identifiers, names, quotas
from orgs.actor import Actor
from orgs.identifiers import Identifier
from orgs.models import Account, Organization, OrganizationalUnit, Tag
from orgs.operations.change import change
from orgs.permissions import Permission

Taggable = OrganizationalUnit | Account


def tag_resource(
    *,
    actor: Actor,
    resource_id: str,
    tags: Iterable[tuple[str, str]],
    among: Identifier = identifiers.TAGGABLE,
) -> None:
    """Add up to 20 tags to a root, unit or account: all of them, or none.

    Raises:
        InvalidParameter: R-TAG-1, R-TAG-3 to R-TAG-8.
        TagResourceNotFound: also when the id is of another kind than `among` (R-TAG-10).
        TagQuotaExceeded.
        TagConflict: the resource has one of the keys already (R-TAG-7).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: TagResource, CreateTagResource.
    """
    with change(actor, Permission.TAG_RESOURCE) as organization:
        wanted = names.tags(tags, wide=settings.TAG_CHARACTERS_WIDE)
        if not wanted:
            raise errors.InvalidParameter(field="tags", reason=errors.Reason.NONE_GIVEN)
        resource = find_resource(organization, resource_id, among=among)
        present = dict(resource.tags.values_list("key", "value"))
        for key in wanted:
            if key in present:
                raise errors.TagConflict(resource_name=resource.name, key=key)
        quotas.require_room_for_tags(resource.name, wanted=len(present) + len(wanted))

        place = _place(resource)
        Tag.objects.bulk_create(
            Tag(organization=organization, key=key, value=value, **place)
            for key, value in wanted.items()
        )
        target = _target(organization, resource, before=present, after=present | wanted)
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
    with change(actor, Permission.TAG_RESOURCE) as organization:
        keys = names.tag_keys(tag_keys)
        resource = find_resource(organization, resource_id, among=among)
        present = dict(resource.tags.values_list("key", "value"))
        left = {key: value for key, value in present.items() if key not in keys}
        if left == present:
            return
        resource.tags.filter(key__in=keys).delete()
        target = _target(organization, resource, before=present, after=left)
        events.record(actor, organization, events.Kind.TAGS_REMOVED, [target])


def update_tags(
    *,
    actor: Actor,
    resource_id: str,
    tags: Iterable[tuple[str, str]] = (),
    removed_keys: Iterable[str] = (),
) -> None:
    """Give up to 20 tags their values and remove up to 20 others: all of it in one change, or nothing.

    A key that is there gets the value, one that is not is added; keys to remove that are not there are
    ignored. Tags that are not named stay. The vendor's API changes a value by removing and adding. (ours)

    Raises:
        InvalidParameter: R-TAG-1, R-TAG-3 to R-TAG-8; or a key is to be kept and removed at once.
        TagResourceNotFound, TagQuotaExceeded.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.TAG_RESOURCE) as organization:
        wanted = names.tags(tags, wide=settings.TAG_CHARACTERS_WIDE)
        given = list(removed_keys)
        removed = names.tag_keys(given) if given or not wanted else []
        for key in removed:
            if key in wanted:
                raise errors.InvalidParameter(
                    field="removed_keys", reason=errors.Reason.REPEATED, value=key
                )
        resource = find_resource(organization, resource_id)
        present = dict(resource.tags.values_list("key", "value"))
        left = {key: value for key, value in present.items() if key not in removed} | wanted
        if left == present:
            return
        quotas.require_room_for_tags(resource.name, wanted=len(left))

        changed = {key: value for key, value in left.items() if present.get(key) != value}
        resource.tags.filter(key__in=[*removed, *changed]).delete()
        place = _place(resource)
        Tag.objects.bulk_create(
            Tag(organization=organization, key=key, value=value, **place)
            for key, value in changed.items()
        )
        target = _target(organization, resource, before=present, after=left)
        events.record(actor, organization, events.Kind.TAGS_CHANGED, [target])


def find_resource(
    organization: Organization, resource_id: object, *, among: Identifier = identifiers.TAGGABLE
) -> Taggable:
    """The root, unit or account with that id in the organization, of the kind that `among` recognises.

    Raises:
        InvalidParameter: an id of no kind that can be tagged.
        TagResourceNotFound: R-GEN-13.
    """
    checked = identifiers.TAGGABLE.require(resource_id, field="resource_id")
    if not among.fits(checked):
        raise errors.TagResourceNotFound(resource_id=checked)
    found: Taggable | None
    if identifiers.ROOT_OR_UNIT.fits(checked):
        found = organization.units.with_path().filter(pk=checked).first()
    else:
        found = organization.accounts.filter(pk=checked).first()
    if found is None:
        raise errors.TagResourceNotFound(resource_id=checked)
    return found


def _place(resource: Taggable) -> dict[str, Taggable]:
    return {"account" if isinstance(resource, Account) else "unit": resource}


def _target(
    organization: Organization,
    resource: Taggable,
    *,
    before: dict[str, str],
    after: dict[str, str],
) -> events.Target:
    facts = {"before": {"tags": before}, "after": {"tags": after}}
    if isinstance(resource, Account):
        unit = organization.units.with_path().get(pk=resource.unit_id)
        return events.of_account(resource, unit.names, **facts)
    return events.of_unit(resource, resource.names, **facts)
