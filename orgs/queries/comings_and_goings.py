"""Accounts on their way in and out: invitations, creations, closings and departures as people look at them.

Each list comes in parts that follow one another by key, the newest first. What still runs stands before
the first part, in `running`, and can be asked for again by its ids while somebody watches it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from orgs import identifiers, quotas
from orgs.actor import Actor
from orgs.models import (
    Account,
    ClosingRequest,
    ClosingState,
    CreationRequest,
    CreationState,
    Departure,
    Invitation,
    InvitationState,
    Job,
    Organization,
    OrganizationalUnit,
)
from orgs.permissions import Permission
from orgs.queries.organizations import Sizes, number_of
from orgs.queries.overview import Quota
from orgs.queries.paging import before_time, read, take, written
from orgs.queries.sight import Seen, judge, look_anywhere

PART = 50
MOST_WATCHED = 50  # rows that are asked for again at once
LONGEST_NUMBER = 18  # digits of a key that every database takes


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are of each; and the units, which the navigation counts."""

    units: int
    accounts: int
    invitations: int
    creations: int
    closings: int
    departures: int

    @property
    def sizes(self) -> Sizes:
        """The numbers that the navigation shows."""
        return Sizes(self.units, self.accounts, self.accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part[Row]:
    """Up to 50 rows, and before the first of them what still runs.

    The next part is asked for with `after`, which the last part does not have.
    """

    rows: Sequence[Row]
    running: Sequence[Row] = ()
    after: str
    permissions: frozenset[Permission]
    sees_all: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.rows and not self.running


class InvitationLine(NamedTuple):
    """An invitation that was sent; `state` and `ended_at` as the clock says (R-INV-8, R-INV-12)."""

    id: str
    account_id: str
    account_name: str
    target_type: str
    target: str
    state: InvitationState
    destination: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    mailed_at: datetime | None
    resent_at: datetime | None
    may_be_ended: bool  # by the actor, while it is open
    is_member: bool

    @property
    def is_pending(self) -> bool:
        """Whether it can still be answered."""
        return self.state == InvitationState.PENDING


class CreationLine(NamedTuple):
    """A request to create an account; `attempts` counts how often its job was begun."""

    id: str
    account_name: str
    state: CreationState
    destination: str
    created_at: datetime
    completed_at: datetime | None
    account_id: str | None
    failure_reason: str
    failure_detail: str
    is_member: bool
    attempts: int

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.state == CreationState.IN_PROGRESS


class ClosingLine(NamedTuple):
    """A request to close an account."""

    id: int
    account_id: str
    account_name: str
    state: ClosingState
    created_at: datetime
    updated_at: datetime | None
    failure_reason: str
    failure_detail: str
    is_member: bool
    attempts: int

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.state == ClosingState.PENDING_CLOSURE


class DepartureLine(NamedTuple):
    """A membership that ended; `is_back` where the account is a member again (R-ORG-17)."""

    id: int
    account_id: str
    account_name: str
    kind: str
    join_method: str
    joined_at: datetime
    departed_at: datetime
    is_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much there is room for: accounts, creations at once, invitations in their span of time."""

    accounts: Quota
    creations: Quota
    invitations: quotas.Budget

    @property
    def sent(self) -> Quota:
        """The invitations of that span, as a quota."""
        return Quota(self.invitations.used, self.invitations.limit)


def get_tally(*, actor: Actor) -> Tally:
    """How many rows each of the lists has, and how large the organization is. One statement.

    Asked for beside a list, which has judged the actor.
    """
    here = Q(organization=actor.organization_id)
    numbers = (
        number_of(OrganizationalUnit.objects.filter(here, parent__isnull=False)),
        number_of(Account.objects.filter(here)),
        number_of(Invitation.objects.filter(here)),
        number_of(CreationRequest.objects.filter(here)),
        number_of(ClosingRequest.objects.filter(here)),
        number_of(Departure.objects.filter(here)),
    )
    return Tally(*Organization.objects.filter(pk=actor.organization_id).values_list(*numbers).get())


def get_room(*, actor: Actor) -> Room:
    """What the actor's organization has left for more accounts.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.

    Rules: R-ACC-12, R-ACC-13, R-INV-7, R-INV-18.
    """
    organization, _permissions = judge(actor, None)
    running = organization.creation_requests.running().count()
    return Room(
        accounts=Quota(quotas.accounts_used(organization), quotas.account_quota(organization)),
        creations=Quota(running, int(settings.CREATIONS_AT_ONCE)),
        invitations=quotas.invitation_budget(organization),
    )


def list_invitations(*, actor: Actor, state: str = "", after: str = "") -> Part[InvitationLine]:
    """The invitations that the actor's organization has sent; all, or those in a state (R-INV-11).

    Who has rights on units sees those that lead into them. Three statements.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter: `after` is none of ours.
    """
    seen = look_anywhere(actor)
    organization = seen.organization
    place = read(after, identifiers.INVITATION.fits)
    now = timezone.now()
    rows = organization.invitations.filter(
        _in_state(state, now),
        before_time(place, "created_at"),
        _led_into(seen, Permission.VIEW_STRUCTURE),
    )
    found, is_followed = take(_invitation_values(rows, seen), PART)
    shown = [_invitation(row, organization, now) for row in found]
    return Part(
        rows=shown,
        after=_after(shown[-1].created_at, shown[-1].id) if is_followed else "",
        permissions=seen.permissions,
        sees_all=seen.is_all,
    )


def _led_into(seen: Seen, permission: Permission) -> Q:
    """Invitations into places where the actor has that right; without a place they lead to the root."""
    led_into = seen.where(permission, at="destination")
    granted = seen.rights.units_of(permission)
    if led_into and any(identifiers.ROOT.fits(unit_id) for unit_id in granted):
        return led_into | Q(destination=None)
    return led_into


def list_creations(*, actor: Actor, state: str = "", after: str = "") -> Part[CreationLine]:
    """The requests to create accounts; all, or those in a state (R-ACC-23).

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter: `after` is none of ours.
    """
    organization, permissions = judge(actor, None)
    place = read(after, identifiers.CREATION.fits)
    requests = CreationRequest.objects.filter(organization=organization)
    if state:
        requests = requests.filter(state=state)
    ended = requests.exclude(state=CreationState.IN_PROGRESS)
    found, is_followed = take(
        _creation_values(ended.filter(before_time(place, "created_at"))), PART
    )
    shown = [_creation(row, organization) for row in found]
    running = _creation_values(requests.running()) if place is None else ()
    return Part(
        rows=shown,
        running=[_creation(row, organization) for row in running],
        after=_after(shown[-1].created_at, shown[-1].id) if is_followed else "",
        permissions=permissions,
    )


def watch_creations(*, actor: Actor, request_ids: Collection[str]) -> Sequence[CreationLine]:
    """Some of the requests once more, the newest first: at most 50, and only the organization's own.

    Without ids, all that run.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization, _permissions = judge(actor, None)
    ids = [one for one in request_ids if identifiers.CREATION.fits(one)][:MOST_WATCHED]
    requests = CreationRequest.objects.filter(organization=organization)
    watched = requests.filter(pk__in=ids) if request_ids else requests.running()
    return [_creation(row, organization) for row in _creation_values(watched)]


def list_closings(*, actor: Actor, state: str = "", after: str = "") -> Part[ClosingLine]:
    """The requests to close accounts; all, or those in a state (R-CLO-13).

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter: `after` is none of ours.
    """
    organization, permissions = judge(actor, None)
    place = read(after, _is_number)
    requests = ClosingRequest.objects.filter(organization=organization)
    if state:
        requests = requests.filter(state=state)
    ended = requests.exclude(state=ClosingState.PENDING_CLOSURE)
    found, is_followed = take(_closing_values(ended.filter(before_time(place, "created_at"))), PART)
    shown = [_closing(row, organization) for row in found]
    in_progress = requests.filter(state=ClosingState.PENDING_CLOSURE)
    running = _closing_values(in_progress) if place is None else ()
    return Part(
        rows=shown,
        running=[_closing(row, organization) for row in running],
        after=_after(shown[-1].created_at, shown[-1].id) if is_followed else "",
        permissions=permissions,
    )


def watch_closings(*, actor: Actor, request_ids: Collection[str]) -> Sequence[ClosingLine]:
    """Some of the requests once more, the newest first: at most 50, and only the organization's own.

    Without ids, all that run.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization, _permissions = judge(actor, None)
    ids = [int(one) for one in request_ids if _is_number(one)][:MOST_WATCHED]
    requests = ClosingRequest.objects.filter(organization=organization)
    running = requests.filter(state=ClosingState.PENDING_CLOSURE)
    watched = requests.filter(pk__in=ids) if request_ids else running
    return [_closing(row, organization) for row in _closing_values(watched)]


def list_departures(*, actor: Actor, kind: str = "", after: str = "") -> Part[DepartureLine]:
    """The accounts that were members, the last to go first; all, or those that went in one way.

    Each membership that ended is a row of its own.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter: `after` is none of ours.

    Rules: R-ORG-17, R-ORG-18.
    """
    organization, permissions = judge(actor, None)
    place = read(after, _is_number)
    rows = organization.departures.filter(before_time(place, "departed_at"))
    if kind:
        rows = rows.filter(kind=kind)
    ordered = rows.order_by("-departed_at", "-pk").values_list(
        "pk",
        "account_id",
        "account_name",
        "kind",
        "join_method",
        "joined_at",
        "departed_at",
        "account__organization",
    )
    found, is_followed = take(ordered, PART)
    shown = [DepartureLine(*row)._replace(is_back=row[-1] == organization.pk) for row in found]
    return Part(
        rows=shown,
        after=_after(shown[-1].departed_at, shown[-1].id) if is_followed else "",
        permissions=permissions,
    )


def _in_state(state: str, now: datetime) -> Q:
    """The filter by state, as the clock says; without a state it lets all through."""
    overdue = Q(state=InvitationState.PENDING, expires_at__lte=now)
    if not state:
        return Q()
    if state == InvitationState.EXPIRED:
        return Q(state=state) | overdue
    return Q(state=state) & ~overdue


def _invitation_values(rows: QuerySet[Invitation], seen: Seen) -> QuerySet[Any, Any]:
    may_be_ended: Case | Value
    if led_into := _led_into(seen, Permission.INVITE_ACCOUNT):
        may_be_ended = Case(When(led_into, then=True), default=False)
    else:
        may_be_ended = Value(Permission.INVITE_ACCOUNT in seen.permissions)
    return (
        rows.annotate(may_be_ended=may_be_ended)
        .order_by("-created_at", "-pk")
        .values_list(
            "pk",
            "account_id",
            "account__name",
            "target_type",
            "target",
            "state",
            "destination__name",
            "created_at",
            "expires_at",
            "updated_at",
            "mailed_at",
            "resent_at",
            "may_be_ended",
            "account__organization",
        )
    )


def _invitation(row: Sequence[Any], organization: Organization, now: datetime) -> InvitationLine:
    line = InvitationLine(*row)
    line = line._replace(
        state=InvitationState(line.state),
        destination=line.destination or "",
        is_member=row[-1] == organization.pk,
    )
    if line.is_pending and line.expires_at <= now:
        return line._replace(state=InvitationState.EXPIRED, ended_at=line.expires_at)
    return line


def _creation_values(rows: QuerySet[CreationRequest]) -> QuerySet[Any, Any]:
    return rows.order_by("-created_at", "-pk").values_list(
        "pk",
        "account_name",
        "state",
        "destination__name",
        "created_at",
        "completed_at",
        "account_id",
        "failure_reason",
        "failure_detail",
        "account__organization",
        _attempts("create_account", "pk"),
    )


def _creation(row: Sequence[Any], organization: Organization) -> CreationLine:
    line = CreationLine(*row)
    return line._replace(
        state=CreationState(line.state),
        destination=line.destination or "",
        is_member=row[-2] == organization.pk,
        attempts=row[-1] or 0,
    )


def _closing_values(rows: QuerySet[ClosingRequest]) -> QuerySet[Any, Any]:
    return rows.order_by("-created_at", "-pk").values_list(
        "pk",
        "account_id",
        "account__name",
        "state",
        "created_at",
        "updated_at",
        "failure_reason",
        "failure_detail",
        "account__organization",
        _attempts("close_account", "account"),
    )


def _closing(row: Sequence[Any], organization: Organization) -> ClosingLine:
    line = ClosingLine(*row)
    return line._replace(
        state=ClosingState(line.state),
        is_member=row[-2] == organization.pk,
        attempts=row[-1] or 0,
    )


def _attempts(kind: str, subject: str) -> Subquery:
    """How often the last job about it was begun."""
    jobs = Job.objects.filter(kind=kind, subject_id=OuterRef(subject))
    return Subquery(jobs.order_by("-pk").values("attempts")[:1])


def _after(at: datetime, row_id: object) -> str:
    return written((at.isoformat(), str(row_id)))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
