"""The invitations to the actor's own account, as a person reads them before deciding.

An id is no credential: they are shown to the users of the invited account who have a role in it, and to
nobody else (R-INV-11, R-INV-17). The wire's lists are in `invitations`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.contrib.auth.models import Group
from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.models import Invitation, InvitationState, Role
from orgs.queries.paging import Place, before_time, take

PART = 50


class ReceivedInvitation(NamedTuple):
    """What the invited account is told; `state` and `ended_at` as the clock says (R-INV-8, R-INV-12).

    Of the organization it learns who asks and where it would hang, not what else there is (R-ORG-7).
    """

    id: str
    organization_id: str
    organization_name: str
    organization_deleted_at: datetime | None
    management_account_id: str
    management_account_name: str
    notes: str
    tags: dict[str, str]
    unit_name: str | None  # None: directly under the root
    state: InvitationState
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it can be answered."""
        return self.state == InvitationState.PENDING


COLUMNS = (
    "pk",
    "organization_id",
    "organization__name",
    "organization__deleted_at",
    "organization__management_account_id",
    "organization__management_account__name",
    "notes",
    "tags",
    "destination__name",
    "state",
    "created_at",
    "expires_at",
    "updated_at",
)


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a part of the ended ones stopped."""

    created_at: datetime
    id: str

    def __str__(self) -> str:
        return f"{self.id}:{self.created_at.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The marker that `str` wrote.

        Raises:
            InvalidParameter: it did not.
        """
        invitation_id, _colon, written = text.partition(":")
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None or not identifiers.INVITATION.fits(invitation_id):
            raise errors.InvalidParameter(field="before", reason=errors.Reason.NOT_AN_ID)
        return cls(at, invitation_id)

    @property
    def place(self) -> Place:
        """The same, as lists go on from it."""
        return (self.created_at.isoformat(), self.id)


@dataclass(frozen=True, slots=True)
class Received:
    """The open ones, and a part of those that have ended; `before` leads to the next part."""

    open: Sequence[ReceivedInvitation]
    ended: Sequence[ReceivedInvitation]
    before: Marker | None


def list_received(*, actor: Actor, before: str = "") -> Received:
    """Open invitations first, the one that ends soonest on top; then ended ones, newest first.

    Two statements.

    Raises:
        InvalidParameter: `before` is no marker of this list.
    """
    place = Marker.parse(before).place if before else None
    now = timezone.now()
    received = _received(actor)
    is_open = Q(state=InvitationState.PENDING, expires_at__gt=now)
    opened = received.filter(is_open).order_by("expires_at", "pk").values_list(*COLUMNS)
    others = received.exclude(is_open).filter(before_time(place, "created_at"))
    found, is_followed = take(
        others.order_by("-created_at", "-pk").values_list(*COLUMNS),
        PART,
    )
    ended = [_row(values, now) for values in found]
    return Received(
        open=[_row(values, now) for values in opened],
        ended=ended,
        before=Marker(ended[-1].created_at, ended[-1].id) if is_followed else None,
    )


def list_open(*, actor: Actor) -> Sequence[ReceivedInvitation]:
    """The open invitations alone, the one that ends soonest on top. One statement."""
    now = timezone.now()
    rows = _received(actor).filter(state=InvitationState.PENDING, expires_at__gt=now)
    return [_row(values, now) for values in rows.order_by("expires_at", "pk").values_list(*COLUMNS)]


def count_open(*, actor: Actor) -> int:
    """How many invitations wait for an answer. One statement."""
    return (
        _received(actor)
        .filter(state=InvitationState.PENDING, expires_at__gt=timezone.now())
        .count()
    )


def get_received(*, actor: Actor, invitation_id: str) -> ReceivedInvitation:
    """One invitation to the actor's account. One statement.

    Raises:
        HandshakeNotFound: there is none, or it is for another account, or it is no id at all; and for a
            user without a role in the account.
    """
    found = None
    if identifiers.INVITATION.fits(invitation_id):
        found = _received(actor).filter(pk=invitation_id).values_list(*COLUMNS).first()
    if found is None:
        raise errors.HandshakeNotFound(invitation_id=invitation_id)
    return _row(found, timezone.now())


def _received(actor: Actor) -> QuerySet[Invitation]:
    """The invitations that the actor may know of."""
    received = Invitation.objects.filter(account=actor.account_id)
    if actor.is_switched:
        # Who entered the account was judged with the request.
        return received
    groups = [role.group_name(actor.account_id or "") for role in Role]
    has_role = Exists(Group.objects.filter(name__in=groups, user=actor.user_id).order_by())
    return received.filter(has_role)


def _row(values: tuple[Any, ...], now: datetime) -> ReceivedInvitation:
    row = ReceivedInvitation(*values)
    if row.state == InvitationState.PENDING and row.expires_at <= now:
        return row._replace(state=InvitationState.EXPIRED, ended_at=row.expires_at)
    return row._replace(state=InvitationState(row.state))
