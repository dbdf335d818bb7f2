"""Batches: a verdict for every row before anything is sent, and what became of the rows afterwards."""

import csv
import io
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from orgs import access, arrivals, batch_file, departures, errors, identifiers, names, quotas
from orgs.actor import Actor
from orgs.batch_file import Row
from orgs.errors import InvalidParameter, OrgsError, Reason
from orgs.models import (
    Account,
    Batch,
    BatchKind,
    BatchRow,
    BatchRowState,
    CreationRequest,
    CreationState,
    FailureReason,
    InvitationState,
    Organization,
)
from orgs.permissions import Permission
from orgs.queries.organization_files import inert, unit_paths
from orgs.queries.organizations import live_organization
from orgs.queries.paging import take
from orgs.quotas import Budget

PART = 100
BATCHES_LISTED = 50
COLUMNS = {BatchKind.CREATE: batch_file.CREATE, BatchKind.INVITE: batch_file.INVITE}
PERMISSIONS = {
    BatchKind.CREATE: Permission.CREATE_ACCOUNT,
    BatchKind.INVITE: Permission.INVITE_ACCOUNT,
}


# --- before anything is sent ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a row would come to: refused with every reason; or fine, now or later.

    The first reason is what the operation would answer. A row that is later and has no time goes as soon
    as one that runs has ended.
    """

    row: Row
    refusals: Sequence[OrgsError] = ()
    destination_id: str | None = None
    is_later: bool = False
    goes_at: datetime | None = None

    @property
    def is_fine(self) -> bool:
        """Whether it can be sent at all."""
        return not self.refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdicts on a text."""

    kind: BatchKind
    verdicts: Sequence[Verdict]

    @property
    def fine(self) -> list[Verdict]:
        """Those that can be sent."""
        return [verdict for verdict in self.verdicts if verdict.is_fine]

    @property
    def refused(self) -> list[Verdict]:
        """Those that cannot."""
        return [verdict for verdict in self.verdicts if not verdict.is_fine]

    @property
    def later(self) -> list[Verdict]:
        """Those that can be sent and have to wait first."""
        return [verdict for verdict in self.verdicts if verdict.is_later]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many accounts there is room for: in all, and at this moment.

    `budget` is that of invitations, and None where accounts are created.
    """

    organization: Organization
    permissions: frozenset[Permission]
    accounts_left: int
    at_once: int
    free: int
    budget: Budget | None


def get_room(*, actor: Actor, kind: BatchKind) -> Room:
    """What the actor's organization has room for, for everybody who may see the structure.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization, permissions = _judged(actor)
    used = quotas.accounts_used(organization)
    budget = quotas.invitation_budget(organization) if kind == BatchKind.INVITE else None
    return Room(
        organization=organization,
        permissions=permissions,
        accounts_left=max(0, quotas.account_quota(organization) - used),
        at_once=budget.limit if budget else int(settings.CREATIONS_AT_ONCE),
        free=budget.left if budget else quotas.creation_slots(organization),
        budget=budget,
    )


def read_rows(kind: BatchKind, text: object) -> list[Row]:
    """The rows of a text, with what is wrong with each by itself.

    Raises:
        InvalidParameter, InvalidFile: `batch_file.read`.
    """
    return batch_file.read(
        text,
        columns=COLUMNS[kind],
        limit=int(settings.BATCH_ROWS),
        wide_tags=settings.TAG_CHARACTERS_WIDE,
    )


def judge_batch(*, actor: Actor, kind: BatchKind, text: object) -> Judged:
    """A verdict for each row of a text, with nothing written. The number of statements is fixed.

    Raises:
        InvalidParameter, InvalidFile: the text.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied.
    """
    organization = live_organization(actor)
    access.require(actor, PERMISSIONS[kind], organization, organization)
    return Judged(kind=kind, verdicts=judge(organization, kind, read_rows(kind, text)))


