"""Users of accounts, disabled and enabled (ours)."""

from dataclasses import replace

from tests.oracle.changes import without_grants
from tests.oracle.scoped_grants import User
from tests.oracle.state import Caller, Outcome, Refusal, State


def switch_user(state: State, caller: Caller | None, *, user: User, is_active: bool) -> Outcome:
    """By the operator (no caller), or by an administrator of the user's account.

    What a disabled user was granted in person ends, and does not come back.
    """
    if caller is not None:
        if caller.account_id != user.account_id:
            return Refusal("user_not_found")
        account = state.accounts[caller.account_id]
        if not caller.administers or account.status != "active":
            return Refusal("permission_denied")
    if is_active == (user.username not in state.disabled):
        return state
    if is_active:
        return replace(state, disabled=state.disabled - {user.username})
    if caller is not None and caller.username == user.username:
        return Refusal("own_user_kept")
    left = without_grants(state, lambda grant: grant.username == user.username)
    return replace(left, disabled=state.disabled | {user.username})


def answer_to_disabled(state: State, user: User) -> Refusal:
    """What a change of its organization is refused with that came in before (R9)."""
    account = state.accounts[user.account_id]
    if account.organization_id:
        return Refusal("user_disabled")
    return Refusal("caller_not_in_org" if account.status == "active" else "permission_denied")
