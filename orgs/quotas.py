"""How many of each there may be, and the one question: is there room."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from orgs import errors
from orgs.models import (
    AccountStatus,
    ClosingRequest,
    ClosingState,
    Departure,
    DepartureKind,
    Invitation,
    InvitationState,
    Organization,
    PolicyType,
)

PER_CHANGE = 1_000  # accounts or resources that one change may name


def account_quota(organization: Organization) -> int:
    """How many accounts the organization may hold, the management account included (R-QUO-1)."""
    if organization.account_quota is not None:
        return organization.account_quota
    return int(settings.ACCOUNT_QUOTA)


def unit_quota() -> int:
    """How many organizational units an organization may hold, the root not counted (R-OU-3)."""
    return int(settings.ORGANIZATIONAL_UNIT_QUOTA)


def require_room_for_units(organization: Organization, *, more: int = 1) -> None:
    """Refuse `more` units that would exceed the quota; the root is not counted (R-OU-3).

    Raises:
        OuQuotaExceeded.
    """
    limit = unit_quota()
    present = organization.units.filter(parent__isnull=False).count()
    if present + more > limit:
        raise errors.OuQuotaExceeded(limit=limit)


def require_room_for_tags(resource_name: str, *, wanted: int) -> None:
    """Refuse more tags than a resource may hold (R-TAG-1).

    Raises:
        TagQuotaExceeded.
    """
    limit = int(settings.TAG_QUOTA)
    if wanted > limit:
        raise errors.TagQuotaExceeded(resource_name=resource_name, limit=limit, wanted=wanted)


def accounts_used(organization: Organization, *, besides: Invitation | None = None) -> int:
    """What counts against the account quota: accounts, running creations, open invitations (R-QUO-1).

    `besides` is an invitation that is being accepted and does not count itself (R-INV-14).
    """
    invitations = organization.invitations.pending()
    if besides is not None:
        invitations = invitations.exclude(pk=besides.pk)
    running = organization.creation_requests.running().count()
    return organization.accounts.count() + running + invitations.count()


def has_room_for_account(organization: Organization, *, besides: Invitation | None = None) -> bool:
    """Whether one more account fits into the quota; `besides` as for `accounts_used` (R-INV-14)."""
    return accounts_used(organization, besides=besides) < account_quota(organization)


def require_room_for_account(organization: Organization) -> None:
    """Refuse one more account than the quota allows (R-ACC-13, R-INV-18).

    Raises:
        AccountQuotaExceeded.
    """
    limit = account_quota(organization)
    wanted = accounts_used(organization) + 1
    if wanted > limit:
        raise errors.AccountQuotaExceeded(limit=limit, wanted=wanted)


def creation_slots(organization: Organization) -> int:
    """How many more accounts can be created at this moment (R-ACC-12)."""
    running = organization.creation_requests.running().count()
    return max(0, int(settings.CREATIONS_AT_ONCE) - running)


def require_slot_for_creation(organization: Organization) -> None:
    """Refuse one more creation at this moment (R-ACC-12).

    Raises:
        AccountCreateConcurrency.
    """
    if not creation_slots(organization):
        raise errors.AccountCreateConcurrency(limit=int(settings.CREATIONS_AT_ONCE))


def require_room_for_policy(
    organization: Organization, policy_type: PolicyType, *, is_dry_run: bool = False
) -> None:
    """Refuse one more policy than the quota allows; built-in ones do not count (R-POL-1, R-DRY-11).

    Raises:
        PolicyQuotaExceeded.
    """
    limit = int(settings.POLICY_QUOTA)
    present = organization.policies.filter(policy_type=policy_type, is_dry_run=is_dry_run)
    if present.count() >= limit:
        raise errors.PolicyQuotaExceeded(limit=limit)


def attachment_limit(policy_type: str) -> int:
    """How many policies of a type may hang on one entity (R-POL-10, R-DRY-7)."""
    if policy_type == PolicyType.SERVICE_CONTROL_POLICY:
        return int(settings.SCPS_PER_ENTITY)
    return int(settings.TAG_POLICIES_PER_ENTITY)


def require_room_for_attachments(entity_name: str, policy_type: str, *, wanted: int) -> None:
    """Refuse more policies of a type than may hang on one entity (R-POL-10, R-DRY-7).

    Raises:
        PolicyAttachQuotaExceeded.
    """
    limit = attachment_limit(policy_type)
    if wanted > limit:
        raise errors.PolicyAttachQuotaExceeded(entity_name=entity_name, limit=limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How often something may be done in a sliding span of time, and when the next one is free.

    `next_at` is None while something is left.
    """

    limit: int
    used: int
    span: timedelta
    next_at: datetime | None = None

    @property
    def left(self) -> int:
        """How many more may be done now."""
        return max(0, self.limit - self.used)

    @property
    def hours(self) -> int:
        """The span in hours."""
        return self.span // timedelta(hours=1)