def judge(organization: Organization, kind: BatchKind, rows: Sequence[Row]) -> list[Verdict]:
    """The verdicts on rows that are sent one after the other, each as if those before it had gone.

    Rows of other batches of the organization that wait go first.
    """
    places = _Places(organization, rows)
    waiting = _Waiting(organization, kind)
    known = (_Creations if kind == BatchKind.CREATE else _Invitations)(organization, rows, waiting)
    room = quotas.account_quota(organization) - quotas.accounts_used(organization) - waiting.count
    verdicts: list[Verdict] = []
    fine: list[int] = []
    for row in rows:
        destination_id, fault = places.find(row)
        refusals = _in_order(kind, row, fault) or known.refusals(row)
        if not refusals and len(fine) >= room:
            limit = quotas.account_quota(organization)
            wanted = limit - room + len(fine) + 1
            refusals = [errors.AccountQuotaExceeded(limit=limit, wanted=wanted)]
        refusals = refusals or known.last_refusals(row)
        if not refusals:
            known.take(row)
            fine.append(len(verdicts))
        verdicts.append(Verdict(row=row, refusals=tuple(refusals), destination_id=destination_id))
    times = _times(organization, kind, ahead=waiting.of_kind, number=len(fine))
    for place, (is_later, goes_at) in zip(fine, times, strict=True):
        verdict = verdicts[place]
        verdicts[place] = Verdict(
            row=verdict.row,
            destination_id=verdict.destination_id,
            is_later=is_later,
            goes_at=goes_at,
        )
    return verdicts


def _times(
    organization: Organization, kind: BatchKind, *, ahead: int, number: int
) -> list[tuple[bool, datetime | None]]:
    """For each of the next rows whether it has to wait, and until when if that is known."""
    if kind == BatchKind.CREATE:
        slots = quotas.creation_slots(organization) - ahead
        return [(place >= slots, None) for place in range(number)]
    if not settings.INVITATIONS:
        return [(True, None)] * number
    now = timezone.now()
    times = quotas.invitation_times(organization, ahead + number, now=now)[ahead:]
    return [(True, at) if at > now else (False, None) for at in times]


def _in_order(kind: BatchKind, row: Row, unit_fault: OrgsError | None) -> list[OrgsError]:
    """What is wrong with the cells, in the order in which the operation looks at them."""
    found: list[tuple[str, OrgsError]] = [(fault.field, fault) for fault in row.faults]
    if kind == BatchKind.CREATE:
        missing = arrivals.missing_contacts(
            email=row.typed["email"] or None, phone=row.typed["phone"] or None
        )
        found = [*((fault.field, fault) for fault in missing), *found]
    if unit_fault is not None:
        order = batch_file.ORDER[COLUMNS[kind]]
        later = set(order[order.index("unit") :])
        place = next((at for at, (field, _) in enumerate(found) if field in later), len(found))
        found.insert(place, ("unit", unit_fault))
    return [fault for _field, fault in found]


class _Places:
    """The units that the rows name, by id or by path. One statement, if any row names one."""

    def __init__(self, organization: Organization, rows: Iterable[Row]) -> None:
        self.by_path: dict[str, list[str]] = defaultdict(list)
        self.ids: set[str] = set()
        if any(row.typed["unit"] for row in rows):
            for unit_id, path in unit_paths(organization).items():
                self.ids.add(unit_id)
                self.by_path[batch_file.unit_key(path)].append(unit_id)

    def find(self, row: Row) -> tuple[str | None, OrgsError | None]:
        """The id of the unit, or what is wrong; neither where none is named."""
        typed = row.typed["unit"]
        if not typed or typed in self.ids:
            return typed or None, None
        found = self.by_path.get(batch_file.unit_key(typed), [])
        if len(found) > 1:
            reason = Reason.AMBIGUOUS
            return None, InvalidParameter(field="unit", reason=reason, value=typed)
        if not found:
            return None, errors.ParentNotFound(parent_id=typed)
        return found[0], None


class _Waiting:
    """The rows of other batches that wait: they count against the quota, and go first. One statement."""

    def __init__(self, organization: Organization, kind: BatchKind) -> None:
        rows = BatchRow.objects.filter(
            batch__organization=organization,
            batch__ended_at=None,
            state=BatchRowState.WAITING,
        )
        found = list(rows.order_by().values_list("batch__kind", "typed"))
        self.count = len(found)
        self.typed = [typed for its_kind, typed in found if its_kind == kind]
        self.of_kind = len(self.typed)


def _too_many_tags(row: Row, name: str) -> list[OrgsError]:
    """More tags than an account may have (R-TAG-1)."""
    wanted = len(batch_file.tag_pairs(row.typed["tags"]))
    limit = int(settings.TAG_QUOTA)
    if wanted <= limit:
        return []
    return [errors.TagQuotaExceeded(resource_name=name, limit=limit, wanted=wanted)]


