"""Dry runs: set up, switched on and off by a job, and what they record (R-DRY)."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orgs import errors, events, identifiers, names
from orgs.actor import Actor
from orgs.models import (
    DryRunConfiguration,
    DryRunRecord,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyType,
    SwitchState,
)
from orgs.operations.attachments import is_on
from orgs.operations.change import change, system_change
from orgs.operations.policies import require_policy_type
from orgs.permissions import Permission
from orgs.policy.dry_run import DryRun

# What a client may ask for, and what it begins.
WANTED = {
    "enabled": SwitchState.PENDING_ENABLE,
    "disabled": SwitchState.PENDING_DISABLE,
}
BEGUN = {
    SwitchState.PENDING_ENABLE: events.Kind.DRY_RUN_ENABLING,
    SwitchState.PENDING_DISABLE: events.Kind.DRY_RUN_DISABLING,
}
ENDS_AS = {
    SwitchState.PENDING_ENABLE: (SwitchState.ENABLED, events.Kind.DRY_RUN_ENABLED),
    SwitchState.PENDING_DISABLE: (SwitchState.DISABLED, events.Kind.DRY_RUN_DISABLED),
}
FALLS_BACK_TO = {
    SwitchState.PENDING_ENABLE: SwitchState.DISABLED,
    SwitchState.PENDING_DISABLE: SwitchState.ENABLED,
}
# Without these, nothing could be written (R-DRY-4).
NEEDED = ("bucket_name", "region_id", "agency_name")
PURGED_AT_ONCE = 10_000


def update_dry_run_configuration(
    *,
    actor: Actor,
    root_id: str,
    policy_type: str,
    status: str | None = None,
    bucket_name: str | None = None,
    region_id: str | None = None,
    bucket_prefix: str | None = None,
    agency_name: str | None = None,
) -> DryRunConfiguration:
    """Set dry runs up, or begin to switch them on (`enabled`) or off (`disabled`); what is None stays.

    A job ends what is begun; policies on trial and their attachments stay where they are (R-DRY-8). What
    changes nothing leaves no trace, and asking for what is there already, or on its way, is no fault.

    Raises:
        InvalidParameter: also a bucket, region or agency that is missing where dry runs are on or to be on.
        RootNotFound.
        PolicyTypeNotEnabled: service control policies are not on (R-DRY-3).
        ConcurrentModification: dry runs are on their way to the other state (R-DRY-2).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied.

    Contract: UpdateDryRunConfig. Rules: R-DRY-2 to R-DRY-5.
    """
    with change(actor, Permission.SET_UP_DRY_RUN) as organization:
        checked = identifiers.ROOT.require(root_id, field="root_id")
        wanted_type = require_policy_type(policy_type, is_dry_run=True, field="policy_type")
        begun = _begun_by(status)
        given = {
            "bucket_name": None if bucket_name is None else names.bucket(bucket_name),
            "region_id": None if region_id is None else names.bucket(region_id, field="region_id"),
            "bucket_prefix": None if bucket_prefix is None else names.bucket_prefix(bucket_prefix),
            "agency_name": None if agency_name is None else names.dry_run_agency(agency_name),
        }
        configuration = _configuration(organization, wanted_type)
        changed = {
            fact: value
            for fact, value in given.items()
            if value is not None and value != getattr(configuration, fact)
        }
        before = {fact: getattr(configuration, fact) for fact in changed}
        for fact, value in changed.items():
            setattr(configuration, fact, value)
        _require_complete(configuration, begun)
        root = organization.units.filter(pk=checked, parent=None).first()
        if root is None:
            raise errors.RootNotFound(root_id=checked)

        switched = _switched_to(organization, configuration, begun)
        if switched is None and not changed and configuration.pk:
            return configuration
        before["status"], after = configuration.state, dict(changed)
        kind = events.Kind.DRY_RUN_CONFIGURED
        if switched is not None:
            configuration.state, kind = switched, BEGUN[switched]
        after["status"] = configuration.state
        configuration.updated_at = timezone.now()
        configuration.save()
        target = events.of_unit(root, [], before=before, after=after)
        events.record(actor, organization, kind, [target], policy_type=wanted_type.value)
        return configuration


def finish_dry_run_switch(root_id: str) -> None:
    """End what was begun in a root. The sink is opened first, before anything is locked. Safe to run again.

    Raises:
        OSError: the sink cannot be written.
    """
    root = _root(root_id)
    if root is None:
        return
    for configuration in root.organization.dry_run_configurations.filter(
        state=SwitchState.PENDING_ENABLE
    ):
        _opened_folder(configuration)
    _end_pending(root, ENDS_AS)


def fail_dry_run_switch(root_id: str) -> None:
    """Put dry runs whose switching was given up back to where they were. Safe to run again."""
    root = _root(root_id)
    if root is None:
        return
    kind = events.Kind.DRY_RUN_SWITCH_FAILED
    _end_pending(root, {state: (back, kind) for state, back in FALLS_BACK_TO.items()})


def switch_off_dry_run(organization: Organization, policy_type: str) -> bool:
    """Switch dry runs off with their policy type, for operations that hold the lock (R-DRY-8).

    Returns whether they were on, or on their way. The caller records the event.
    """
    switched = organization.dry_run_configurations.filter(policy_type=policy_type).exclude(
        state=SwitchState.DISABLED
    )
    return bool(switched.update(state=SwitchState.DISABLED, updated_at=timezone.now()))


def record_dry_run(actor: Actor, tried: DryRun) -> None:
    """Write down a call that passed and that policies on trial would have denied (R-DRY-9).

    Never under the organization's lock: of a call that changes something once the change is made, and of
    one that comes to nothing not at all. What cannot be written is in the log; the call is answered.
    """
    at = timezone.now()
    transaction.on_commit(lambda: _record(actor, tried, at=at), robust=True)


def purge_dry_run_records(*, recorded_before: datetime) -> int:
    """Delete records that are older, bit by bit; returns how many. The lines in the sink stay."""
    deleted = 0
    while True:
        old = DryRunRecord.objects.filter(at__lt=recorded_before).order_by("pk")
        ids = list(old.values_list("pk", flat=True)[:PURGED_AT_ONCE])
        if not ids:
            return deleted
        # They are deleted in the order of their ids, so the last one bounds them.
        deleted += old.filter(pk__lte=ids[-1]).order_by().delete()[0]


def _begun_by(status: object) -> SwitchState | None:
    if status is None:
        return None
    if not isinstance(status, str) or status not in WANTED:
        raise errors.InvalidParameter(
            field="status", reason=errors.Reason.NOT_A_CHOICE, choices=", ".join(WANTED)
        )
    return WANTED[status]


def _configuration(organization: Organization, policy_type: PolicyType) -> DryRunConfiguration:
    """What was set up, or a row that is not saved yet."""
    found = organization.dry_run_configurations.filter(policy_type=policy_type).first()
    return found or DryRunConfiguration(
        organization=organization, policy_type=policy_type, created_at=timezone.now()
    )


def _require_complete(configuration: DryRunConfiguration, begun: SwitchState | None) -> None:
    """Refuse to be on, or to stay on, without what is needed (R-DRY-4, R-DRY-5)."""
    is_on_its_way = configuration.state in (SwitchState.ENABLED, SwitchState.PENDING_ENABLE)
    if begun == SwitchState.PENDING_DISABLE or (begun is None and not is_on_its_way):
        return
    for field in NEEDED:
        if not getattr(configuration, field):
            raise errors.InvalidParameter(field=field, reason=errors.Reason.MISSING)


def _switched_to(
    organization: Organization, configuration: DryRunConfiguration, begun: SwitchState | None
) -> SwitchState | None:
    """The state that begins now; nothing where it is there, or on its way."""
    if begun is None:
        return None
    policy_type = PolicyType(configuration.policy_type)
    if begun == SwitchState.PENDING_ENABLE and not is_on(organization, policy_type):
        raise errors.PolicyTypeNotEnabled(policy_type=policy_type.label)
    present = SwitchState(configuration.state)
    end, _kind = ENDS_AS[begun]
    if present in (begun, end):
        return None
    if present.is_pending:
        raise errors.ConcurrentModification
    return begun


def _root(root_id: str) -> OrganizationalUnit | None:
    roots = OrganizationalUnit.objects.filter(pk=root_id, parent=None)
    return roots.select_related("organization").first()


def _end_pending(
    root: OrganizationalUnit, ends_as: dict[SwitchState, tuple[SwitchState, events.Kind]]
) -> None:
    """Put what is on its way where that leads, and say so."""
    with system_change(root.organization_id) as organization:
        configuration = organization.dry_run_configurations.filter(state__in=ends_as).first()
        if configuration is None:
            return
        before = configuration.state
        configuration.state, kind = ends_as[SwitchState(before)]
        configuration.updated_at = timezone.now()
        configuration.save(update_fields=["state", "updated_at"])
        target = events.of_unit(
            root, [], before={"status": before}, after={"status": configuration.state}
        )
        events.record(
            Actor.system(),
            organization,
            kind,
            [target],
            policy_type=configuration.policy_type,
        )


def _record(actor: Actor, tried: DryRun, *, at: datetime) -> None:
    """Write the line, and the row."""
    configuration = DryRunConfiguration.objects.filter(
        organization=actor.organization_id,
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        state=SwitchState.ENABLED,
    ).first()
    if configuration is None:  # switched off since the call was judged
        return
    record = DryRunRecord(
        organization_id=configuration.organization_id,
        at=at,
        account_id=actor.account_id or "",
        account_name=actor.account_name,
        principal=actor.username,
        action=tried.request.action,
        resource=tried.request.resource or "",
        decision=_decision(tried),
    )
    try:
        record.save(force_insert=True)
    finally:
        _write_line(configuration, record)


def _decision(tried: DryRun) -> dict[str, Any]:
    """The deciding policy and statement; a level that lets nothing through has neither."""
    denied, source = tried.would_be, tried.would_be.decided_by
    found: dict[str, Any] = {"reason": denied.reason.value}
    if source is None:
        return found
    found["entity_id"] = source.entity
    if source.policy is not None:
        named = Policy.objects.filter(pk=source.policy).values_list("name", flat=True)
        found |= {
            "policy_id": source.policy,
            "policy_name": named.first() or "",
            "statement": None if source.statement is None else source.statement + 1,
            "sid": source.sid or "",
        }
    return found


def _write_line(configuration: DryRunConfiguration, record: DryRunRecord) -> None:
    """Append the record to its day's file in the sink, if there is one.

    One write for each line, so that those of several processes stay whole.
    """
    folder = _opened_folder(configuration)
    if folder is None:
        return
    day = record.at.astimezone(UTC).date().isoformat()
    told = {
        "time": record.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "organization_id": record.organization_id,
        "account_id": record.account_id,
        "account_name": record.account_name,
        "principal": record.principal,
        "action": record.action,
        "resource": record.resource,
        "decision": record.decision,
    }
    line = json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"
    path = folder / f"{record.organization_id}-{day}.jsonl"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def _opened_folder(configuration: DryRunConfiguration) -> Path | None:
    """Where the sink holds what a configuration writes, by bucket and prefix; None without a sink."""
    if not settings.DRY_RUN_SINK:
        return None
    parts = [part for part in configuration.bucket_prefix.split("/") if part]
    folder = Path(settings.DRY_RUN_SINK).joinpath(configuration.bucket_name, *parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
