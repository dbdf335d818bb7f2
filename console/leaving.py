"""What stands in the way of an account's leaving, and what to do about each of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from orgs import departures, errors
from orgs.errors import OrgsError
from orgs.models import Account, Organization


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why the account cannot leave now, and what would change that."""

    problem: str
    remedy: str


def blockers(
    account: Account, organization: Organization, obstacles: Iterable[OrgsError]
) -> list[Blocker]:
    """Every obstacle in words; one that has several causes is told once for each (R-ORG-12 to R-ORG-15)."""
    found: list[Blocker] = []
    for obstacle in obstacles:
        if isinstance(obstacle, errors.CannotLeaveManagementOrDelegated):
            found.append(_kept(account, organization, obstacle))
        elif isinstance(obstacle, errors.AccountStandaloneInfoMissing):
            found += _not_ready(account)
        elif isinstance(obstacle, errors.DeniedByPolicy):
            found.append(_denied(obstacle, organization))
        else:
            found.append(Blocker(str(obstacle), ""))
    return found


def _kept(account: Account, organization: Organization, obstacle: OrgsError) -> Blocker:
    if account.pk == organization.management_account_id:
        return Blocker(
            _("Your account manages the organization."),
            _("It stays for as long as the organization exists, and goes only with it."),
        )
    return Blocker(
        _("Your account is a delegated administrator of %(services)s.") % obstacle.facts,
        _("Ask the management account, %(name)s, to take that role from it first.")
        % {"name": organization.management_account.name},
    )


def _denied(obstacle: errors.DeniedByPolicy, organization: Organization) -> Blocker:
    return Blocker(
        str(obstacle.facts["sentence"]),
        _("Ask the management account, %(name)s, to let your account leave.")
        % {"name": organization.management_account.name},
    )


def _not_ready(account: Account) -> list[Blocker]:
    found = []
    if not departures.is_full(account):
        found.append(
            Blocker(
                _("Your account was created by the organization and is not a full account yet."),
                _("Ask the operator of this installation to make it one."),
            )
        )
    free_from = departures.old_enough_from(account)
    if free_from is not None and free_from >= timezone.now():
        found.append(
            Blocker(
                _("Your account is too young."),
                _("It can leave from %(time)s UTC on.") % {"time": f"{free_from:%Y-%m-%d %H:%M}"},
            )
        )
    return found
