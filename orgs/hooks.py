"""What an installation may have its own say in: functions that settings name by their dotted path.

docs/hooks.md tells what each is given and what it answers.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from orgs.models import Account, ClosingRequest, CreationRequest, FailureReason


class HookFailure(Exception):
    """What was asked for cannot be done, now or later; trying again is of no use."""

    def __init__(self, reason: FailureReason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = FailureReason(reason)
        self.detail = detail


def provide_account(request: CreationRequest) -> None:
    """Have the account made wherever accounts of this installation live, before it is entered here.

    It may be asked again for the same request, and has to answer alike. Without a provider there is
    nothing to do: accounts live here alone.

    Raises:
        HookFailure: the account cannot be made. Any other error is tried again.
    """
    _ask(settings.ACCOUNT_PROVIDER, request)


def close_account(request: ClosingRequest) -> None:
    """Have the account's data deleted wherever it lives, before it counts as closed (R-CLO-14).

    Raises:
        HookFailure: it cannot be closed. Any other error is tried again.
    """
    _ask(settings.ACCOUNT_CLOSER, request)


def may_be_invited(account: Account) -> bool:
    """The installation's own say in who can be invited (R-INV-5)."""
    answer = _ask(settings.INVITATION_ELIGIBILITY, account)
    return answer is None or bool(answer)


def has_unpaid_resources(account: Account) -> bool:
    """Whether something of the account is unpaid (R-CLO-6)."""
    return bool(_ask(settings.UNPAID_RESOURCES, account))


def _ask(path: str, subject: object) -> object:
    if not path:
        return None
    hook: Callable[[Any], object] = import_string(path)
    return hook(subject)