class _Creations:
    """What accounts, running creations and waiting rows have taken of what the rows want. Two statements."""

    FACTS = ("name", "email", "phone")

    def __init__(self, _organization: Organization, rows: Sequence[Row], waiting: _Waiting) -> None:
        wanted = {fact: {_key_of(fact, row.typed) for row in rows} - {""} for fact in self.FACTS}
        condition = Q(name_key__in=wanted["name"])
        condition |= Q(email__in=wanted["email"]) | Q(phone__in=wanted["phone"])
        accounts = Account.objects.filter(condition)
        requests = CreationRequest.objects.running().filter(condition)
        self.of_accounts = self._sets(accounts)
        self.of_requests = self._sets(requests)
        self.waiting = {
            fact: {_key_of(fact, typed) for typed in waiting.typed} for fact in self.FACTS
        }
        self.of_rows: dict[str, set[str]] = {fact: set() for fact in self.FACTS}

    def refusals(self, row: Row) -> list[OrgsError]:
        """The first that is taken, in the order in which the operation asks."""
        wanted = [(fact, key) for fact in self.FACTS if (key := _key_of(fact, row.typed))]
        for taken in (self.of_accounts, self.of_requests):
            for fact, key in wanted:
                if key in taken[fact]:
                    return [errors.AccountConflict(field=fact)]
        for taken, reason in (
            (self.of_rows, Reason.REPEATED),
            (self.waiting, Reason.WAITS_ALREADY),
        ):
            for fact, key in wanted:
                if key in taken[fact]:
                    return [InvalidParameter(field=fact, reason=reason, value=row.typed[fact])]
        return []

    def last_refusals(self, row: Row) -> list[OrgsError]:
        """What the operation asks last: creations that are switched off, and too many tags."""
        if not settings.CREATIONS_AT_ONCE:
            return [errors.AccountCreateConcurrency(limit=0)]
        return _too_many_tags(row, row.typed["name"])

    def take(self, row: Row) -> None:
        """The row goes: its name and contacts are taken for those that follow."""
        for fact in self.FACTS:
            if key := _key_of(fact, row.typed):
                self.of_rows[fact].add(key)

    def _sets(self, taken: QuerySet[Any]) -> dict[str, set[str]]:
        found = list(taken.order_by().values_list("name_key", "email", "phone"))
        return {fact: {row[place] for row in found} for place, fact in enumerate(self.FACTS)}


class _Invitations:
    """The accounts that the rows mean, and which of them are invited already. Two statements."""

    def __init__(self, organization: Organization, rows: Sequence[Row], waiting: _Waiting) -> None:
        wanted = {_key_of("account", row.typed) for row in rows}
        accounts = list(Account.objects.filter(Q(pk__in=wanted) | Q(name_key__in=wanted)))
        self.by_id = {account.pk: account for account in accounts}
        self.by_name = {account.name_key: account for account in accounts}
        pending = organization.invitations.pending().filter(account__in=accounts)
        self.invited = set(pending.order_by().values_list("account", flat=True))
        self.waiting = {self._id_of(typed) for typed in waiting.typed} - {None}
        self.of_rows: set[str] = set()

    def refusals(self, row: Row) -> list[OrgsError]:
        """The first obstacle, in the order in which the operation asks."""
        typed = row.typed["account"]
        account_id = self._id_of(row.typed)
        if account_id is None:
            return [errors.TargetNotFound(account_id=typed)]
        account = self.by_id[account_id]
        for obstacle in arrivals.obstacles_to_inviting(account):
            return [obstacle]
        if account_id in self.invited:
            return [errors.HandshakeDuplicate(account_name=account.name)]
        for taken, reason in (
            (self.of_rows, Reason.REPEATED),
            (self.waiting, Reason.WAITS_ALREADY),
        ):
            if account_id in taken:
                return [InvalidParameter(field="account", reason=reason, value=typed)]
        return []

    def last_refusals(self, row: Row) -> list[OrgsError]:
        """What the operation asks last: invitations that are switched off, and too many tags."""
        if not settings.INVITATIONS:
            hours = settings.INVITATION_WINDOW // timedelta(hours=1)
            when = departures.in_words(None)
            return [errors.InviteRate(limit=0, hours=hours, next_at=when)]
        account_id = self._id_of(row.typed)
        return [] if account_id is None else _too_many_tags(row, self.by_id[account_id].name)

    def take(self, row: Row) -> None:
        """The row goes: its account is invited for those that follow."""
        self.of_rows.add(str(self._id_of(row.typed)))

    def _id_of(self, typed: Mapping[str, str]) -> str | None:
        key = _key_of("account", typed)
        if identifiers.ACCOUNT.fits(key):
            return key if key in self.by_id else None
        found = self.by_name.get(key)
        return found.pk if found else None


