"""Who may, R-GEN-1, R-GEN-2, R-PERM-1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.oracle.decisions import is_allowed
from tests.oracle.state import Caller, Grant, Organization, Refusal, State


def may_write(state: State, caller: Caller) -> Organization | Refusal:
    """The organization the caller manages. The role is asked before the membership (`check_order`)."""
    if not caller.administers:
        return Refusal("permission_denied")
    account = state.accounts[caller.account_id]
    if account.status != "active":  # R-CLO-11
        return Refusal("permission_denied")
    if not account.organization_id:
        return Refusal("caller_not_in_org")
    organization = state.organizations[account.organization_id]
    if organization.management_account_id != account.id:
        return Refusal("not_management_account")
    return organization


@dataclass(frozen=True)
class Reach:
    """Where in its organization a caller may do something: everywhere, or by some grants."""

    organization: Organization
    grants: tuple[Grant, ...] | None = None

    def beyond(self, state: State, *places: str, policies: Iterable[str] = ()) -> Refusal | None:
        """Ours: a place that no grant reaches, or a policy that none there names."""
        if self.grants is None:
            return None
        for place in places:
            here = [one for one in self.grants if place in state.subtree(one.unit_id)]
            if not here:
                return Refusal("outside_grant")
            if not set(policies) <= set().union(*(one.policies for one in here)):
                return Refusal("policy_outside_grant")
        return None


def may_write_at(
    state: State,
    caller: Caller,
    permission: str,
    action: str,
    *,
    about: Sequence[object] = (),
    tags: Sequence[tuple[str, str]] = (),
) -> Reach | Refusal:
    """Ours: everywhere as `may_write` says; else where it was granted, if the caller's policies let it.

    R-PERM-3 to R-PERM-6. `about` are the ids of what it is done to, `tags` those that come with it.
    """
    organization = may_write(state, caller)
    if not isinstance(organization, Refusal):
        return Reach(organization)
    account = state.accounts[caller.account_id]
    if account.status != "active" or not account.organization_id:
        return organization
    grants = tuple(
        grant
        for grant in state.grants.values()
        if grant.organization_id == account.organization_id
        and permission in grant.permissions
        and grant.holds_for(caller)
    )
    if not grants:
        return organization
    if not is_allowed(state, caller, f"organizations:{action}", about, tags):
        return Refusal("permission_denied")
    if tags and not is_allowed(state, caller, "organizations:resources:tag", (), tags):
        return Refusal("permission_denied")
    return Reach(state.organizations[account.organization_id], grants)
