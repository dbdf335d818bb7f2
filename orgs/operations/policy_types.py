"""Switching policy types on and off in the root; a job ends what is begun here (R-PT)."""

from collections.abc import Callable

from django.utils import timezone

from orgs import errors, events, identifiers
from orgs.actor import Actor
from orgs.models import (
    FULL_ACCESS,
    Attachment,
    Organization,
    OrganizationalUnit,
    PolicyType,
    RootPolicyType,
    SwitchState,
)
from orgs.operations.attachments import attach_everywhere
from orgs.operations.change import change, system_change
from orgs.operations.dry_runs import switch_off_dry_run
from orgs.operations.effective_tag_policies import settle_tag_policies
from orgs.operations.policies import require_policy_type
from orgs.permissions import Permission

type Ending = Callable[[Organization, OrganizationalUnit, RootPolicyType], None]

BEGUN = {
    SwitchState.PENDING_ENABLE: events.Kind.POLICY_TYPE_ENABLING,
    SwitchState.PENDING_DISABLE: events.Kind.POLICY_TYPE_DISABLING,
}
# What a switch comes to, and where it falls back to when its job is given up.
ENDS_AS = {
    SwitchState.PENDING_ENABLE: (SwitchState.ENABLED, events.Kind.POLICY_TYPE_ENABLED),
    SwitchState.PENDING_DISABLE: (SwitchState.DISABLED, events.Kind.POLICY_TYPE_DISABLED),
}
FALLS_BACK_TO = {
    SwitchState.PENDING_ENABLE: SwitchState.DISABLED,
    SwitchState.PENDING_DISABLE: SwitchState.ENABLED,
}


def enable_policy_type(*, actor: Actor, root_id: str, policy_type: str) -> OrganizationalUnit:
    """Begin to switch a policy type on. Returns the root.

    When it is on, the built-in FullAccess hangs on the root, every unit and every account (R-PT-3); tag
    policies begin with nothing attached (R-PT-9).

    Raises:
        InvalidParameter, RootNotFound, PolicyTypeAlreadyEnabled.
        ConcurrentModification: it is being switched off (R-PT-2).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied.

    Contract: EnablePolicyType.
    """
    with change(actor, Permission.SWITCH_POLICY_TYPE) as organization:
        root, switch = _find(organization, root_id, policy_type)
        if switch.state in (SwitchState.ENABLED, SwitchState.PENDING_ENABLE):
            raise errors.PolicyTypeAlreadyEnabled(policy_type=_label(switch))
        if switch.state == SwitchState.PENDING_DISABLE:
            raise errors.ConcurrentModification
        _begin(actor, organization, root, switch, SwitchState.PENDING_ENABLE)
        return root


def disable_policy_type(*, actor: Actor, root_id: str, policy_type: str) -> OrganizationalUnit:
    """Begin to switch a policy type off: its policies are detached everywhere and stay (R-PT-5, R-PT-6).

    They bind nobody from now on. Returns the root.

    Raises:
        InvalidParameter, RootNotFound, PolicyTypeAlreadyDisabled.
        ConcurrentModification: it is being switched on (R-PT-2).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied.

    Contract: DisablePolicyType.
    """
    with change(actor, Permission.SWITCH_POLICY_TYPE) as organization:
        root, switch = _find(organization, root_id, policy_type)
        if switch.state in (SwitchState.DISABLED, SwitchState.PENDING_DISABLE):
            raise errors.PolicyTypeAlreadyDisabled(policy_type=_label(switch))
        if switch.state == SwitchState.PENDING_ENABLE:
            raise errors.ConcurrentModification
        _begin(actor, organization, root, switch, SwitchState.PENDING_DISABLE)
        return root


def finish_policy_type_switches(root_id: str) -> None:
    """End what was begun in a root: attach or detach, and say so. Safe to run again."""
    _each_pending(root_id, _finish)


def fail_policy_type_switches(root_id: str) -> None:
    """Put types whose switching was given up back to where they were. Safe to run again."""
    _each_pending(root_id, _fall_back)


