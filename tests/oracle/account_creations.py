"""Accounts that the organization creates, R-ACC-10 to R-ACC-23."""

from dataclasses import replace
from datetime import datetime

from tests.oracle.callers import may_write
from tests.oracle.changes import arrived, with_account, with_creation
from tests.oracle.quotas import accounts_used, quota_of, running_creations
from tests.oracle.state import Account, Caller, Creation, Outcome, Refusal, State
from tests.oracle.texts import EMAIL, account_name_is_good, same_name, tags_are_good
from tests.oracle.units import bad_destination


def create_account(
    state: State,
    caller: Caller,
    *,
    name: object,
    email: object = None,
    tags: object = (),
    destination_parent_id: object = None,
    request_id: str,
    now: datetime,
) -> Outcome:
    """R-ACC-7, R-ACC-10 to R-ACC-16: it is only asked for."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not account_name_is_good(name):
        return Refusal("invalid_parameter", "name")
    if not (email is None or (isinstance(email, str) and EMAIL.match(email))):
        return Refusal("invalid_parameter", "email")
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if refusal := bad_destination(state, organization, destination_parent_id):
        return refusal
    if name_in_use(state, name) or email_in_use(state, email):
        return Refusal("account_conflict")
    if accounts_used(state, organization, now=now) >= quota_of(state, organization):
        return Refusal("account_quota_exceeded")
    if len(running_creations(state, organization)) >= state.limits.creations_at_once:
        return Refusal("account_create_concurrency")
    if len(tags) > state.limits.tags:
        return Refusal("tag_quota_exceeded")
    request = Creation(
        request_id,
        organization.id,
        name,
        tags=dict(tags),
        destination_id=destination_parent_id or "",
        email=email or "",
    )
    return with_creation(state, request)


def finish_creation(state: State, *, request_id: str, account_id: str, now: datetime) -> State:
    """R-ACC-11, R-ACC-16, R-ACC-19, R-ACC-20, R-ACC-22; of one that has ended nothing more comes."""
    request = state.creations[request_id]
    if request.state != "in_progress":
        return state
    if any(same_name(account.name, request.name) for account in state.accounts.values()):
        return fail_creation(state, request_id=request_id, reason="NAME_ALREADY_EXISTS")
    organization = state.organizations[request.organization_id]
    account = Account(
        account_id,
        organization.id,
        request.destination_id or organization.root_id,
        "created",
        tags=request.tags,
        name=request.name,
        is_resource=True,
        email=request.email,
        created_at=now,
    )
    state = arrived(with_account(state, account), organization.id, account_id)
    return with_creation(state, replace(request, state="succeeded", account_id=account_id))


def fail_creation(state: State, *, request_id: str, reason: str) -> State:
    """R-ACC-11: nothing is left but the request."""
    request = state.creations[request_id]
    if request.state != "in_progress":
        return state
    return with_creation(state, replace(request, state="failed", failure_reason=reason))


def name_in_use(state: State, name: str) -> bool:
    """R-ACC-6, R-ACC-16, R-CLO-9: by an account of anybody's, or by a creation that runs."""
    return any(
        same_name(one.name, name)
        for one in (*state.accounts.values(), *state.creations.values())
        if isinstance(one, Account) or one.state == "in_progress"
    )


def email_in_use(state: State, email: str | None) -> bool:
    """R-ACC-15, R-ACC-16."""
    return email is not None and any(
        one.email == email
        for one in (*state.accounts.values(), *state.creations.values())
        if isinstance(one, Account) or one.state == "in_progress"
    )
