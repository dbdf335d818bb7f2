"""Creating, renaming, moving and deleting organizational units."""

from collections.abc import Iterable

from django.conf import settings

from orgs import errors, events, identifiers, names, quotas
from orgs.actor import Actor
from orgs.models import MAX_LEVELS, Organization, OrganizationalUnit, Tag
from orgs.operations.accounts import find_move, moved_by
from orgs.operations.attachments import attach_full_access
from orgs.operations.change import place_change
from orgs.operations.effective_tag_policies import settle_tag_policies
from orgs.operations.enforced_tags import require_allowed_first_tags
from orgs.operations.scoped_grants import end_grants
from orgs.permissions import Permission
from orgs.queries.own_calls import OwnCall, with_tags
from orgs.queries.tags import Kind

# What the contract calls these acts; a move, which it has not, is a change of the unit.
CREATE, UPDATE, DELETE = (
    "organizations:ous:create",
    "organizations:ous:update",
    "organizations:ous:delete",
)


def create_organizational_unit(
    *, actor: Actor, parent_id: str, name: str, tags: Iterable[tuple[str, str]] = ()
) -> OrganizationalUnit:
    """Create a unit under the root or another unit, with its first tags.

    Raises:
        InvalidParameter: name, id or tags.
        ParentNotFound, OuDepthExceeded, OuNameConflict, OuQuotaExceeded, TagQuotaExceeded.
        TagPolicyViolated: a tag policy is enforced on units there (R-TP-5).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: CreateOrganizationalUnit. Rules: R-OU-3 to R-OU-8, R-GEN-5.
    """
    tags = list(tags)
    calls = with_tags(OwnCall(CREATE, resource_ids=[parent_id], tags=tags))
    with place_change(actor, Permission.CREATE_UNIT, *calls) as (organization, reach):
        name = names.unit_name(name)
        tagged = names.tags(tags, wide=settings.TAG_CHARACTERS_WIDE)
        parent = organization.find_place(parent_id)
        reach.require(parent)
        _require_depth(len(parent.path))
        _require_free_name(parent, name)
        quotas.require_room_for_units(organization)
        quotas.require_room_for_tags(name, wanted=len(tagged))
        require_allowed_first_tags(organization, Kind.UNIT, name, tagged, under=parent)

        unit = OrganizationalUnit(organization=organization, parent=parent, name=name)
        path = [*parent.names, name]
        unit.save(force_insert=True)
        Tag.objects.bulk_create(
            Tag(organization=organization, unit=unit, key=key, value=value)
            for key, value in tagged.items()
        )
        attach_full_access(organization, units=[unit])
        after = {"name": name, "parent_id": parent.pk, "tags": tagged}
        events.record(
            actor, organization, events.Kind.UNIT_CREATED, [events.of_unit(unit, path, after=after)]
        )
        return unit


def update_organizational_unit(*, actor: Actor, unit_id: str, name: str) -> OrganizationalUnit:
    """Rename a unit. Its present name is accepted and changes nothing (R-OU-10).

    Raises:
        InvalidParameter, OuNotFound, OuNameConflict.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: UpdateOrganizationalUnit. Rules: R-OU-6, R-OU-7, R-OU-10.
    """
    call = OwnCall(UPDATE, resource_ids=[unit_id])
    with place_change(actor, Permission.UPDATE_UNIT, call) as (organization, reach):
        name = names.unit_name(name)
        unit = organization.find_unit(unit_id)
        reach.require(unit)
        if name == unit.name:
            return unit
        assert unit.parent is not None  # noqa: S101  (find never returns the root)
        _require_free_name(unit.parent, name, besides=unit)

        before = unit.name
        path = unit.names
        unit.name = name
        unit.save(update_fields=["name", "name_key"])
        target = events.of_unit(unit, path, before={"name": before}, after={"name": name})
        events.record(actor, organization, events.Kind.UNIT_RENAMED, [target])
        return unit


def move_organizational_unit(
    *, actor: Actor, unit_id: str, source_parent_id: str, destination_parent_id: str
) -> OrganizationalUnit:
    """Move a unit, and all that hangs on it, under another parent of the same organization.

    Ids, accounts and tags are kept. The vendor's API has no such call. (ours)

    Raises:
        InvalidParameter, OuNotFound, ParentNotFound.
        MoveSourceMismatch: the unit has left `source_parent_id` meanwhile.
        MoveSameParent, OuMoveIntoItself, OuDepthExceeded, OuNameConflict.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Rules: R-OU-11.
    """
    call = OwnCall(UPDATE, resource_ids=[unit_id])
    with place_change(actor, Permission.MOVE_UNIT, call) as (organization, reach):
        # What is no id is refused before anything is looked up: the contract's order of checks.
        identifiers.UNIT.require(unit_id, field="organizational_unit_id")
        identifiers.ROOT_OR_UNIT.require(source_parent_id, field="source_parent_id")
        identifiers.ROOT_OR_UNIT.require(destination_parent_id, field="destination_parent_id")
        unit = organization.find_unit(unit_id)
        organization.find_place(source_parent_id, field="source_parent_id")
        destination = organization.find_place(destination_parent_id, field="destination_parent_id")
        source = unit.parent
        assert source is not None  # noqa: S101  (find never returns the root)
        reach.require(source, destination)
        if source.pk != source_parent_id:
            raise errors.MoveSourceMismatch(name=unit.name, place=source.name)
        if source == destination:
            raise errors.MoveSameParent(name=unit.name)
        target = _move(organization, unit, source=source, destination=destination)
        events.record(actor, organization, events.Kind.UNIT_MOVED, [target])
        return unit


