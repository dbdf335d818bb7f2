"""Rights on units (ours)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tests.oracle.accounts import managed_account
from tests.oracle.callers import may_write
from tests.oracle.changes import with_grant, without, without_grants, without_grants_of
from tests.oracle.entities import owns_account, owns_unit
from tests.oracle.identifiers import ACCOUNT_ID, POLICY_ID, ROOT_ID, UNIT_ID, is_id
from tests.oracle.state import FULL_ACCESS, Caller, Grant, Organization, Outcome, Refusal, State

# What can be granted on a unit, in the order in which events tell it.
GRANTABLE = (
    "create_unit",
    "update_unit",
    "move_unit",
    "delete_unit",
    "invite_account",
    "move_account",
    "attach_policy",
    "tag_resource",
)


@dataclass(frozen=True)
class User:
    """Who a right may be granted to in person."""

    username: str
    account_id: str
    administers: bool = True


def create_scoped_grant(
    state: State,
    caller: Caller,
    *,
    unit_id: object,
    grantee: User | str,
    permissions: Sequence[str],
    policy_ids: Sequence[str] = (),
    expires_at: datetime | None = None,
    grant_id: str,
) -> Outcome:
    """To a user, or by its id to an account: to its administrators."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if refusal := bad_grant(permissions, expires_at, caller.at):
        return refusal
    if not is_id(unit_id, ROOT_ID, UNIT_ID):
        return Refusal("invalid_parameter", "unit_id")
    if not owns_unit(state, organization, unit_id):
        return Refusal("parent_not_found")
    username = grantee.username if isinstance(grantee, User) else ""
    account_id = grantee.account_id if isinstance(grantee, User) else grantee
    if not is_id(account_id, ACCOUNT_ID):
        return Refusal("invalid_parameter", "account_id")
    if not owns_account(state, organization, account_id):
        return Refusal("user_not_found" if username else "account_not_found")
    account = state.accounts[account_id]
    if account_id == organization.management_account_id and not (
        username and not grantee.administers
    ):
        return Refusal("grantee_is_management")
    if account.status != "active":
        return Refusal("account_not_active")
    if refusal := bad_named_policies(state, organization, permissions, policy_ids):
        return refusal
    name = username or account.name
    if any((one.unit_id, one.grantee) == (unit_id, name) for one in state.grants.values()):
        return Refusal("scoped_grant_present")
    grant = Grant(
        grant_id,
        organization.id,
        unit_id,
        name,
        in_order(permissions),
        frozenset(policy_ids),
        expires_at,
        account_id,
        username,
    )
    return with_grant(state, grant)


def update_scoped_grant(
    state: State,
    caller: Caller,
    *,
    grant_id: object,
    permissions: Sequence[str],
    policy_ids: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> Outcome:
    """Whose it is and where it holds stay."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if refusal := bad_grant(permissions, expires_at, caller.at):
        return refusal
    grant = state.grants.get(str(grant_id))
    if grant is None or grant.organization_id != organization.id:
        return Refusal("scoped_grant_not_found")
    if refusal := bad_named_policies(state, organization, permissions, policy_ids):
        return refusal
    changed = replace(
        grant,
        permissions=in_order(permissions),
        policies=frozenset(policy_ids),
        expires_at=expires_at,
    )
    return with_grant(state, changed)


def revoke_scoped_grant(state: State, caller: Caller, *, grant_id: object) -> Outcome:
    """One of them."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    grant = state.grants.get(str(grant_id))
    if grant is None or grant.organization_id != organization.id:
        return Refusal("scoped_grant_not_found")
    return replace(state, grants=without(state.grants, grant.id))


def revoke_scoped_grants(state: State, caller: Caller, *, account_id: object) -> Outcome:
    """All that an account has, and its users."""
    account = managed_account(state, caller, account_id)
    if isinstance(account, Refusal):
        return account
    return without_grants_of(state, account.id)


def expire_scoped_grants(state: State, *, organization_id: str, now: datetime) -> State:
    """What has run out is removed; it gave no right any more."""
    return without_grants(
        state,
        lambda grant: (
            grant.organization_id == organization_id
            and grant.expires_at is not None
            and grant.expires_at <= now
        ),
    )


def bad_grant(
    permissions: Sequence[str], expires_at: datetime | None, now: datetime
) -> Refusal | None:
    if not permissions or not set(permissions) <= set(GRANTABLE):
        return Refusal("invalid_parameter", "permissions")
    if expires_at is not None and expires_at <= now:
        return Refusal("invalid_parameter", "expires_at")
    return None


def bad_named_policies(
    state: State,
    organization: Organization,
    permissions: Sequence[str],
    policy_ids: Sequence[str],
) -> Refusal | None:
    """The right to attach names policies, and only that right does."""
    if bool(policy_ids) != ("attach_policy" in permissions):
        return Refusal("invalid_parameter", "policy_ids")
    if not all(is_id(policy_id, POLICY_ID) for policy_id in policy_ids):
        return Refusal("invalid_parameter", "policy_id")
    known = {
        FULL_ACCESS,
        *(one.id for one in state.policies.values() if one.organization_id == organization.id),
    }
    return None if set(policy_ids) <= known else Refusal("policy_not_found")


def in_order(permissions: Iterable[str]) -> tuple[str, ...]:
    named = set(permissions)
    return tuple(one for one in GRANTABLE if one in named)
