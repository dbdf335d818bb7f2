"""An organization as large as a test needs, made in one go."""

from django.utils import timezone

from orgs import identifiers, names
from orgs.models import Account, JoinMethod, Organization, OrganizationalUnit

BRANCHING = 60


def grow(organization: Organization, *, units: int, accounts: int) -> None:
    """Hang `units` under the root, some 60 to a parent, and spread `accounts` over all of them.

    A tenth of the accounts lies directly in the root.
    """
    root = organization.root
    parents = [root]
    children: dict[str, list[OrganizationalUnit]] = {}
    made: list[OrganizationalUnit] = []
    for number in range(units):
        parent = parents[number // BRANCHING]
        unit = OrganizationalUnit(
            id=identifiers.new_unit_id(),
            organization=organization,
            parent=parent,
            name=f"Unit {number:05}",
            name_key=names.name_key(f"Unit {number:05}"),
            tree_id=root.tree_id,
            level=parent.level + 1,
        )
        made.append(unit)
        parents.append(unit)
        children.setdefault(parent.pk, []).append(unit)
    _number(root, children, 1)
    root.save(update_fields=["lft", "rght"])
    OrganizationalUnit.objects.bulk_create(made, batch_size=500)
    places = [root, *made]
    now = timezone.now()
    Account.objects.bulk_create(
        (
            Account(
                name=f"grown-{organization.pk[-6:]}-{number:06}",
                name_key=f"grown-{organization.pk[-6:]}-{number:06}",
                organization=organization,
                unit=root if number % 10 == 0 else places[number % len(places)],
                join_method=JoinMethod.CREATED,
                joined_at=now,
                created_at=now,
            )
            for number in range(accounts)
        ),
        batch_size=500,
    )


def _number(
    unit: OrganizationalUnit, children: dict[str, list[OrganizationalUnit]], place: int
) -> int:
    """Give the unit and everything below it lft and rght from `place` on; the next free number."""
    unit.lft = place
    place += 1
    for child in children.get(unit.pk, []):
        place = _number(child, children, place)
    unit.rght = place
    return place + 1
