"""Batches: many accounts asked for at once, sent row by row as there is room, each row at most once.

A row is sent in one change together with what it becomes. So a worker that dies, or two that work at
the same time, leave no row half sent and none sent twice.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from orgs import arrivals, batch_file, errors, events, identifiers, quotas
from orgs.actor import Actor
from orgs.errors import InvalidParameter, OrgsError, Reason
from orgs.models import Batch, BatchKind, BatchRow, BatchRowState, Organization, TargetType
from orgs.operations.change import change, system_change
from orgs.operations.creations import new_creation
from orgs.operations.invitations import expire_invitations, new_invitation
from orgs.permissions import Permission
from orgs.queries.batches import PERMISSIONS, Verdict, judge, read_rows, unfinished_batches

SENT_AS = {
    BatchKind.CREATE: events.Kind.ACCOUNT_REQUESTED,
    BatchKind.INVITE: events.Kind.INVITATION_SENT,
}


def create_batch(*, actor: Actor, kind: str, rows: object) -> Batch:
    """Take rows, as a text or the bytes of a file, to be sent one after the other by a job.

    They are judged again; what is refused is kept as refused, the rest waits.

    Raises:
        InvalidParameter: the kind; a text that has no rows, too many, or none that can be sent.
        InvalidFile: a text that cannot be read, with every fault and its row and column.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    if not isinstance(kind, str) or kind not in BatchKind.values:
        choices = ", ".join(BatchKind.values)
        raise InvalidParameter(field="kind", reason=Reason.NOT_A_CHOICE, choices=choices)
    wanted = BatchKind(kind)
    if actor.account_id is None or actor.user_id is None:
        raise errors.CallerNotInOrganization
    with change(actor, PERMISSIONS[wanted]) as organization:
        verdicts = judge(organization, wanted, read_rows(wanted, rows))
        if not any(verdict.is_fine for verdict in verdicts):
            raise InvalidParameter(field="rows", reason=Reason.NONE_FINE)
        now = timezone.now()
        batch = Batch.objects.create(
            organization=organization,
            kind=wanted,
            account_id=actor.account_id,
            user_id=actor.user_id,
            source_address=actor.address,
            created_at=now,
            due_at=now + settings.JOB_LEASE,
        )
        BatchRow.objects.bulk_create(_row(batch, verdict, now) for verdict in verdicts)
        refused = sum(not verdict.is_fine for verdict in verdicts)
        after = {"kind": wanted.value, "rows": len(verdicts), "refused_rows": refused}
        target = events.of_batch(batch, after=after)
        events.record(actor, organization, events.Kind.BATCH_CREATED, [target])
        return batch


def cancel_batch(*, actor: Actor, batch_id: str) -> Batch:
    """Cancel the rows that wait; what was sent stays sent.

    Raises:
        InvalidParameter, BatchNotFound.
        BatchEnded: no row waits.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, _permission_for(actor, batch_id)) as organization:
        batch = organization.batches.find(batch_id)
        if batch.ended_at is not None:
            raise errors.BatchEnded
        target = _cancel(batch)
        events.record(actor, organization, events.Kind.BATCH_CANCELLED, [target])
        return batch


def feed_batches(organization_id: str) -> None:
    """Send what can be sent of the organization's batches, the oldest first; a job. Safe to run again."""
    waiting = unfinished_batches(organization_id)
    if not waiting:
        return
    expire_invitations(organization_id)
    for batch_id in waiting:
        feed_batch(batch_id)


def feed_batch(batch_id: str) -> int:
    """Send the rows of a batch that there is room for, each in a change of its own; returns how many.

    Each is judged again, as if whoever asked for the batch sent it now: what is refused by now is kept as
    refused, and all that waits is if that user may no longer do it. Safe to run again and at the same
    time: under the organization's lock the next row is one that nobody has sent.
    """
    sent = 0
    while True:
        state = _send_next(batch_id)
        if state is None:
            return sent
        sent += state == BatchRowState.SENT


def claim_due_batches() -> list[str]:
    """The organizations whose batches go on by the clock now; each is told of once in a lease's time."""
    now = timezone.now()
    due = Batch.objects.unfinished().filter(due_at__lte=now, organization__deleted_at=None)
    found = {
        organization_id
        for batch_id, organization_id in due.values_list("pk", "organization_id")
        if Batch.objects.filter(pk=batch_id, due_at__lte=now).update(
            due_at=now + settings.JOB_LEASE
        )
    }
    return sorted(found)


def purge_batches(*, ended_before: datetime) -> int:
    """Delete batches that ended before that time, with their rows; returns how many."""
    ended = Batch.objects.filter(ended_at__lt=ended_before)
    _deleted, by_kind = ended.delete()
    return by_kind.get(Batch._meta.label, 0)


def cancel_batches(organization: Organization) -> list[events.Target]:
    """Cancel what waits in an organization that is being deleted (R-ORG-11)."""
    return [_cancel(batch) for batch in organization.batches.unfinished()]


def _row(batch: Batch, verdict: Verdict, now: datetime) -> BatchRow:
    row = BatchRow(
        batch=batch,
        number=verdict.row.number,
        typed=dict(verdict.row.typed),
        destination_id=verdict.destination_id,
    )
    if verdict.refusals:
        _mark_refused(row, verdict.refusals[0], now)
    return row


