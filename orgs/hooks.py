"""What an installation may have its own say in: functions that settings name by their dotted path.

docs/hooks.md tells what each is given and what it answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from orgs.models import Account, ClosingRequest, CreationRequest, FailureReason


class Happened(StrEnum):
    """What the callback of a service is told of (R-TS-11)."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What happened in an organization that trusts, or trusted, a service.

    `id` is the same each time that the same is told. Where accounts joined or left, `account_ids` holds them.
    """

    id: str
    happened: Happened
    service_principal: str
    organization_id: str
    at: datetime
    account_ids: tuple[str, ...] = ()


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


def services_that_listen() -> frozenset[str]:
    """The principals of the services that the installation has a callback for (R-TS-11)."""
    return frozenset(settings.SERVICE_CALLBACKS)


def tell_service(notice: Notice) -> None:
    """Tell a service's callback, where there is one. What it raises is tried again."""
    _ask(settings.SERVICE_CALLBACKS.get(notice.service_principal, ""), notice)


def _ask(path: str, subject: object) -> object:
    if not path:
        return None
    hook: Callable[[Any], object] = import_string(path)
    return hook(subject)
