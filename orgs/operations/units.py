"""Creating, renaming, moving and deleting organizational units."""

from collections.abc import Iterable

from django.conf import settings

from orgs import errors, events, identifiers, names, quotas
from orgs.actor import Actor
from orgs.models import MAX_LEVELS, Organization, OrganizationalUnit, Tag
from orgs.operations.accounts import find_move
from orgs.operations.attachments import attach_full_access
from orgs.operations.change import change
from orgs.operations.effective_tag_policies import settle_tag_policies
from orgs.permissions import Permission


def create_organizational_unit(
    *, actor: Actor, parent_id: str, name: str, tags: Iterable[tuple[str, str]] = ()
) -> OrganizationalUnit:
    """Create a unit under the root or another unit, with its first tags.

    Raises:
        InvalidParameter: name, id or tags.
        ParentNotFound, OuDepthExceeded, OuNameConflict, OuQuotaExceeded, TagQuotaExceeded.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: CreateOrganizationalUnit. Rules: R-OU-3 to R-OU-8, R-GEN-5.
    """
    with change(actor, Permission.CREATE_UNIT) as organization:
        name = names.unit_name(name)
        tagged = names.tags(tags, wide=settings.TAG_CHARACTERS_WIDE)
        parent = organization.units.with_path().find_parent(parent_id)
        _require_depth(len(parent.path))
        _require_free_name(parent, name)
        quotas.require_room_for_units(organization)
        quotas.require_room_for_tags(name, wanted=len(tagged))

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
    with change(actor, Permission.UPDATE_UNIT) as organization:
        name = names.unit_name(name)
        unit = organization.units.with_path().find(unit_id)
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
    with change(actor, Permission.MOVE_UNIT) as organization:
        # What is no id is refused before anything is looked up: the contract's order of checks.
        identifiers.UNIT.require(unit_id, field="organizational_unit_id")
        identifiers.ROOT_OR_UNIT.require(source_parent_id, field="source_parent_id")
        identifiers.ROOT_OR_UNIT.require(destination_parent_id, field="destination_parent_id")
        unit = organization.units.with_path().find(unit_id)
        organization.units.find_parent(source_parent_id, field="source_parent_id")
        destination = organization.units.with_path().find_parent(
            destination_parent_id, field="destination_parent_id"
        )
        source = unit.parent
        assert source is not None  # noqa: S101  (find never returns the root)
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
    with change(actor, Permission.MOVE_UNIT) as organization:
        (undone,) = find_move(organization, number, events.Kind.UNIT_MOVED)
        unit = organization.units.with_path().find(undone.moved_id)
        source = unit.parent
        assert source is not None  # noqa: S101  (find never returns the root)
        if source.pk != undone.to_id:
            raise errors.MovedMeanwhile(name=unit.name, place=source.name)
        destination = organization.units.with_path().find_parent(undone.from_id)
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
    with change(actor, Permission.DELETE_UNIT) as organization:
        unit = organization.units.with_path().find(unit_id)
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
        events.record(actor, organization, events.Kind.UNIT_DELETED, [target])
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