def _key_of(fact: str, typed: Mapping[str, str]) -> str:
    """What decides whether two rows mean the same."""
    text = typed[fact]
    if fact == "name" or (fact == "account" and not identifiers.ACCOUNT.fits(text)):
        return names.name_key(text)
    return unicodedata.normalize("NFC", text)


# --- what became of them --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A batch in a line: who asked for it, and how many rows stand how.

    Of the rows that were sent, `running` are creations that have not ended.
    """

    id: str
    kind: BatchKind
    created_at: datetime
    ended_at: datetime | None
    account_name: str
    username: str
    waiting: int
    sent: int
    refused: int
    cancelled: int
    running: int

    @property
    def total(self) -> int:
        """All rows."""
        return self.waiting + self.sent + self.refused + self.cancelled

    @property
    def done(self) -> int:
        """The rows of which it is known what became of them."""
        return self.total - self.waiting - self.running

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 * self.done // self.total if self.total else 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A row, and what became of it; of one that waits, when it goes at the latest, if that is known."""

    number: int
    typed: Mapping[str, str]
    state: BatchRowState
    refusal: OrgsError | None
    creation_state: CreationState | None
    failure: str
    invitation_state: InvitationState | None
    account_id: str | None
    is_later: bool = False
    goes_at: datetime | None = None

    @property
    def name(self) -> str:
        """What the row is about, as it was typed."""
        return self.typed.get("name") or self.typed.get("account") or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a batch is, and a part of its rows; the next part begins after the row `after`."""

    summary: Summary
    rows: Sequence[Outcome]
    after: int | None
    permissions: frozenset[Permission]
    is_moving: bool
    organization: Organization


def get_progress(
    *, actor: Actor, batch_id: str, after: int = 0, state: str = "", part: int | None = None
) -> Progress:
    """How far a batch is, with up to `part` of its rows: those that follow the row `after`, in a state.

    Without `part` they are 100.

    Raises:
        InvalidParameter, BatchNotFound.
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization, permissions = _judged(actor)
    batch = organization.batches.find(batch_id)
    summary = _summaries(organization.batches.filter(pk=batch.pk))[0]
    rows = batch.rows.filter(number__gt=after)
    if state:
        rows = rows.filter(state=state)
    found, has_more = take(rows.order_by("number").values_list(*_Found._fields), part or PART)
    times = _times_of_waiting(organization, batch) if summary.waiting else {}
    now = timezone.now()
    outcomes = [_outcome(_Found(*row), times, now) for row in found]
    return Progress(
        summary=summary,
        rows=outcomes,
        after=outcomes[-1].number if has_more else None,
        permissions=permissions,
        organization=organization,
        is_moving=bool(summary.running or (times and _is_soon(batch, times))),
    )


def list_batches(*, actor: Actor) -> list[Summary]:
    """The last batches of the actor's organization, the newest first; at most 50.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization, _permissions = _judged(actor)
    return _summaries(organization.batches.order_by("-created_at", "-pk")[:BATCHES_LISTED])


def export_batch(*, actor: Actor, batch_id: str) -> Iterator[str]:
    """All rows of a batch as lines of CSV: what was typed, and what became of it.

    Raises:
        InvalidParameter, BatchNotFound.
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    limit = int(settings.BATCH_ROWS)
    progress = get_progress(actor=actor, batch_id=batch_id, part=limit)
    columns = COLUMNS[progress.summary.kind]
    return _lines(progress.rows, columns)


def unfinished_batches(organization_id: str) -> list[str]:
    """The batches of an organization with rows that wait, the oldest first."""
    found = Batch.objects.unfinished().filter(organization=organization_id)
    return list(found.values_list("pk", flat=True))


