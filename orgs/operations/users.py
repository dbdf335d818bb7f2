"""Users of accounts."""

from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from orgs import errors, events, names
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import Account, Role, User
from orgs.operations.access_keys import make_access_key
from orgs.operations.change import account_change
from orgs.operations.grants import settle_grants
from orgs.operations.owners import own_user
from orgs.operations.sessions import end_sessions


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user, and the secret of its access key, which is shown this once."""

    user: User
    access_key: str | None = None
    secret_key: str | None = None


def create_user(
    *, actor: Actor, account_id: str, username: str, role: Role, password: str | None = None
) -> User:
    """Add a user to an account, in a role.

    Raises:
        InvalidParameter, UsernameTaken, AccountNotFound.
        PermissionDenied: the actor is neither the operator nor an administrator of the account.
    """
    with account_change(actor, account_id) as (account, organization):
        made = make_user(account, username, password=password, role=role)
        target = events.of_user(made.user, after={"role": role.value, "account_id": account.pk})
        events.record(actor, organization or account, events.Kind.USER_CREATED, [target])
        return made.user


def change_password(
    *, actor: Actor, old_password: str, new_password: str, session_key: str | None = None
) -> User:
    """Give the actor another password. Its other sessions end; the one of `session_key` stays.

    Raises:
        InvalidParameter: the old password is not the present one, or the new one is weak.
        PermissionDenied: no user asks.
        UserDisabled, CallerAccountClosed, ConcurrentModification.
    """
    user = own_user(actor)
    if not isinstance(old_password, str) or not user.check_password(old_password):
        raise InvalidParameter(field="old_password", reason=Reason.WRONG_PASSWORD)
    present = user.password
    # Hashing takes its time on purpose, so it is done before anything is locked.
    user.set_password(_require_password(new_password, user, field="new_password"))
    with account_change(actor, str(user.account_id), user_id=user.pk) as (account, organization):
        if not User.objects.filter(pk=user.pk, password=present).exists():
            raise errors.ConcurrentModification
        user.save(update_fields=["password"])
        end_sessions(user.pk, but=session_key)
        events.record(
            actor,
            organization or account,
            events.Kind.PASSWORD_CHANGED,
            [events.of_user(user)],
        )
        return user


def make_user(
    account: Account,
    username: str,
    *,
    password: str | None,
    role: Role = Role.ADMINISTRATOR,
    with_access_key: bool = False,
) -> NewUser:
    """The making itself, for operations that hold the account: its row, its role, its first key."""
    user = User(username=User.normalize_username(username), account=account)
    _require_username(user)
    if password is None:
        user.set_unusable_password()
    else:
        _require_password(password, user)
        user.set_password(password)
    user.save(force_insert=True)
    group, _made = Group.objects.get_or_create(name=role.group_name(account.pk))
    user.groups.add(group)
    settle_grants(account)
    if not with_access_key:
        return NewUser(user=user)
    key, secret = make_access_key(user)
    return NewUser(user=user, access_key=key.pk, secret_key=secret)


def _require_username(user: User) -> None:
    names.username(user.username)  # Django's rule lets letters pass that print nothing
    field = User._meta.get_field("username")
    try:
        field.run_validators(user.username)
        field.validate(user.username, user)
    except ValidationError as error:
        raise InvalidParameter(
            field="username", reason=Reason.AS_SAID, problem=" ".join(error.messages)
        ) from error
    if User.objects.filter(username__iexact=user.username).exists():
        raise errors.UsernameTaken(username=user.username)


def _require_password(password: object, user: User, *, field: str = "password") -> str:
    if not isinstance(password, str):
        raise InvalidParameter(field=field, reason=Reason.NOT_TEXT)
    if len(password) > names.PASSWORD_LENGTH:
        raise InvalidParameter(field=field, reason=Reason.TOO_LONG, limit=names.PASSWORD_LENGTH)
    try:
        password.encode()  # half a character cannot be hashed
        validate_password(password, user)
    except UnicodeEncodeError as error:
        raise InvalidParameter(field=field, reason=Reason.NOT_TEXT) from error
    except ValidationError as error:
        raise InvalidParameter(
            field=field, reason=Reason.AS_SAID, problem=" ".join(error.messages)
        ) from error
    return password
