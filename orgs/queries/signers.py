"""Who signed: an access key with its user, account, organization and rights, in one statement."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Concat

from orgs import access
from orgs.actor import Actor
from orgs.models import AccessKey, AccountStatus, Role, User
from orgs.permissions import Permission


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
    role: Role | None
    permissions: frozenset[Permission]

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
)


def find_signer(key_id: str) -> Signer | None:
    """The access key with that id, and whose it is; None when there is none. One statement.

    A key of a disabled user is not active. Whether it may be used, the caller says.
    """
    rights = access.granted_to(user="user_id", organization="user__account__organization_id")
    row = (
        AccessKey.objects.filter(pk=key_id, user__account__isnull=False)
        .annotate(**{role.value: _holds(role) for role in Role}, **rights)
        .values_list(*_COLUMNS, *(role.value for role in Role), *rights)
        .first()
    )
    if row is None:
        return None
    facts = dict(zip((*_COLUMNS, *(role.value for role in Role), *rights), row, strict=True))
    return Signer(
        key_id=facts["pk"],
        sealed_secret=bytes(facts["sealed_secret"]),
        token_digest=facts["token_digest"],
        is_active=facts["is_active"] and facts["user__is_active"],
        expires_at=facts["expires_at"],
        last_used_at=facts["last_used_at"],
        user_id=facts["user_id"],
        username=facts["user__username"],
        account_id=facts["user__account_id"],
        account_name=facts["user__account__name"],
        account_status=AccountStatus(facts["user__account__status"]),
        organization_id=facts["user__account__organization_id"],
        management_account_id=facts["user__account__organization__management_account_id"],
        role=next((role for role in Role if facts[role.value]), None),
        permissions=access.read_granted(facts[name] for name in rights),
    )


def _holds(role: Role) -> Exists:
    """Whether the key's user is in the group that carries the role."""
    group = Concat(
        OuterRef("user__account_id"), Value(role.group_name("")), output_field=CharField()
    )
    return Exists(User.groups.through.objects.filter(user=OuterRef("user_id"), group__name=group))
