"""An organization as large as a test needs, made in one go."""

from datetime import timedelta

from django.utils import timezone

from orgs import identifiers, names
from orgs.models import (
    Account,
    ClosingRequest,
    ClosingState,
    CreationRequest,
    CreationState,
    DepartureKind,
    FailureReason,
    InvitationState,
    JoinMethod,
    Organization,
    OrganizationalUnit,
    TargetType,
)

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


def add_comings_and_goings(organization: Organization, member: Account, *, each: int = 4) -> None:
    """Accounts on their way in and out, some of each kind in each of their states; one of each runs."""
    now = timezone.now()
    root = organization.root
    for number in range(each):
        at = now - timedelta(minutes=number)
        stranger = Account.objects.create(name=f"stranger-{number}", created_at=now)
        ended = {} if number == 0 else {"state": InvitationState.DECLINED, "updated_at": at}
        organization.invitations.create(
            account=stranger,
            target_type=TargetType.ACCOUNT,
            target=stranger.pk,
            notes="Welcome",
            destination=root,
            created_at=at,
            expires_at=at + timedelta(days=14),
            mailed_at=at,
            resent_at=at,
            **ended,
        )
        failed = {
            "state": CreationState.FAILED,
            "completed_at": at,
            "failure_reason": FailureReason.INVALID_PHONE,
            "failure_detail": "no such prefix",
        }
        CreationRequest.objects.create(
            organization=organization,
            account_name=f"wanted-{number}",
            destination=root,
            created_at=at,
            **(failed if number else {}),
        )
        ClosingRequest.objects.create(
            organization=organization,
            account=stranger if number else member,
            state=ClosingState.FAILED if number else ClosingState.PENDING_CLOSURE,
            created_at=at,
            updated_at=at if number else None,
            failure_reason=FailureReason.INTERNAL_FAILURE if number else "",
            failure_detail="it would not close" if number else "",
        )
        organization.departures.create(
            account=stranger if number else member,
            account_name=f"went-{number}",
            kind=DepartureKind.REMOVED,
            join_method=JoinMethod.CREATED,
            joined_at=at,
            departed_at=at,
        )
