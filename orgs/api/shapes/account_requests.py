"""Accounts on their way in and out, on the wire: requests to create and to close them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct

from orgs.api.shapes.paging import PageInfo, seconds_if_any, whole_seconds
from orgs.api.shapes.tags import TagDto
from orgs.errors import InvalidParameter, Reason
from orgs.models import ClosingState
from orgs.queries.account_requests import ClosingRow, CreationRow
from orgs.queries.paging import Page

# The vendor has no word for a closing that failed: it stays what it was, with a reason.
CLOSING_STATES = {
    "pending_closure": (ClosingState.PENDING_CLOSURE, ClosingState.FAILED),
    "suspended": (ClosingState.SUSPENDED,),
}


class FailureDetailDto(Struct, frozen=True):
    """What a lower service said (R-ACC-18); none of ours refuses with an encoded message."""

    error_msg: str
    encoded_authorization_message: str | None = None


class CreateAccountStatusDto(Struct, frozen=True):
    """A request to create an account."""

    account_id: str | None
    account_name: str
    completed_at: datetime | None
    created_at: datetime
    id: str
    state: str
    failure_reason: str | None
    failure_detail_msg: FailureDetailDto | None


class CreateAccountStatusAnswer(Struct, frozen=True):
    """CreateAccount, CreateResourceAccount, ShowCreateAccountStatus."""

    create_account_status: CreateAccountStatusDto


class CreateAccountStatusesAnswer(Struct, frozen=True):
    """ListCreateAccountStatuses."""

    create_account_statuses: list[CreateAccountStatusDto]
    page_info: PageInfo


class CloseAccountStatusDto(Struct, frozen=True):
    """A request to close an account."""

    account_id: str
    created_at: datetime
    updated_at: datetime | None
    organization_id: str
    state: str
    failure_reason: str | None


class CloseAccountStatusesAnswer(Struct, frozen=True):
    """ListCloseAccountStatuses."""

    close_account_statuses: list[CloseAccountStatusDto]


class CreateAccountBody(Struct, frozen=True):
    """CreateAccount."""

    name: str
    email: str | None = None
    phone: str | None = None
    agency_name: str | None = None
    description: str | None = None
    tags: list[TagDto] | None = None


class CreateResourceAccountBody(Struct, frozen=True):
    """CreateResourceAccount."""

    name: str
    agency_name: str | None = None
    description: str | None = None
    tags: list[TagDto] | None = None


class CreateAccountStatusesQuery(Struct, frozen=True):
    """ListCreateAccountStatuses."""

    states: list[str] | None = None
    limit: int | None = None
    marker: str | None = None


class CloseAccountStatusesQuery(Struct, frozen=True):
    """ListCloseAccountStatuses."""

    states: list[str] | None = None


def closing_states_of(states: Collection[str]) -> list[ClosingState]:
    """The states of closings that the wire's words stand for.

    Raises:
        InvalidParameter.
    """
    if not set(states) <= set(CLOSING_STATES):
        raise InvalidParameter(
            field="states", reason=Reason.NOT_A_CHOICE, choices=", ".join(CLOSING_STATES)
        )
    return [state for word in states for state in CLOSING_STATES[word]]


def create_account_status_answer(request: CreationRow) -> CreateAccountStatusAnswer:
    """The answer about one request to create an account."""
    return CreateAccountStatusAnswer(_creation(request))


def create_account_statuses_answer(
    page: Page[CreationRow], next_marker: str | None
) -> CreateAccountStatusesAnswer:
    """A page of requests to create accounts."""
    rows = [_creation(request) for request in page.rows]
    return CreateAccountStatusesAnswer(rows, PageInfo(next_marker, len(rows)))


def close_account_statuses_answer(requests: Sequence[ClosingRow]) -> CloseAccountStatusesAnswer:
    """All requests to close accounts."""
    return CloseAccountStatusesAnswer([_closing(request) for request in requests])


def _creation(request: CreationRow) -> CreateAccountStatusDto:
    detail = request.failure_detail
    return CreateAccountStatusDto(
        account_id=request.account_id,
        account_name=request.account_name,
        completed_at=seconds_if_any(request.completed_at),
        created_at=whole_seconds(request.created_at),
        id=request.id,
        state=request.state,
        failure_reason=request.failure_reason or None,
        failure_detail_msg=FailureDetailDto(detail) if detail else None,
    )


def _closing(request: ClosingRow) -> CloseAccountStatusDto:
    word = next(word for word, states in CLOSING_STATES.items() if request.state in states)
    return CloseAccountStatusDto(
        account_id=request.account_id,
        created_at=whole_seconds(request.created_at),
        updated_at=seconds_if_any(request.updated_at),
        organization_id=request.organization_id,
        state=word,
        failure_reason=request.failure_reason or None,
    )
