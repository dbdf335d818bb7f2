"""What stands in the way of an account's coming: rules that an operation asks of one account, and a
batch of many before anything is sent.
"""

from collections.abc import Iterator

from django.conf import settings

from orgs import departures, errors, hooks
from orgs.errors import InvalidParameter, OrgsError, Reason
from orgs.models import Account, AccountStatus


def missing_contacts(*, email: str | None, phone: str | None) -> Iterator[InvalidParameter]:
    """The contacts that this installation wants of every new account, and that are not given (R-ACC-14)."""
    for field, given in (("email", email), ("phone", phone)):
        if given is None and field in settings.CONTACTS_DEMANDED:
            yield InvalidParameter(field=field, reason=Reason.CONTACT_NEEDED)


def obstacles_to_inviting(account: Account) -> Iterator[OrgsError]:
    """Why the account cannot join anything now (R-INV-3 to R-INV-5)."""
    if not account.stands_alone:
        yield errors.AccountAlreadyInOrganization(account_name=account.name)
    is_ready = account.status == AccountStatus.ACTIVE and departures.is_full(account)
    if not is_ready or not account.is_eligible or not hooks.may_be_invited(account):
        yield errors.AccountNotActive(account_name=account.name)
