"""Users of accounts, and operators of the installation."""

import logging
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from orgs import errors, events, identifiers, names
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import Account, Role, User
from orgs.operations.access_keys import make_access_key
from orgs.operations.change import account_change, installation_change
from orgs.operations.grants import settle_grants
from orgs.operations.owners import own_user
from orgs.operations.scoped_grants import end_grants_of
from orgs.operations.sessions import end_sessions

logger = logging.getLogger(__name__)


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
    user.set_password(_strong(new_password, user, field="new_password"))
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


def update_user(
    *, actor: Actor, username: str, is_active: bool | None = None, role: Role | None = None
) -> User:
    """Disable a user of an account or enable it again, or give it another role; None leaves it. (ours)

    Who is disabled is refused at the next request; its sessions end, and so do the rights on units that it
    got in person. Keys are refused for as long as their user is disabled.

    Raises:
        UserNotFound: nobody of that name, or an operator, who belongs to no account.
        PermissionDenied: the actor is neither the operator nor an administrator of the user's account.
        InvalidParameter: `is_active` is no flag, or `role` no role.
        OwnUserKept: the actor would disable itself.
        LastAdministrator: nobody of the account could administer it any more; the operator may do that.
    """
    found = _find_user(actor, username)
    with account_change(actor, found.account_id or "") as (account, organization):
        user = account.users.get(pk=found.pk)
        before: events.Facts = {"is_active": user.is_active, "role": user.role}
        wanted: events.Facts = {
            "is_active": user.is_active if is_active is None else _flag(is_active),
            "role": user.role if role is None else _role(role),
        }
        changed = {name for name in before if before[name] != wanted[name]}
        if not changed:
            return user
        if not wanted["is_active"]:
            _keep_own_user(actor, user)
        if not actor.is_operator:
            _keep_an_administrator(account, user, wanted)
        ended = []
        if "is_active" in changed:
            user.is_active = wanted["is_active"]
            user.save(update_fields=["is_active"])
            if not user.is_active:
                end_sessions(user.pk)
                ended = end_grants_of(user)
        if "role" in changed:
            _give_role(user, account, Role(wanted["role"]))
        target = events.of_user(
            user,
            before={name: before[name] for name in before if name in changed},
            after={name: wanted[name] for name in wanted if name in changed},
        )
        events.record(actor, organization or account, events.Kind.USER_UPDATED, [target, *ended])
        return user


def reset_password(*, actor: Actor, username: str) -> tuple[User, str]:
    """Give a user of an account a password that nobody knew before. It is told this once. (ours)

    The sessions of the user end; its second factor stays.

    Raises:
        UserNotFound: nobody of that name, or an operator, who belongs to no account.
        PermissionDenied: the actor is neither the operator nor an administrator of the user's account.
        OwnPasswordKept: it is the actor's own, which is changed with the present one.
        ConcurrentModification.
    """
    found = _find_user(actor, username)
    password = identifiers.new_password()
    # Hashing takes its time on purpose, so it is done before anything is locked.
    found.set_password(password)
    with account_change(actor, found.account_id or "") as (account, organization):
        if found.pk == actor.user_id:
            raise errors.OwnPasswordKept
        found.save(update_fields=["password"])
        end_sessions(found.pk)
        target = events.of_user(found)
        events.record(actor, organization or account, events.Kind.PASSWORD_RESET, [target])
        return found, password


def create_operator(*, actor: Actor, username: str, password: str) -> User:
    """Make an operator of the installation: a user of no account, for the operator's site.

    No organization and no account has an event of it, as it concerns none; the log of the server tells
    of it. (ours)

    Raises:
        InvalidParameter, UsernameTaken, OperatorOnly.
    """
    with installation_change(actor):
        user = User(username=User.normalize_username(username), is_staff=True)
        _require_username(user)
        user.set_password(_strong(password, user))
        user.save(force_insert=True)
    logger.info("Operator %s was made by %s.", user.username, actor.username)
    return user


def update_operator(*, actor: Actor, username: str, is_active: bool) -> User:
    """Disable an operator, whose next request is refused, or enable it again; logged like its making. (ours)

    Raises:
        UserNotFound: nobody of that name, or a user of an account.
        InvalidParameter: `is_active` is no flag.
        OwnUserKept: the actor would disable itself.
        OperatorOnly.
    """
    with installation_change(actor):
        wanted = _flag(is_active)
        operators = User.objects.filter(account=None, is_staff=True)
        user = operators.filter(username=username).first() if names.prints(username) else None
        if user is None:
            raise errors.UserNotFound(username=username)
        if user.is_active == wanted:
            return user
        _keep_own_user(actor, user)
        user.is_active = wanted
        user.save(update_fields=["is_active"])
    done = "enabled" if wanted else "disabled"
    logger.info("Operator %s was %s by %s.", user.username, done, actor.username)
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
        user.set_password(_strong(password, user))
    user.save(force_insert=True)
    _give_role(user, account, role)
    if not with_access_key:
        return NewUser(user=user)
    key, secret = make_access_key(user)
    return NewUser(user=user, access_key=key.pk, secret_key=secret)


def _give_role(user: User, account: Account, role: Role) -> None:
    """Make it the user's only role; its group may be new, and then gets what the role implies."""
    group, _made = Group.objects.get_or_create(name=role.group_name(account.pk))
    user.groups.set([group])
    settle_grants(account)


def _keep_an_administrator(account: Account, user: User, wanted: events.Facts) -> None:
    """Refuse to take the last administrator who can sign in from an account."""
    if user.role != Role.ADMINISTRATOR or not user.is_active:
        return
    if wanted["is_active"] and wanted["role"] == Role.ADMINISTRATOR:
        return
    group = Role.ADMINISTRATOR.group_name(account.pk)
    others = account.users.filter(groups__name=group, is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise errors.LastAdministrator(username=user.username)


def _find_user(actor: Actor, username: str) -> User:
    """The user of an account that the actor may know of (R-GEN-3)."""
    users = User.objects.filter(account__isnull=False)
    if not actor.is_operator:
        users = users.filter(account=actor.account_id)
    # A text that no name can be is not handed to the database, which may not be able to hold it.
    user = users.filter(username=username).first() if names.prints(username) else None
    if user is None:
        raise errors.UserNotFound(username=username)
    return user


def _keep_own_user(actor: Actor, user: User) -> None:
    if user.pk == actor.user_id:
        raise errors.OwnUserKept(username=user.username)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidParameter(field="is_active", reason=Reason.NOT_A_FLAG)
    return value


def _role(value: object) -> Role:
    if value not in Role.values:
        raise InvalidParameter(
            field="role", reason=Reason.NOT_A_CHOICE, choices=", ".join(Role.values)
        )
    return Role(value)


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


def _strong(password: object, user: User, *, field: str = "password") -> str:
    """The password, if it is strong enough for the user."""
    text = names.password(password, field=field)
    try:
        validate_password(text, user)
    except ValidationError as error:
        raise InvalidParameter(
            field=field, reason=Reason.AS_SAID, problem=" ".join(error.messages)
        ) from error
    return text