def _find(
    organization: Organization, root_id: object, policy_type: object
) -> tuple[OrganizationalUnit, RootPolicyType]:
    checked = identifiers.ROOT.require(root_id, field="root_id")
    wanted = require_policy_type(policy_type, field="policy_type")
    root = organization.units.filter(pk=checked, parent=None).first()
    if root is None:
        raise errors.RootNotFound(root_id=checked)
    switch = organization.policy_types.filter(policy_type=wanted).first()
    if switch is None:
        switch = RootPolicyType(organization=organization, policy_type=wanted)
    return root, switch


def _begin(
    actor: Actor,
    organization: Organization,
    root: OrganizationalUnit,
    switch: RootPolicyType,
    state: SwitchState,
) -> None:
    target = _set_state(root, switch, state)
    events.record(actor, organization, BEGUN[state], [target], policy_type=switch.policy_type)


def _each_pending(root_id: str, end: Ending) -> None:
    root = OrganizationalUnit.objects.filter(pk=root_id, parent=None).first()
    if root is None:
        return
    for policy_type in PolicyType:
        with system_change(root.organization_id) as organization:
            switch = organization.policy_types.filter(policy_type=policy_type).first()
            if switch is not None and SwitchState(switch.state).is_pending:
                end(organization, root, switch)


def _finish(organization: Organization, root: OrganizationalUnit, switch: RootPolicyType) -> None:
    state, kind = ENDS_AS[SwitchState(switch.state)]
    details: dict[str, str] = {}
    if state == SwitchState.ENABLED:
        touched = _attach_what_comes_with(organization, PolicyType(switch.policy_type))
    else:
        touched = _detach_everywhere(organization, switch.policy_type)
        if switch_off_dry_run(organization, switch.policy_type):
            details["dry_run"] = SwitchState.DISABLED.value
    target = _set_state(root, switch, state)
    events.record(
        Actor.system(),
        organization,
        kind,
        [target],
        policy_type=switch.policy_type,
        attachments=touched,
        **details,
    )


def _fall_back(
    organization: Organization, root: OrganizationalUnit, switch: RootPolicyType
) -> None:
    state = FALLS_BACK_TO[SwitchState(switch.state)]
    if state == SwitchState.ENABLED:
        _attach_what_comes_with(organization, PolicyType(switch.policy_type))
    target = _set_state(root, switch, state)
    kind = events.Kind.POLICY_TYPE_SWITCH_FAILED
    events.record(Actor.system(), organization, kind, [target], policy_type=switch.policy_type)


def _attach_what_comes_with(organization: Organization, policy_type: PolicyType) -> int:
    """Attach FullAccess to what has no service control policy, where it is about these (R-PT-3, R-PT-9).

    That is every entity when they are switched on. When switching off was given up it is what came
    meanwhile, and what lost its last one.
    """
    if policy_type != PolicyType.SERVICE_CONTROL_POLICY:
        return 0
    bound = Attachment.objects.filter(
        organization=organization, policy__policy_type=policy_type, policy__is_dry_run=False
    )
    of_units = bound.filter(account=None).values("unit")
    of_accounts = bound.filter(unit=None).values("account")
    units = list(organization.units.exclude(pk__in=of_units).values_list("pk", flat=True))
    accounts = list(organization.accounts.exclude(pk__in=of_accounts).values_list("pk", flat=True))
    attach_everywhere(organization, FULL_ACCESS, unit_ids=units, account_ids=accounts)
    return len(units) + len(accounts)


def _detach_everywhere(organization: Organization, policy_type: str) -> int:
    """Detach all policies of a type that bind; they stay, those on trial as well (R-PT-5, R-DRY-8)."""
    deleted, _by_model = Attachment.objects.filter(
        organization=organization, policy__policy_type=policy_type, policy__is_dry_run=False
    ).delete()
    return deleted


def _set_state(
    root: OrganizationalUnit, switch: RootPolicyType, state: SwitchState
) -> events.Target:
    before = switch.state
    switch.state, switch.changed_at = state, timezone.now()
    switch.save()
    if switch.policy_type == PolicyType.TAG_POLICY:
        settle_tag_policies(switch.organization, [root.pk])
    return events.of_unit(
        root,
        [],
        before={switch.policy_type: before},
        after={switch.policy_type: switch.state},
    )


def _label(switch: RootPolicyType) -> str:
    return str(PolicyType(switch.policy_type).label)
