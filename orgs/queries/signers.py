"""Who signed: an access key with its user, account, organization and rights, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet, StringAgg, Subquery, Value

from orgs import access
from orgs.actor import Actor
from orgs.models import (
    AccessKey,
    AccountStatus,
    PolicyType,
    Role,
    RootPolicyType,
    SwitchState,
    User,
)
from orgs.permissions import Permission
from orgs.statements import Given, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """What is known of an access key at the moment of a request; its secret is still sealed."""

    key_id: str
    sealed_secret: bytes
    token_digest: str
    is_active: bool
    expires_at: datetime | None
    last_used_at: datetime | None
    user_id: int
    username: str
    account_id: str
    account_name: str
    account_status: AccountStatus
    organization_id: str | None
    management_account_id: str | None
    policy_version: int
    is_governed: bool  # service control policies are on in the organization
    role: Role | None
    permissions: frozenset[Permission]
    scoped: frozenset[Permission]  # granted on some unit; on which, the operation asks

    def actor(self, *, address: str, request_id: str) -> Actor:
        """The signer as the one who asks."""
        return Actor(
            account_id=self.account_id,
            account_name=self.account_name,
            user_id=self.user_id,
            username=self.username,
            organization_id=self.organization_id,
            address=address,
            request_id=request_id,
        )


_COLUMNS = (
    "pk",
    "sealed_secret",
    "token_digest",
    "is_active",
    "user__is_active",
    "expires_at",
    "last_used_at",
    "user_id",
    "user__username",
    "user__account_id",
    "user__account__name",
    "user__account__status",
    "user__account__organization_id",
    "user__account__organization__management_account_id",
    "user__account__organization__policy_version",
)
_RIGHTS = ("is_governed", "roles", *access.GRANTED_TO, *access.GRANTED_BELOW)


def find_signer(key_id: str) -> Signer | None:
    """The access key with that id, and whose it is; None when there is none. One statement.

    A key of a disabled user is not active. Whether it may be used, the caller says.
    """
    rows = _SIGNER(key_id=key_id)
    if not rows:
        return None
    facts = dict(zip((*_COLUMNS, *_RIGHTS), rows[0], strict=True))
    account_id, roles = facts["user__account_id"], (facts["roles"] or "").split()
    return Signer(
        key_id=facts["pk"],
        sealed_secret=bytes(facts["sealed_secret"]),
        token_digest=facts["token_digest"],
        is_active=facts["is_active"] and facts["user__is_active"],
        expires_at=facts["expires_at"],
        last_used_at=facts["last_used_at"],
        user_id=facts["user_id"],
        username=facts["user__username"],
        account_id=account_id,
        account_name=facts["user__account__name"],
        account_status=AccountStatus(facts["user__account__status"]),
        organization_id=facts["user__account__organization_id"],
        management_account_id=facts["user__account__organization__management_account_id"],
        policy_version=facts["user__account__organization__policy_version"] or 0,
        is_governed=facts["is_governed"],
        role=next((role for role in Role if role.group_name(account_id) in roles), None),
        permissions=access.read_granted(facts[name] for name in access.GRANTED_TO),
        scoped=access.read_granted(facts[name] for name in access.GRANTED_BELOW),
    )


def _signer() -> QuerySet[AccessKey, Any]:
    """Whose the key is. Every request of the API asks it, so it is put together once."""
    whose = {"user": "user_id", "organization": "user__account__organization_id"}
    rights = access.granted_to(**whose) | access.granted_below(**whose)
    groups: QuerySet[Any] = User.groups.through.objects.filter(user=OuterRef("user_id")).order_by()
    roles: QuerySet[Any, Any] = groups.values("user").annotate(
        names=StringAgg("group__name", Value(" "))
    )
    switched_on = RootPolicyType.objects.filter(
        organization=OuterRef("user__account__organization"),
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        state=SwitchState.ENABLED,
    )
    return (
        AccessKey.objects.filter(user__account__isnull=False, pk=Given("key_id"))
        .order_by()
        .annotate(is_governed=Exists(switched_on), roles=Subquery(roles.values("names")), **rights)
        .values_list(*_COLUMNS, *_RIGHTS)
    )


_SIGNER: Final = Statement(_signer, prepared=True)