def _send_next(batch_id: str) -> BatchRowState | None:
    """Send the next row, or refuse it; None when nothing can be sent now."""
    batch = Batch.objects.unfinished().select_related("account", "user").filter(pk=batch_id).first()
    if batch is None:
        return None
    kind = BatchKind(batch.kind)
    actor = _asked_by(batch)
    try:
        with change(actor, PERMISSIONS[kind]) as organization:
            row = batch.rows.waiting().select_related("destination").first()
            if row is None:
                return None
            try:
                _become(organization, kind, row, actor)
            except (errors.AccountCreateConcurrency, errors.InviteRate) as full:
                if full.facts["limit"]:
                    _wait(organization, batch)
                    return None
                _refuse(organization, batch, [row], full)
            except OrgsError as refusal:
                _refuse(organization, batch, [row], refusal)
            _end_if_done(batch)
            return BatchRowState(row.state)
    except errors.Denied as refusal:
        _refuse_rest(batch, refusal)
        return None


def _become(organization: Organization, kind: BatchKind, row: BatchRow, actor: Actor) -> None:
    """The row becomes a request or an invitation. A refusal has written nothing."""
    typed = row.typed
    if typed["unit"] and row.destination is None:
        raise errors.ParentNotFound(parent_id=typed["unit"])
    common: dict[str, Any] = {
        "tags": batch_file.tag_pairs(typed["tags"]),
        "destination_parent_id": row.destination_id,
    }
    if kind == BatchKind.CREATE:
        email, phone = typed["email"] or None, typed["phone"] or None
        for fault in arrivals.missing_contacts(email=email, phone=phone):
            raise fault
        row.creation, target = new_creation(
            organization,
            name=typed["name"],
            email=email,
            phone=phone,
            description=typed["description"],
            **common,
        )
    else:
        is_id = identifiers.ACCOUNT.fits(typed["account"])
        row.invitation, target = new_invitation(
            organization,
            target_type=TargetType.ACCOUNT if is_id else TargetType.NAME,
            target=typed["account"],
            notes=typed["notes"],
            **common,
        )
    row.state, row.ended_at = BatchRowState.SENT, timezone.now()
    row.save(update_fields=["state", "ended_at", "creation", "invitation"])
    events.record(actor, organization, SENT_AS[kind], [target], batch=row.batch_id)


def _wait(organization: Organization, batch: Batch) -> None:
    """There is no room: the clock looks again when there is some, or after a while."""
    next_at = None
    if batch.kind == BatchKind.INVITE:
        next_at = quotas.invitation_budget(organization).next_at
    batch.due_at = next_at or timezone.now() + settings.JOB_LEASE
    batch.save(update_fields=["due_at"])


def _refuse(
    organization: Organization, batch: Batch, rows: Collection[BatchRow], refusal: OrgsError
) -> None:
    """Keep rows as refused, with one event for all of them."""
    now = timezone.now()
    for row in rows:
        _mark_refused(row, refusal, now)
    BatchRow.objects.bulk_update(rows, ["state", "refusal", "ended_at"])
    after = {
        "state": BatchRowState.REFUSED.value,
        "rows": ", ".join(str(row.number) for row in rows),
    }
    target = events.of_batch(batch, before={"state": BatchRowState.WAITING.value}, after=after)
    events.record(
        Actor.system(),
        organization,
        events.Kind.BATCH_ROWS_REFUSED,
        [target],
        refusal=str(refusal),
    )


def _refuse_rest(batch: Batch, refusal: OrgsError) -> None:
    """Whoever asked for the batch may no longer do it: nothing more of it is sent."""
    with system_change(batch.organization_id) as organization:
        rows = list(batch.rows.waiting())
        if rows:
            _refuse(organization, batch, rows, refusal)
        _end_if_done(batch)


def _mark_refused(row: BatchRow, refusal: OrgsError, now: datetime) -> None:
    row.state, row.ended_at = BatchRowState.REFUSED, now
    row.refusal = errors.kept(refusal)


def _cancel(batch: Batch) -> events.Target:
    """The rows that wait are cancelled, and the batch has ended. Returns the target for the event."""
    now = timezone.now()
    cancelled = batch.rows.waiting().update(state=BatchRowState.CANCELLED, ended_at=now)
    batch.ended_at = now
    batch.save(update_fields=["ended_at"])
    after = {"state": BatchRowState.CANCELLED.value, "rows": cancelled}
    return events.of_batch(batch, before={"state": BatchRowState.WAITING.value}, after=after)


def _end_if_done(batch: Batch) -> None:
    if not batch.rows.waiting().exists():
        batch.ended_at = timezone.now()
        batch.save(update_fields=["ended_at"])


def _asked_by(batch: Batch) -> Actor:
    """The user who asked for the batch, as a request would bring them now."""
    return Actor(
        account_id=batch.account_id,
        account_name=batch.account.name,
        user_id=batch.user_id,
        username=batch.user.username,
        organization_id=batch.organization_id,
        address=batch.source_address,
    )


def _permission_for(actor: Actor, batch_id: object) -> Permission:
    """What cancelling takes: the same as creating the batch did."""
    kind = None
    if identifiers.BATCH.fits(batch_id):
        own = Batch.objects.filter(pk=batch_id, organization=actor.organization_id)
        kind = own.values_list("kind", flat=True).first()
    return PERMISSIONS[BatchKind(kind or BatchKind.CREATE)]
