"""Repairing what the integrity check finds wrong in a tree."""

from orgs import events, identifiers, nested_set
from orgs.actor import Actor
from orgs.models import Organization, OrganizationalUnit
from orgs.operations.change import operator_change

ROWS_PER_UPDATE = 500


def repair_tree(*, actor: Actor, organization_id: str) -> int:
    """Compute lft, rght, level and tree_id of an organization's units anew; the parents are the truth.

    Siblings keep the order they had as far as it can be told. Returns how many units were wrong.

    Raises:
        OperatorOnly, OrganizationNotFound, ConcurrentModification.

    Source: reliability rule R6, invariants I3 and I4.
    """
    with operator_change(actor, organization_id) as organization:
        units = list(organization.units.order_by("lft", "name_key", "pk"))
        by_id = {unit.pk: unit for unit in units}
        root = next(unit for unit in units if unit.is_root)
        tree_id = _tree_id(organization, root)
        children = nested_set.children_of((unit.pk, unit.parent_id) for unit in units)
        wrong = []
        for unit_id, place in nested_set.places(root.pk, children).items():
            unit = by_id[unit_id]
            wanted = (place.lft, place.rght, place.level, tree_id)
            if (unit.lft, unit.rght, unit.level, unit.tree_id) != wanted:
                unit.lft, unit.rght, unit.level, unit.tree_id = wanted
                wrong.append(unit)
        if not wrong:
            return 0
        OrganizationalUnit.objects.bulk_update(
            wrong, ["lft", "rght", "level", "tree_id"], batch_size=ROWS_PER_UPDATE
        )
        target = events.of_organization(organization, after={"repaired_units": len(wrong)})
        events.record(actor, organization, events.Kind.TREE_REPAIRED, [target])
        return len(wrong)


def _tree_id(organization: Organization, root: OrganizationalUnit) -> int:
    """The root's tree number, or a fresh one where another organization has the same (I4)."""
    others = OrganizationalUnit.objects.exclude(organization=organization)
    if others.filter(parent=None, tree_id=root.tree_id).exists():
        return identifiers.new_tree_id()
    return root.tree_id
