"""Whose sign-in and keys an operation is about; looked up before the lock, to know what to lock."""

from django.utils.translation import gettext_lazy as _

from orgs import errors, identifiers, names
from orgs.actor import Actor
from orgs.models import AccessKey, User
from orgs.operations.change import require_at_home


def own_user(actor: Actor) -> User:
    """The actor itself.

    Raises:
        SwitchedAway: the actor is in an account that is not its own.
        PermissionDenied: an operator, or nobody: neither has a sign-in of its own here.
    """
    require_at_home(actor)
    user = None
    if actor.user_id is not None and actor.account_id is not None:
        user = User.objects.filter(pk=actor.user_id, account=actor.account_id).first()
    if user is None:
        raise errors.PermissionDenied(permission=_("change the own sign-in"))
    return user


def user_named(actor: Actor, username: str) -> User:
    """A user of the actor's account; for the operator, of any account.

    Raises:
        UserNotFound: nobody of that name, or an operator, who belongs to no account.
    """
    users = User.objects.filter(account__isnull=False)
    if not actor.is_operator:
        users = users.filter(account=actor.account_id)
    # A text that no name can be is not handed to the database, which may not be able to hold it.
    user = users.filter(username=username).first() if names.prints(username) else None
    if user is None:
        raise errors.UserNotFound(username=username)
    return user


def access_key_of(actor: Actor, access_key_id: str) -> AccessKey:
    """A key of a user of the actor's account; for the operator, of any user of an account.

    Raises:
        InvalidParameter, AccessKeyNotFound.
    """
    checked = identifiers.ACCESS_KEY.require(access_key_id, field="access_key_id")
    keys = AccessKey.objects.select_related("user").filter(user__account__isnull=False)
    if not actor.is_operator:
        keys = keys.filter(user__account=actor.account_id)
    key = keys.filter(pk=checked).first()
    if key is None:
        raise errors.AccessKeyNotFound(access_key_id=checked)
    return key