class _Found(NamedTuple):
    """The columns of a row, as they are read."""

    number: int
    typed: dict[str, str]
    state: str
    refusal: dict[str, Any]
    creation__state: str | None
    creation__failure_reason: str | None
    creation__failure_detail: str | None
    creation__account_id: str | None
    invitation__state: str | None
    invitation__expires_at: datetime | None
    invitation__account_id: str | None


def _outcome(
    found: _Found, times: Mapping[int, tuple[bool, datetime | None]], now: datetime
) -> Outcome:
    is_later, goes_at = times.get(found.number, (False, None))
    failure = ""
    if found.creation__failure_reason:
        failure = str(FailureReason(found.creation__failure_reason).label)
        if found.creation__failure_detail:
            failure = f"{failure} {found.creation__failure_detail}"
    state = found.invitation__state
    is_over = found.invitation__expires_at is not None and found.invitation__expires_at <= now
    if state == InvitationState.PENDING and is_over:
        state = InvitationState.EXPIRED
    return Outcome(
        number=found.number,
        typed=found.typed,
        state=BatchRowState(found.state),
        refusal=errors.said_again(found.refusal) if found.refusal else None,
        creation_state=CreationState(found.creation__state) if found.creation__state else None,
        failure=failure,
        invitation_state=InvitationState(state) if state else None,
        account_id=found.creation__account_id or found.invitation__account_id,
        is_later=is_later,
        goes_at=goes_at,
    )


def _times_of_waiting(
    organization: Organization, batch: Batch
) -> dict[int, tuple[bool, datetime | None]]:
    """For each row that waits, by its number, whether it has to, and until when; older batches go first."""
    earlier = Q(batch__created_at__lt=batch.created_at)
    earlier |= Q(batch__created_at=batch.created_at, batch__lt=batch.pk)
    ahead = BatchRow.objects.filter(
        earlier,
        batch__organization=organization,
        batch__kind=batch.kind,
        batch__ended_at=None,
        state=BatchRowState.WAITING,
    ).count()
    numbers = list(batch.rows.waiting().values_list("number", flat=True))
    times = _times(organization, BatchKind(batch.kind), ahead=ahead, number=len(numbers))
    return dict(zip(numbers, times, strict=True))


def _is_soon(batch: Batch, times: Mapping[int, tuple[bool, datetime | None]]) -> bool:
    """Whether the next row goes at any moment, so that looking again is of use."""
    if batch.kind == BatchKind.CREATE:
        return True
    return any(not is_later for is_later, _goes_at in times.values())


def _summaries(batches: QuerySet[Batch]) -> list[Summary]:
    """In the order of the batches. One statement."""
    counts = {
        state.value: Count("rows", filter=Q(rows__state=state)) for state in BatchRowState
    } | {"running": Count("rows", filter=Q(rows__creation__state=CreationState.IN_PROGRESS))}
    columns = ("pk", "kind", "created_at", "ended_at", "account__name", "user__username")
    return [
        Summary(
            id=row[0],
            kind=BatchKind(row[1]),
            created_at=row[2],
            ended_at=row[3],
            account_name=row[4],
            username=row[5],
            **dict(zip(counts, row[6:], strict=True)),
        )
        for row in batches.annotate(**counts).values_list(*columns, *counts)
    ]


def _lines(rows: Iterable[Outcome], columns: Sequence[str]) -> Iterator[str]:
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(["row", *columns, "state", "outcome", "account_id", "goes_at"])
    for row in rows:
        became = row.creation_state or row.invitation_state
        told = str(row.refusal or row.failure or (became.value if became else ""))
        goes_at = f"{row.goes_at:%Y-%m-%dT%H:%M:%SZ}" if row.goes_at else ""
        typed = [row.typed.get(column, "") for column in columns]
        cells = [str(row.number), *typed, row.state.value, told, row.account_id or "", goes_at]
        sheet.writerow(inert(cell) for cell in cells)
    yield written.getvalue()


def _judged(actor: Actor) -> tuple[Organization, frozenset[Permission]]:
    organization = live_organization(actor)
    permissions = access.permissions_of(actor, organization)
    if Permission.VIEW_STRUCTURE not in permissions:
        access.require(actor, Permission.VIEW_STRUCTURE, organization, organization)
    return organization, permissions