def undo_move(*, actor: Actor, number: int) -> OrganizationalUnit:
    """Move a unit back from where the event of that number moved it. (ours)

    It is a move like any other, with an event of its own that names the one it undoes.

    Raises:
        MoveNotFound: the event is not there, or is no move of a unit.
        MoveTooOld: 15 minutes have gone by since, or as many as the installation allows.
        MovedMeanwhile, OuNotFound, ParentNotFound: it is not as the move left it.
        OuMoveIntoItself, OuDepthExceeded, OuNameConflict.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    call = OwnCall(UPDATE, resource_ids=moved_by(actor, number, events.Kind.UNIT_MOVED))
    with place_change(actor, Permission.MOVE_UNIT, call) as (organization, reach):
        (undone,) = find_move(organization, number, events.Kind.UNIT_MOVED)
        unit = organization.find_unit(undone.moved_id)
        source = unit.parent
        assert source is not None  # noqa: S101  (find never returns the root)
        reach.require(source)
        if source.pk != undone.to_id:
            raise errors.MovedMeanwhile(name=unit.name, place=source.name)
        destination = organization.find_place(undone.from_id)
        reach.require(destination)
        target = _move(organization, unit, source=source, destination=destination)
        events.record(actor, organization, events.Kind.UNIT_MOVED, [target], undo_of=int(number))
        return unit


def delete_organizational_unit(*, actor: Actor, unit_id: str) -> None:
    """Delete a unit that holds nothing; its tags go with it (R-OU-12, R-OU-13).

    Raises:
        InvalidParameter, OuNotFound.
        OuNotEmpty: units or accounts, of any status, hang on it.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: DeleteOrganizationalUnit.
    """
    call = OwnCall(DELETE, resource_ids=[unit_id])
    with place_change(actor, Permission.DELETE_UNIT, call) as (organization, reach):
        unit = organization.find_unit(unit_id)
        reach.require(unit)
        units = organization.units.filter(parent=unit).count()
        accounts = organization.accounts.filter(unit=unit).count()
        if units or accounts:
            raise errors.OuNotEmpty(name=unit.name, units=units, accounts=accounts)

        before = {
            "name": unit.name,
            "parent_id": unit.parent_id,
            "tags": dict(unit.tags.values_list("key", "value")),
        }
        target = events.of_unit(unit, unit.names, before=before)
        ended = end_grants(unit.scoped_grants.all())
        events.record(actor, organization, events.Kind.UNIT_DELETED, [target, *ended])
        unit.delete()


def _move(
    organization: Organization,
    unit: OrganizationalUnit,
    *,
    source: OrganizationalUnit,
    destination: OrganizationalUnit,
) -> events.Target:
    """Hang it there, if it may hang there; the caller records the event, with this target (R-OU-11)."""
    if unit in destination.path:
        raise errors.OuMoveIntoItself(name=unit.name)
    _require_depth(len(destination.path) - 1 + _levels(organization, unit))
    _require_free_name(destination, unit.name)

    before, after = unit.names, [*destination.names, unit.name]
    unit.parent = destination
    unit.save(update_fields=["parent"])
    settle_tag_policies(organization, [unit.pk], moved_from={unit.pk: source.pk})
    return events.of_unit(
        unit,
        before,
        before={"parent_id": source.pk, "path": before},
        after={"parent_id": destination.pk, "path": after},
    )


def _require_depth(levels: int) -> None:
    """Refuse a unit on a level below the fifth (R-OU-4)."""
    if levels > MAX_LEVELS:
        raise errors.OuDepthExceeded(limit=MAX_LEVELS, levels=levels)


def _require_free_name(
    parent: OrganizationalUnit, name: str, *, besides: OrganizationalUnit | None = None
) -> None:
    """Refuse a name that a sibling has, compared without regard to case (R-OU-6, R-OU-7)."""
    siblings = OrganizationalUnit.objects.filter(parent=parent, name_key=names.name_key(name))
    if besides is not None:
        siblings = siblings.exclude(pk=besides.pk)
    if siblings.exists():
        raise errors.OuNameConflict(name=name, parent_name=parent.name)


def _levels(organization: Organization, unit: OrganizationalUnit) -> int:
    """How many levels the unit and what is below it take up, found by parents (R6)."""
    levels, row = 0, [unit.pk]
    while row:
        levels += 1
        row = list(organization.units.filter(parent__in=row).values_list("pk", flat=True))
    return levels
