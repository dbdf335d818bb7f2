"""Keys that programs sign their requests with."""

from django.conf import settings
from django.utils import timezone

from orgs import errors, events, identifiers, key_ring, names
from orgs.actor import Actor
from orgs.models import AccessKey, User
from orgs.operations.change import account_change


def create_access_key(*, actor: Actor, username: str) -> tuple[AccessKey, str]:
    """Give a user another access key. The second value is its secret, which is shown this once.

    Raises:
        UserNotFound: nobody of that name, or an operator, who belongs to no account.
        PermissionDenied: the actor is neither the operator nor an administrator of the user's account.
    """
    users = User.objects.filter(account__isnull=False)
    if not actor.is_operator:
        users = users.filter(account=actor.account_id)
    # A text that no name can be is not handed to the database, which may not be able to hold it.
    user = users.filter(username=username).first() if names.prints(username) else None
    if user is None or user.account_id is None:
        raise errors.UserNotFound(username=username)
    with account_change(actor, user.account_id) as (account, organization):
        key, secret = make_access_key(user)
        target = events.of_user(user, after={"access_key": key.pk})
        events.record(actor, organization or account, events.Kind.ACCESS_KEY_CREATED, [target])
        return key, secret


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
