"""Which calls of the API are written down although they change nothing (R-AUD-1, R-AUD-2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus

from django.conf import settings

from orgs import errors
from orgs.actor import Actor
from orgs.api import tally
from orgs.api.error_codes import row_of
from orgs.client_address import network_of
from orgs.operations.bookkeeping import keep_call, note_call


@contextmanager
def recorded(actor: Actor, operation: str, *, is_read: bool) -> Iterator[None]:
    """Write the call down after the block, if it was refused; or if it read and reads are recorded.

    Refused is what the caller may not do or the present state does not allow. What is wrong in itself, or
    not there, is the caller's own mistake and is not written down. A caller without an organization has
    nobody who would look.
    """
    organization_id = actor.organization_id
    try:
        yield
    except (errors.Denied, errors.Conflict) as refusal:
        if organization_id is not None:
            row = row_of(refusal)
            note_call(
                caller=actor,
                organization_id=organization_id,
                operation=operation,
                status=row.status,
                code=row.code,
            )
        raise
    if is_read and settings.READS_ARE_RECORDED and organization_id is not None:
        note_call(
            caller=actor,
            organization_id=organization_id,
            operation=operation,
            status=HTTPStatus.OK,
            is_refused=False,
        )


@contextmanager
def tallied(caller: Actor, operation: str, *, key_id: str = "") -> Iterator[None]:
    """Write down, or count, a call that is not let in: it is signed badly or not at all, or one too many.

    Such calls come in floods (`Tally`). `key_id` is that of a caller whose signature was right: its
    organization sees the call, of others operators alone.
    """
    try:
        yield
    except (errors.AuthenticationFailed, errors.Throttled) as refusal:
        row = row_of(refusal)
        source, kept = (
            (key_id, tally.callers) if key_id else (network_of(caller.address), tally.strangers)
        )

        def write(is_shared: bool) -> int | None:
            return keep_call(
                caller=replace(caller, address="") if is_shared else caller,
                organization_id=caller.organization_id,
                operation=operation,
                status=row.status,
                code=row.code,
            )

        kept.note((source, row.code), write)
        raise
