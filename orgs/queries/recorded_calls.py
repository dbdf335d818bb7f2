"""Calls that were refused, and those that only read, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from orgs import access
from orgs.actor import Actor
from orgs.models import RecordedCall
from orgs.permissions import Permission
from orgs.queries.organizations import live_organization

PART = 50


@dataclass(frozen=True, slots=True)
class CallPart:
    """Up to 50 calls; the next part is asked for with `before`, which the last part does not have."""

    rows: Sequence[RecordedCall]
    before: int | None
    permissions: frozenset[Permission]

    @property
    def is_everything(self) -> bool:
        """Whether the actor sees everybody's, and not only those of its own account."""
        return Permission.VIEW_ACTIVITY in self.permissions


def list_recorded_calls(
    *, actor: Actor, are_refused: bool = True, before: int | None = None
) -> CallPart:
    """What was refused, or read, in the actor's organization; a member sees its own account's (R-AUD-5).

    Three statements.

    Raises:
        CallerNotInOrganization, PermissionDenied, NotManagementAccount.
    """
    organization = live_organization(actor)
    permissions = access.permissions_of(actor, organization)
    if Permission.VIEW_ORGANIZATION not in permissions:
        access.require(actor, Permission.VIEW_ORGANIZATION, organization, organization)
    rows = RecordedCall.objects.filter(organization=organization, is_refused=are_refused)
    if Permission.VIEW_ACTIVITY not in permissions:
        rows = rows.filter(account_id=actor.account_id or "")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PART + 1])
    shown = found[:PART]
    return CallPart(shown, shown[-1].pk if len(found) > PART else None, permissions)
