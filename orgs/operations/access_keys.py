"""Keys that programs sign their requests with."""

from django.conf import settings
from django.utils import timezone

from orgs import events, identifiers, key_ring
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import AccessKey, User
from orgs.operations.change import account_change
from orgs.operations.owners import access_key_of, user_named


def create_access_key(*, actor: Actor, username: str) -> tuple[AccessKey, str]:
    """Give a user another access key. The second value is its secret, which is shown this once.

    Everybody may have keys of their own, which act in the role of their user.

    Raises:
        UserNotFound: nobody of that name, or an operator, who belongs to no account.
        PermissionDenied: not the actor's own, and the actor is neither the operator nor an administrator
            of the user's account.
        UserDisabled, CallerAccountClosed, ConcurrentModification.
    """
    user = user_named(actor, username)
    with account_change(actor, str(user.account_id), user_id=user.pk) as (account, organization):
        key, secret = make_access_key(user)
        target = events.of_user(user, after={"access_key": key.pk})
        events.record(actor, organization or account, events.Kind.ACCESS_KEY_CREATED, [target])
        return key, secret


def update_access_key(*, actor: Actor, access_key_id: str, is_active: bool) -> AccessKey:
    """Disable a key, whose next request is refused then, or enable it again.

    A key that is so already stays as it is, without an event.

    Raises:
        InvalidParameter, AccessKeyNotFound.
        PermissionDenied, UserDisabled, CallerAccountClosed, ConcurrentModification: as for creating.
    """
    if not isinstance(is_active, bool):
        raise InvalidParameter(field="is_active", reason=Reason.NOT_A_FLAG)
    user = access_key_of(actor, access_key_id).user
    with account_change(actor, str(user.account_id), user_id=user.pk) as (account, organization):
        key = access_key_of(actor, access_key_id)
        if key.is_active == is_active:
            return key
        target = events.of_access_key(
            key, before={"is_active": key.is_active}, after={"is_active": is_active}
        )
        key.is_active = is_active
        key.save(update_fields=["is_active"])
        events.record(
            actor,
            organization or account,
            events.Kind.ACCESS_KEY_UPDATED,
            [target, events.of_user(user)],
        )
        return key


def delete_access_key(*, actor: Actor, access_key_id: str) -> None:
    """Delete a key. Its id is never given out again.

    Raises:
        InvalidParameter, AccessKeyNotFound.
        PermissionDenied, UserDisabled, CallerAccountClosed, ConcurrentModification: as for creating.
    """
    user = access_key_of(actor, access_key_id).user
    with account_change(actor, str(user.account_id), user_id=user.pk) as (account, organization):
        key = access_key_of(actor, access_key_id)
        target = events.of_access_key(key, before={"is_active": key.is_active})
        key.delete()
        events.record(
            actor,
            organization or account,
            events.Kind.ACCESS_KEY_DELETED,
            [target, events.of_user(user)],
        )


def make_access_key(user: User) -> tuple[AccessKey, str]:
    """A fresh key and its secret in the clear, for operations that hold the user's account."""
    key_id, secret = identifiers.new_access_key_id(), identifiers.new_secret_key()
    key = AccessKey(
        id=key_id,
        user=user,
        sealed_secret=key_ring.seal(secret, owner=key_id, ring=settings.KEY_RING),
        created_at=timezone.now(),
    )
    key.save(force_insert=True)
    return key, secret
