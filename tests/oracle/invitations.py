"""Invitations, R-INV."""

from dataclasses import replace
from datetime import datetime

from tests.oracle.accounts import is_full
from tests.oracle.callers import Reach, may_write_at
from tests.oracle.changes import arrived, with_account, with_invitation
from tests.oracle.decisions import is_allowed
from tests.oracle.identifiers import ACCOUNT_ID, INVITATION_ID, is_id
from tests.oracle.quotas import accounts_used, quota_of
from tests.oracle.state import Account, Caller, Invitation, Outcome, Refusal, State
from tests.oracle.texts import account_name_is_good, same_name, tags_are_good
from tests.oracle.units import bad_destination


def invite_account(
    state: State,
    caller: Caller,
    *,
    target_type: object,
    target: object,
    notes: object = "",
    tags: object = (),
    destination_parent_id: object = None,
    invitation_id: str,
    now: datetime,
) -> Outcome:
    """R-INV-2 to R-INV-9, R-INV-18."""
    reach = may_write_at(state, caller, "invite_account", "accounts:invite", tags=tags)
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if refusal := beyond_invitation(state, reach, destination_parent_id):
        return refusal
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if not isinstance(notes, str) or len(notes) > 1_024:
        return Refusal("invalid_parameter", "notes")
    if refusal := bad_destination(state, organization, destination_parent_id):
        return refusal
    if refusal := bad_target(target_type, target):
        return refusal
    account = account_named(state, target_type, target)
    if account is None:
        return Refusal("account_not_found")
    if refusal := not_invitable(account):
        return refusal
    mine = [one for one in state.invitations.values() if one.organization_id == organization.id]
    if any(one.account_id == account.id and one.is_open(now) for one in mine):
        return Refusal("handshake_duplicate")
    if accounts_used(state, organization, now=now) >= quota_of(state, organization):
        return Refusal("account_quota_exceeded")
    attempts = [
        one
        for one in mine
        if one.state != "accepted" and one.created_at > now - state.limits.invitation_window
    ]
    if len(attempts) >= state.limits.invitations:
        return Refusal("invite_rate")
    if len(tags) > state.limits.tags:
        return Refusal("tag_quota_exceeded")
    invitation = Invitation(
        invitation_id,
        organization.id,
        account.id,
        tags=dict(tags),
        destination_id=destination_parent_id or "",
        created_at=now,
        expires_at=now + state.limits.invitation_lifetime,
    )
    return with_invitation(state, invitation)


def beyond_invitation(state: State, reach: Reach, destination_parent_id: object) -> Refusal | None:
    """Ours: who was granted it on units invites there, and says where before anything else is looked at."""
    if reach.grants is None:
        return None
    if refusal := bad_destination(state, reach.organization, destination_parent_id):
        return refusal
    return reach.beyond(state, destination_parent_id or reach.organization.root_id)


def bad_target(target_type: object, target: object) -> Refusal | None:
    """R-INV-2."""
    if target_type not in {"account", "name"}:
        return Refusal("invalid_parameter", "target.type")
    if target_type == "account" and not is_id(target, ACCOUNT_ID):
        return Refusal("invalid_parameter", "target.entity")
    if target_type == "name" and not account_name_is_good(target):
        return Refusal("invalid_parameter", "target.entity")
    return None


def account_named(state: State, target_type: object, target: str) -> Account | None:
    """R-INV-2: the name is resolved when inviting."""
    if target_type == "account":
        return state.accounts.get(target)
    named = [one for one in state.accounts.values() if same_name(one.name, target)]
    return named[0] if named else None


def not_invitable(account: Account) -> Refusal | None:
    """R-INV-3 to R-INV-5."""
    if account.organization_id:
        return Refusal("account_already_in_organization")
    if account.status != "active" or not is_full(account) or not account.is_eligible:
        return Refusal("account_not_active")
    return None


def accept_invitation(
    state: State, caller: Caller, *, invitation_id: object, now: datetime
) -> Outcome:
    """R-INV-14, R-INV-15, R-INV-16."""
    invitation = to_answer(state, caller, invitation_id, now)
    if isinstance(invitation, Refusal):
        return invitation
    account = state.accounts[caller.account_id]
    if account.organization_id:
        return Refusal("account_already_in_organization")
    organization = state.organizations[invitation.organization_id]
    # This invitation itself is one of those used.
    if accounts_used(state, organization, now=now) - 1 >= quota_of(state, organization):
        return Refusal("account_quota_exceeded")
    joined = replace(
        account,
        organization_id=organization.id,
        unit_id=invitation.destination_id or organization.root_id,
        join_method="invited",
        tags=invitation.tags,
    )
    state = arrived(with_account(state, joined), organization.id, account.id)
    return with_invitation(state, replace(invitation, state="accepted"))


def decline_invitation(
    state: State, caller: Caller, *, invitation_id: object, now: datetime
) -> Outcome:
    """R-INV-1."""
    invitation = to_answer(state, caller, invitation_id, now)
    if isinstance(invitation, Refusal):
        return invitation
    if not is_allowed(state, caller, "organizations:handshakes:decline"):
        return Refusal("permission_denied")
    return with_invitation(state, replace(invitation, state="declined"))


def to_answer(
    state: State, caller: Caller, invitation_id: object, now: datetime
) -> Invitation | Refusal:
    """R-INV-11, R-INV-17: the invited account's own, and open."""
    if not caller.administers or state.accounts[caller.account_id].status != "active":
        return Refusal("permission_denied")
    if not is_id(invitation_id, INVITATION_ID):
        return Refusal("invalid_parameter", "handshake_id")
    invitation = state.invitations.get(invitation_id)
    if invitation is None or invitation.account_id != caller.account_id:
        return Refusal("handshake_not_found")
    if not invitation.is_open(now):
        return Refusal("handshake_not_pending")
    return invitation


def cancel_invitation(
    state: State, caller: Caller, *, invitation_id: object, now: datetime
) -> Outcome:
    """R-INV-1, R-GEN-3."""
    reach = may_write_at(state, caller, "invite_account", "handshakes:cancel")
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if not is_id(invitation_id, INVITATION_ID):
        return Refusal("invalid_parameter", "handshake_id")
    invitation = state.invitations.get(invitation_id)
    if invitation is None or invitation.organization_id != organization.id:
        return Refusal("handshake_not_found")
    if refusal := beyond_invitation(state, reach, invitation.destination_id or None):
        return refusal
    if not invitation.is_open(now):
        return Refusal("handshake_not_pending")
    return with_invitation(state, replace(invitation, state="cancelled"))


def expire_invitations(state: State, *, organization_id: str, now: datetime) -> State:
    """R-INV-8: what has run out is written down."""
    for invitation in state.invitations.values():
        overdue = invitation.state == "pending" and not invitation.is_open(now)
        if overdue and invitation.organization_id == organization_id:
            state = with_invitation(state, replace(invitation, state="expired"))
    return state
