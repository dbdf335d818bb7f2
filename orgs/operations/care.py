"""Care of the installation: checks and repairs that operators ask for, which a worker runs."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.errors import InvalidParameter, OrgsError, Reason
from orgs.models import CareKind, CareRun, CareState, Organization
from orgs.operations.change import installation_change
from orgs.operations.effective_tag_policies import repair_tag_policies
from orgs.operations.integrity import repair_tree
from orgs.operations.jobs import add_job
from orgs.operations.key_ring import rotate_secrets
from orgs.queries import integrity, policy_integrity

JOB = "care"
PROBLEMS_KEPT = 100
OF_ONE_ORGANIZATION = frozenset({CareKind.EVENTS})

Outcome = tuple[bool, dict[str, Any]]


def ask_for_care(*, actor: Actor, kind: str, organization_id: str = "") -> CareRun:
    """Have a check or a repair run by the next worker; what came of it is kept with the run.

    Event chains may be verified of one organization alone, deleted ones included; everything else is of the
    whole installation, as is the verification where no organization is named.

    Raises:
        InvalidParameter: no such kind, or it is not of one organization.
        OrganizationNotFound.
        CareUnderWay: the same is asked for already.
        OperatorOnly, UserDisabled, ConcurrentModification.

    Source: reliability, sections 1 and P6.
    """
    with installation_change(actor):
        wanted = _kind(kind)
        organization = _organization(wanted, organization_id)
        under_way = CareRun.objects.filter(
            kind=wanted, organization=organization, state=CareState.WAITING
        )
        if under_way.exists():
            raise errors.CareUnderWay(care=wanted.label)
        now = timezone.now()
        run = CareRun.objects.create(
            kind=wanted,
            organization=organization,
            asked_at=now,
            asked_by=actor.username,
            asked_by_user_id=actor.user_id,
            source_address=actor.address,
        )
        # As one that the queue has lost, so that the next worker who looks for those takes it.
        add_job(
            kind=JOB, subject_id=str(run.pk), organization_id=None, due_at=now - settings.JOB_LEASE
        )
        return run


def run_care(run_id: str) -> None:
    """Do what was asked for, unless it is done, and keep what came of it. Safe to run again."""
    run = CareRun.objects.filter(pk=int(run_id), state=CareState.WAITING).first()
    if run is None:
        return
    holds, result = _RUNS[CareKind(run.kind)](run)
    _end(run_id, CareState.DONE, holds=holds, result=result)


def fail_care(run_id: str) -> None:
    """Nothing came of it; its job tells why."""
    _end(run_id, CareState.FAILED, holds=None, result={})


def forget_care(*, ended_before: datetime) -> int:
    """Delete runs that ended before that time, each kind's and organization's last kept; returns how many."""
    latest = CareRun.objects.values("kind", "organization").annotate(last=Max("pk")).values("last")
    old = CareRun.objects.filter(ended_at__lt=ended_before).exclude(
        pk__in=list(latest.values_list("last", flat=True))
    )
    deleted, _by_kind = old.delete()
    return deleted


def _kind(given: object) -> CareKind:
    if not isinstance(given, str) or given not in CareKind.values:
        raise InvalidParameter(
            field="kind", reason=Reason.NOT_A_CHOICE, choices=", ".join(CareKind)
        )
    return CareKind(given)


def _organization(kind: CareKind, organization_id: str) -> Organization | None:
    if organization_id == "":
        return None
    if kind not in OF_ONE_ORGANIZATION:
        raise InvalidParameter(
            field="organization_id", reason=Reason.NOT_TOGETHER, other=f"kind {kind}"
        )
    found = None
    if identifiers.ORGANIZATION.fits(organization_id):
        found = Organization.objects.filter(pk=organization_id).first()
    if found is None:
        raise errors.OrganizationNotFound(organization_id=organization_id)
    return found


def _end(run_id: str, state: CareState, *, holds: bool | None, result: dict[str, Any]) -> None:
    waiting = CareRun.objects.filter(pk=int(run_id), state=CareState.WAITING)
    waiting.update(state=state, holds=holds, result=result, ended_at=timezone.now())


def _check_integrity(_run: CareRun) -> Outcome:
    checked = integrity.check_integrity()
    rows = [{"name": one.name, "claim": one.claim, "problems": one.problems} for one in checked]
    return all(one.holds for one in checked), {
        "invariants": rows,
        "misnumbered": integrity.misnumbered_organizations()[:PROBLEMS_KEPT],
        "wrongly_merged": list(policy_integrity.organizations_wrongly_merged())[:PROBLEMS_KEPT],
    }


def _verify_events(run: CareRun) -> Outcome:
    problems = list(integrity.broken_chains(organization=run.organization))
    return not problems, {
        "events": integrity.count_events(organization=run.organization),
        "problems": problems[:PROBLEMS_KEPT],
    }


def _repair(run: CareRun) -> Outcome:
    """What follows from something else, each organization in a change of its own; then the check."""
    actor = _asker(run)
    refused: list[str] = []
    units = _repair_each(repair_tree, integrity.misnumbered_organizations(), actor, refused)
    policies = _repair_each(
        repair_tag_policies, policy_integrity.organizations_wrongly_merged(), actor, refused
    )
    holds, result = _check_integrity(run)
    return holds, result | {
        "units": units,
        "tag_policies": policies,
        "refused": refused[:PROBLEMS_KEPT],
    }


def _repair_each(
    repair: Callable[..., int], organization_ids: Iterable[str], actor: Actor, refused: list[str]
) -> int:
    count = 0
    for organization_id in organization_ids:
        try:
            count += repair(actor=actor, organization_id=organization_id)
        except OrgsError as refusal:
            refused.append(f"{organization_id}: {refusal}")
    return count


def _rotate(run: CareRun) -> Outcome:
    rotation = rotate_secrets(actor=_asker(run))
    census = rotation.census
    return rotation.is_complete, {
        "resealed": rotation.resealed,
        "left": census.under_old_keys,
        "unreadable": census.unreadable,
        "unreadable_owners": census.unreadable_owners,
    }


def _asker(run: CareRun) -> Actor:
    return Actor.operator(run.asked_by, user_id=run.asked_by_user_id, address=run.source_address)


_RUNS: dict[CareKind, Callable[[CareRun], Outcome]] = {
    CareKind.INTEGRITY: _check_integrity,
    CareKind.EVENTS: _verify_events,
    CareKind.REPAIR: _repair,
    CareKind.ROTATION: _rotate,
}
