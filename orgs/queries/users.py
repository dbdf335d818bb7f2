"""The users of the actor's own account, and the access keys of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db.models import Count, Exists, Max, OuterRef

from orgs import errors
from orgs.actor import Actor
from orgs.models import AccessKey, Role, User
from orgs.queries.access_keys import AccessKeyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A user of an account. Keys are counted however they are; the last use is that of any of them."""

    id: int
    username: str
    role: Role | None
    is_active: bool
    is_oneself: bool
    is_last_administrator: bool
    has_second_factor: bool
    last_sign_in_at: datetime | None
    keys: int
    keys_used_at: datetime | None


def list_users(*, actor: Actor) -> list[UserRow]:
    """All users of the actor's account, by name. Two statements.

    Raises:
        PermissionDenied: the actor is in no account.
    """
    account_id = _account_of(actor)
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    rows = (
        User.objects.filter(account=account_id)
        .annotate(
            keys=Count("access_keys"),
            keys_used_at=Max("access_keys__last_used_at"),
            has_second_factor=Exists(factors),
        )
        .order_by("username")
        .values_list(
            *("pk", "username", "is_active", "last_login", "keys", "keys_used_at"),
            "has_second_factor",
        )
    )
    roles = _roles(account_id)
    found = list(rows)
    active = [pk for pk, _name, is_active, *_ in found if is_active]
    administrators = [pk for pk in active if roles.get(pk) == Role.ADMINISTRATOR]
    return [
        UserRow(
            id=pk,
            username=username,
            role=roles.get(pk),
            is_active=is_active,
            is_oneself=pk == actor.user_id,
            is_last_administrator=administrators == [pk],
            has_second_factor=has_second_factor,
            last_sign_in_at=last_login,
            keys=keys,
            keys_used_at=keys_used_at,
        )
        for pk, username, is_active, last_login, keys, keys_used_at, has_second_factor in found
    ]


def get_user(*, actor: Actor, user_id: int) -> tuple[UserRow, Sequence[AccessKeyRow]]:
    """One user of the actor's account, and its keys, the oldest first. Three statements.

    Raises:
        PermissionDenied: the actor is in no account.
        UserNotFound: not in the actor's account (R-GEN-3).
    """
    row = next((one for one in list_users(actor=actor) if one.id == user_id), None)
    if row is None:
        raise errors.UserNotFound(username=user_id)
    columns = ("id", "created_at", "last_used_at", "is_active")
    kept = AccessKey.objects.filter(user=row.id).order_by("created_at", "id")
    return row, [AccessKeyRow(*key) for key in kept.values_list(*columns)]


def _account_of(actor: Actor) -> str:
    if actor.account_id is None:
        raise errors.PermissionDenied(permission=Role.ADMINISTRATOR.label)
    return actor.account_id


def _roles(account_id: str) -> dict[int, Role]:
    """The role of each user of an account, by the user's id."""
    names = {role.group_name(account_id): role for role in Role}
    kept = Group.objects.filter(name__in=names, user__account=account_id)
    return {pk: names[name] for name, pk in kept.values_list("name", "user")}