def removal_budget(organization: Organization) -> Budget:
    """Accounts moved out; leaving by oneself is not counted (R-ACC-41)."""
    removed = organization.departures.filter(kind=DepartureKind.REMOVED)
    return _budget(
        removed, "departed_at", limit=int(settings.REMOVALS), span=settings.REMOVAL_WINDOW
    )


def invitation_budget(organization: Organization) -> Budget:
    """Invitations sent; accepted ones do not count (R-INV-7)."""
    return _budget(
        _invitations_counted(organization),
        "created_at",
        limit=int(settings.INVITATIONS),
        span=settings.INVITATION_WINDOW,
    )


def invitation_times(organization: Organization, number: int, *, now: datetime) -> list[datetime]:
    """When each of the next `number` invitations can go at the latest, `now` or later (R-INV-7).

    Accepted ones stop counting, so it may be earlier. The limit has to be above zero.
    """
    limit, span = int(settings.INVITATIONS), settings.INVITATION_WINDOW
    times = _times(_invitations_counted(organization), "created_at", since=now - span)
    for _number in range(number):
        times.append(max(now, times[-limit] + span) if len(times) >= limit else now)
    return times[len(times) - number :]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingBudget:
    """Closings in the window, and those that run at this moment (R-CLO-8)."""

    in_window: Budget
    at_once: int
    closing: int

    @property
    def is_used_up(self) -> bool:
        """Whether no closing can begin now."""
        return not self.in_window.left or self.closing >= self.at_once


def closing_limit(organization: Organization) -> int:
    """A tenth of the active members, at least 10, at most 200 (R-CLO-8, R-CLO-8a)."""
    members = (
        organization.accounts.filter(status=AccountStatus.ACTIVE)
        .exclude(pk=organization.management_account_id)
        .count()
    )
    share = members * int(settings.CLOSINGS_PERCENT) // 100
    return min(max(int(settings.CLOSINGS_LEAST), share), int(settings.CLOSINGS_MOST))


def closing_budget(organization: Organization) -> ClosingBudget:
    """What is left of the closings (R-CLO-8); one that failed does not count."""
    begun = organization.closing_requests.exclude(state=ClosingState.FAILED)
    return ClosingBudget(
        in_window=_budget(
            begun,
            "created_at",
            limit=closing_limit(organization),
            span=settings.CLOSING_WINDOW,
        ),
        at_once=int(settings.CLOSINGS_AT_ONCE),
        closing=begun.filter(state=ClosingState.PENDING_CLOSURE).count(),
    )


Counted = QuerySet[Departure] | QuerySet[Invitation] | QuerySet[ClosingRequest]


def _invitations_counted(organization: Organization) -> QuerySet[Invitation]:
    return organization.invitations.exclude(state=InvitationState.ACCEPTED)


def _times(done: Counted, column: str, *, since: datetime) -> list[datetime]:
    """When each was done since then, the first one first."""
    found = done.filter(**{f"{column}__gt": since}).order_by(column)
    return list(found.values_list(column, flat=True))


def _budget(
    done: Counted,
    column: str,
    *,
    limit: int,
    span: timedelta,
) -> Budget:
    times = _times(done, column, since=timezone.now() - span)
    # Of more than the limit, so many have to fall out of the span that one is free.
    next_at = times[len(times) - limit] + span if limit and len(times) >= limit else None
    return Budget(limit=limit, used=len(times), span=span, next_at=next_at)
