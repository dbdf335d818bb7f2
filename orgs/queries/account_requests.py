"""Requests to create and to close accounts, without model instances."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import ClosingRequest, ClosingState, CreationRequest, CreationState
from orgs.permissions import Permission
from orgs.queries.paging import Page, Place, before_time, page_size, take
from orgs.queries.units import require_structure

PURGED_AT_ONCE = 200


class CreationRow(NamedTuple):
    """What is told of a request to create an account."""

    id: str
    account_name: str
    state: str
    created_at: datetime
    completed_at: datetime | None
    account_id: str | None
    failure_reason: str
    failure_detail: str


class ClosingRow(NamedTuple):
    """What is told of a request to close an account."""

    account_id: str
    account_name: str
    organization_id: str
    state: str
    created_at: datetime
    updated_at: datetime | None
    failure_reason: str
    failure_detail: str


CLOSING_COLUMNS = ("account_id", "account__name", *ClosingRow._fields[2:])


def list_creations(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    states: Collection[str] = (),
    limit: int | None = None,
    place: Place | None = None,
) -> Page[CreationRow]:
    """The requests to create accounts, newest first; all, or those in one of the states (R-ACC-23).

    One statement.

    Raises:
        NotManagementOrDelegated, InvalidParameter.

    Contract: ListCreateAccountStatuses.
    """
    require_structure(permissions)
    _require_states(states, CreationState.values)
    size = page_size(limit)
    rows = CreationRequest.objects.filter(organization=actor.organization_id)
    if states:
        rows = rows.filter(state__in=states)
    ordered = rows.filter(before_time(place, "created_at")).order_by("-created_at", "-pk")
    found, has_more = take(ordered.values_list(*CreationRow._fields), size)
    shown = [CreationRow(*row) for row in found]
    if not has_more:
        return Page(shown)
    return Page(shown, (shown[-1].created_at.isoformat(), shown[-1].id))


def get_creation(
    *, actor: Actor, permissions: frozenset[Permission], request_id: str
) -> CreationRow:
    """One request to create an account. One statement.

    Raises:
        NotManagementOrDelegated, InvalidParameter, CreateAccountStatusNotFound.

    Contract: ShowCreateAccountStatus.
    """
    require_structure(permissions)
    checked = identifiers.CREATION.require(request_id, field="create_account_status_id")
    rows = CreationRequest.objects.filter(organization=actor.organization_id, pk=checked)
    row = rows.values_list(*CreationRow._fields).first()
    if row is None:
        raise errors.CreateAccountStatusNotFound(request_id=checked)
    return CreationRow(*row)


def list_closings(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    states: Collection[str] = (),
) -> list[ClosingRow]:
    """The requests to close accounts, newest first; all, or those in one of the states (R-CLO-13).

    Only of accounts that are still there: one that was closed long ago is gone for good, with its request.
    One statement.

    Raises:
        NotManagementOrDelegated, InvalidParameter.

    Contract: ListCloseAccountStatuses.
    """
    require_structure(permissions)
    _require_states(states, ClosingState.values)
    rows = ClosingRequest.objects.filter(
        organization=actor.organization_id, account__organization=actor.organization_id
    )
    if states:
        rows = rows.filter(state__in=states)
    ordered = rows.order_by("-created_at", "-pk").values_list(*CLOSING_COLUMNS)
    return [ClosingRow(*row) for row in ordered]


def accounts_closed_before(moment: datetime) -> list[str]:
    """Accounts that were closed before that time and are still listed, the oldest first; at most 200."""
    closed = ClosingRequest.objects.filter(
        state=ClosingState.SUSPENDED, updated_at__lt=moment, account__organization__isnull=False
    )
    return list(closed.order_by("updated_at").values_list("account", flat=True)[:PURGED_AT_ONCE])


def _require_states(states: Collection[str], known: Collection[str]) -> None:
    if not set(states) <= set(known):
        raise InvalidParameter(field="states", reason=Reason.NOT_A_CHOICE, choices=", ".join(known))
