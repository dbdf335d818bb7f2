"""The second factor of a sign-in: an authenticator app, and recovery codes for when it is lost."""

from allauth.mfa.models import Authenticator

from orgs import errors, events, second_factor
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import User
from orgs.operations.change import account_change
from orgs.operations.owners import own_user, user_named


def add_second_factor(*, actor: Actor, secret: str, code: str) -> list[str]:
    """Ask the actor for a code of its app at every sign-in from now on.

    `secret` is what the app was given, `code` proves that it was. Returns the recovery codes, which are
    shown this once.

    Raises:
        InvalidParameter: the secret is none, or the code does not come from it.
        SecondFactorPresent: there is one already.
        PermissionDenied: no user asks.
        UserDisabled, CallerAccountClosed, ConcurrentModification.
    """
    user = own_user(actor)
    if not isinstance(secret, str) or not second_factor.SECRET.fullmatch(secret):
        raise InvalidParameter(field="secret", reason=Reason.NOT_A_SECRET)
    if (
        not isinstance(code, str)
        or not second_factor.matches(secret, code)
        or not second_factor.spend(user.pk, code)
    ):
        raise InvalidParameter(field="code", reason=Reason.WRONG_CODE)
    with account_change(actor, str(user.account_id), user_id=user.pk) as (account, organization):
        if _has_second_factor(user):
            raise errors.SecondFactorPresent(username=user.username)
        codes = second_factor.add(user, secret)
        target = events.of_user(user, after={"second_factor": Authenticator.Type.TOTP.value})
        events.record(actor, organization or account, events.Kind.SECOND_FACTOR_ADDED, [target])
        return codes


def remove_second_factor(*, actor: Actor, username: str) -> None:
    """Ask the user for its password alone again; its recovery codes are void.

    Users remove their own. Who lost app and codes is helped by an administrator of the account or by the
    operator.

    Raises:
        UserNotFound: nobody of that name, or an operator, who belongs to no account.
        SecondFactorMissing: there is none.
        PermissionDenied: not the actor's own, and the actor is neither the operator nor an administrator
            of the user's account.
        UserDisabled, CallerAccountClosed, ConcurrentModification.
    """
    user = user_named(actor, username)
    with account_change(actor, str(user.account_id), user_id=user.pk) as (account, organization):
        if not _has_second_factor(user):
            raise errors.SecondFactorMissing(username=user.username)
        Authenticator.objects.filter(user_id=user.pk).delete()
        target = events.of_user(user, before={"second_factor": Authenticator.Type.TOTP.value})
        events.record(actor, organization or account, events.Kind.SECOND_FACTOR_REMOVED, [target])


def renew_recovery_codes(*, actor: Actor) -> list[str]:
    """Give the actor other recovery codes, which are shown this once; the old ones are void.

    Raises:
        SecondFactorMissing: there is nothing that they would stand in for.
        PermissionDenied: no user asks.
        UserDisabled, CallerAccountClosed, ConcurrentModification.
    """
    user = own_user(actor)
    with account_change(actor, str(user.account_id), user_id=user.pk) as (account, organization):
        if not _has_second_factor(user):
            raise errors.SecondFactorMissing(username=user.username)
        kept = Authenticator.objects.filter(user_id=user.pk)
        kept.filter(type=Authenticator.Type.RECOVERY_CODES).delete()
        codes = second_factor.make_codes(user)
        target = events.of_user(user, after={"recovery_codes": len(codes)})
        events.record(actor, organization or account, events.Kind.RECOVERY_CODES_RENEWED, [target])
        return codes


def _has_second_factor(user: User) -> bool:
    return bool(
        Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()
    )
