"""Attaching policies to roots, units and accounts, and detaching them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Max
from django.utils import timezone

from orgs import errors, events, identifiers, quotas
from orgs.actor import Actor
from orgs.models import (
    FULL_ACCESS,
    Account,
    Attachment,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyType,
    SwitchState,
)
from orgs.operations.change import Reach, place_change
from orgs.operations.effective_tag_policies import settle_tag_policies
from orgs.operations.policies import require_policy_type
from orgs.permissions import Permission
from orgs.queries.own_calls import OwnCall

Entity = OrganizationalUnit | Account

# What the contract calls these acts.
ATTACH, DETACH = "organizations:policies:attach", "organizations:policies:detach"
ATTACH_ON_TRIAL = "organizations:policies:attachDryRunPolicy"
DETACH_ON_TRIAL = "organizations:policies:detachDryRunPolicy"
ROWS_PER_INSERT = 2_000


def attach_policy(
    *, actor: Actor, policy_id: str, entity_id: str, is_dry_run: bool = False
) -> None:
    """Attach a policy to a root, unit or account, behind those that hang there; it binds at once (R-POL-14).

    Raises:
        InvalidParameter, PolicyNotFound, EntityNotFound.
        PolicyTypeNotEnabled, PolicyAlreadyAttached, PolicyAttachQuotaExceeded.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: AttachPolicy, AttachDryRunPolicy. Rules: R-PT-7, R-POL-10, R-POL-11, R-DRY-7.
    """
    action = ATTACH_ON_TRIAL if is_dry_run else ATTACH
    call = OwnCall(action, resource_ids=[policy_id, entity_id])
    with place_change(actor, Permission.ATTACH_POLICY, call) as (organization, reach):
        policy, entity = _find_both(organization, policy_id, entity_id, is_dry_run=is_dry_run)
        _require_reach(reach, entity, [policy])
        require_switched_on(organization, policy)
        present = attached_policies(entity, policy.policy_type, is_dry_run=is_dry_run)
        if policy in present:
            raise errors.PolicyAlreadyAttached(policy_name=policy.name, entity_name=entity.name)
        quotas.require_room_for_attachments(
            entity.name, policy.policy_type, wanted=len(present) + 1
        )

        last = entity.attachments.aggregate(last=Max("place"))["last"] or 0
        Attachment.objects.create(
            organization=organization,
            policy=policy,
            place=last + 1,
            attached_at=timezone.now(),
            **_hook(entity),
        )
        _settle(organization, entity, policy)
        kind = events.Kind.DRY_RUN_POLICY_ATTACHED if is_dry_run else events.Kind.POLICY_ATTACHED
        events.record(
            actor, organization, kind, _targets(entity, policy, present, [*present, policy])
        )


def detach_policy(
    *, actor: Actor, policy_id: str, entity_id: str, is_dry_run: bool = False
) -> None:
    """Detach a policy from an entity; it binds there no longer, at once (R-POL-14).

    Raises:
        InvalidParameter, PolicyNotFound, EntityNotFound, PolicyNotAttached.
        PolicyLastScp: while service control policies are on, every entity keeps one (R-POL-12).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: DetachPolicy, DetachDryRunPolicy.
    """
    action = DETACH_ON_TRIAL if is_dry_run else DETACH
    call = OwnCall(action, resource_ids=[policy_id, entity_id])
    with place_change(actor, Permission.ATTACH_POLICY, call) as (organization, reach):
        policy, entity = _find_both(organization, policy_id, entity_id, is_dry_run=is_dry_run)
        _require_reach(reach, entity, [policy])
        present = attached_policies(entity, policy.policy_type, is_dry_run=is_dry_run)
        if policy not in present:
            raise errors.PolicyNotAttached(policy_name=policy.name, entity_name=entity.name)
        left = [other for other in present if other != policy]
        if not left and not is_dry_run:
            _require_not_last(organization, policy.policy_type, entity)

        entity.attachments.filter(policy=policy).delete()
        _settle(organization, entity, policy)
        kind = events.Kind.DRY_RUN_POLICY_DETACHED if is_dry_run else events.Kind.POLICY_DETACHED
        events.record(actor, organization, kind, _targets(entity, policy, present, left))


def set_attachments(
    *, actor: Actor, entity_id: str, policy_type: str, policy_ids: Sequence[str]
) -> None:
    """Have exactly these policies of a type hang on an entity, in this order: all at once, or nothing.

    So the last policy is replaced without a moment in which there is none. What changes nothing leaves no
    trace. (ours)

    Raises:
        InvalidParameter: the type, an id that is none, or a policy twice or of another type.
        PolicyNotFound, EntityNotFound, PolicyTypeNotEnabled, PolicyAttachQuotaExceeded, PolicyLastScp.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Rules: R-PT-7, R-POL-10, R-POL-12.
    """
    call = OwnCall(ATTACH, resource_ids=[entity_id, *policy_ids])
    with place_change(actor, Permission.ATTACH_POLICY, call) as (organization, reach):
        wanted_type = require_policy_type(policy_type, field="policy_type")
        identifiers.ENTITY.require(entity_id, field="entity_id")
        checked = _distinct_ids(policy_ids)
        entity = find_entity(organization, entity_id)
        wanted = _find_policies(organization, checked, wanted_type)
        present = attached_policies(entity, wanted_type)
        _require_reach(reach, entity, _touched(present, wanted))
        if wanted == present:
            return
        gone = [policy.pk for policy in present if policy not in wanted]
        if gone:
            reach.require_policies(OwnCall(DETACH, resource_ids=[entity.pk, *gone]))
        if set(wanted) - set(present):
            _require_type_on(organization, wanted_type)
        quotas.require_room_for_attachments(entity.name, wanted_type, wanted=len(wanted))
        if not wanted:
            _require_not_last(organization, wanted_type, entity)

        _replace(organization, entity, wanted_type, wanted)
        if wanted_type == PolicyType.TAG_POLICY:
            settle_tag_policies(organization, [entity.pk])
        attached = [policy.pk for policy in present]
        target = of_entity(
            entity,
            before={"policies": attached},
            after={"policies": [policy.pk for policy in wanted]},
        )
        changed = [
            *(
                events.of_policy(policy, before={}, after=_place(entity))
                for policy in wanted
                if policy not in present
            ),
            *(
                events.of_policy(policy, before=_place(entity), after={})
                for policy in present
                if policy not in wanted
            ),
        ]
        events.record(
            actor,
            organization,
            events.Kind.ATTACHMENTS_SET,
            [target, *changed],
            policy_type=wanted_type.value,
        )


def attach_full_access(
    organization: Organization,
    *,
    units: Iterable[OrganizationalUnit] = (),
    accounts: Iterable[Account] = (),
) -> None:
    """Attach the built-in policy to entities that have come while service control policies are on.

    For operations that hold the lock: a new unit, a joining account (R-PT-4, R-OU-9, R-ACC-20, R-INV-15).
    Does nothing while the type is off.
    """
    if not is_on(organization, PolicyType.SERVICE_CONTROL_POLICY):
        return
    attach_everywhere(
        organization,
        FULL_ACCESS,
        unit_ids=[unit.pk for unit in units],
        account_ids=[account.pk for account in accounts],
    )


def attach_everywhere(
    organization: Organization,
    policy_id: str,
    *,
    unit_ids: Iterable[str],
    account_ids: Iterable[str],
) -> None:
    """Attach a policy to entities that have none yet, for operations that hold the lock."""
    now = timezone.now()
    rows = [
        *({"unit_id": unit_id} for unit_id in unit_ids),
        *({"account_id": account_id} for account_id in account_ids),
    ]
    Attachment.objects.bulk_create(
        (
            Attachment(
                organization=organization, policy_id=policy_id, place=1, attached_at=now, **hook
            )
            for hook in rows
        ),
        batch_size=ROWS_PER_INSERT,
    )


def is_on(organization: Organization, policy_type: str) -> bool:
    """Whether a policy type is switched on; on its way it does not count (R-PT-7)."""
    found = organization.policy_types.filter(policy_type=policy_type, state=SwitchState.ENABLED)
    return found.exists()


def require_switched_on(organization: Organization, policy: Policy) -> None:
    """Refuse to attach a policy whose type, or whose dry run, is off (R-PT-7, R-DRY-7).

    Raises:
        PolicyTypeNotEnabled.
    """
    if not policy.is_dry_run:
        _require_type_on(organization, PolicyType(policy.policy_type))
        return
    configured = organization.dry_run_configurations.filter(
        policy_type=policy.policy_type, state=SwitchState.ENABLED
    )
    if not configured.exists():
        raise errors.PolicyTypeNotEnabled(policy_type=PolicyType(policy.policy_type).label)


def find_entity(organization: Organization, entity_id: object) -> Entity:
    """The root, unit or account with that id, with its path.

    Raises:
        InvalidParameter, EntityNotFound.
    """
    checked = identifiers.ENTITY.require(entity_id, field="entity_id")
    try:
        if identifiers.ACCOUNT.fits(checked):
            return organization.accounts.with_path().get(pk=checked)
        return organization.place(checked)
    except ObjectDoesNotExist:
        raise errors.EntityNotFound(entity_id=checked) from None


def attached_policies(
    entity: Entity, policy_type: str, *, is_dry_run: bool = False
) -> list[Policy]:
    """The policies of a type that hang on an entity itself, in their order."""
    rows = entity.attachments.filter(policy__policy_type=policy_type, policy__is_dry_run=is_dry_run)
    return [row.policy for row in rows.select_related("policy").order_by("place", "pk")]


def of_entity(
    entity: Entity, *, before: events.Facts | None, after: events.Facts | None
) -> events.Target:
    """A root, unit or account as a target of an event."""
    if isinstance(entity, Account):
        path = entity.unit.names if entity.unit else []
        return events.of_account(entity, path, before=before, after=after)
    return events.of_unit(entity, entity.names, before=before, after=after)


def _require_reach(reach: Reach, entity: Entity, policies: Sequence[Policy]) -> None:
    place = entity.unit if isinstance(entity, Account) else entity
    assert place is not None  # noqa: S101  (an account of an organization hangs on a unit)
    reach.require(place, policies=policies)


def _touched(before: Sequence[Policy], after: Sequence[Policy]) -> list[Policy]:
    """The policies that come or go; and all of them where the order of those that stay changes."""
    staying = [policy for policy in before if policy in after]
    if staying != [policy for policy in after if policy in before]:
        return [*before, *after]
    return [policy for policy in (*before, *after) if policy not in staying]


def _require_type_on(organization: Organization, policy_type: PolicyType) -> None:
    if not is_on(organization, policy_type):
        raise errors.PolicyTypeNotEnabled(policy_type=policy_type.label)


def _require_not_last(organization: Organization, policy_type: str, entity: Entity) -> None:
    scp = PolicyType.SERVICE_CONTROL_POLICY
    if policy_type == scp and is_on(organization, scp):
        raise errors.PolicyLastScp(entity_name=entity.name)


def _find_both(
    organization: Organization, policy_id: object, entity_id: object, *, is_dry_run: bool
) -> tuple[Policy, Entity]:
    # What is no id is refused before anything is looked up: the contract's order of checks.
    identifiers.POLICY.require(policy_id, field="policy_id")
    identifiers.ENTITY.require(entity_id, field="entity_id")
    policies = Policy.objects.of(organization.pk).filter(is_dry_run=is_dry_run)
    return policies.find(policy_id), find_entity(organization, entity_id)


def _distinct_ids(policy_ids: Sequence[object]) -> list[str]:
    """Ids of policies, each once. What is none is refused before anything is looked up."""
    field = "policy_ids"
    if len(policy_ids) > quotas.PER_CHANGE:
        raise errors.InvalidParameter(
            field=field, reason=errors.Reason.TOO_MANY, limit=quotas.PER_CHANGE
        )
    checked = [identifiers.POLICY.require(given, field="policy_id") for given in policy_ids]
    for policy_id, count in Counter(checked).items():
        if count > 1:
            raise errors.InvalidParameter(
                field=field, reason=errors.Reason.REPEATED, value=policy_id
            )
    return checked


def _find_policies(
    organization: Organization, policy_ids: Sequence[str], policy_type: PolicyType
) -> list[Policy]:
    """The policies in the order of their ids, all of that type."""
    found = Policy.objects.of(organization.pk).enforced().in_bulk(policy_ids)
    for policy_id in policy_ids:
        if policy_id not in found:
            raise errors.PolicyNotFound(policy_id=policy_id)
    if any(policy.policy_type != policy_type for policy in found.values()):
        raise errors.InvalidParameter(
            field="policy_ids", reason=errors.Reason.NOT_A_CHOICE, choices=policy_type.label
        )
    return [found[policy_id] for policy_id in policy_ids]


def _replace(
    organization: Organization, entity: Entity, policy_type: PolicyType, wanted: Sequence[Policy]
) -> None:
    """Write the attachments anew; those that stay keep the time since when they hang there."""
    rows = entity.attachments.filter(policy__policy_type=policy_type, policy__is_dry_run=False)
    since: Mapping[str, datetime] = dict(rows.values_list("policy_id", "attached_at"))
    rows.delete()
    first = (entity.attachments.aggregate(last=Max("place"))["last"] or 0) + 1
    now = timezone.now()
    Attachment.objects.bulk_create(
        Attachment(
            organization=organization,
            policy=policy,
            place=first + number,
            attached_at=since.get(policy.pk, now),
            **_hook(entity),
        )
        for number, policy in enumerate(wanted)
    )


def _settle(organization: Organization, entity: Entity, policy: Policy) -> None:
    """What tag policies come to from the entity down has changed, where one came or went."""
    if policy.policy_type == PolicyType.TAG_POLICY and not policy.is_dry_run:
        settle_tag_policies(organization, [entity.pk])


def _hook(entity: Entity) -> dict[str, Entity]:
    return {"account" if isinstance(entity, Account) else "unit": entity}


def _place(entity: Entity) -> events.Facts:
    return {"attached_to": entity.pk, "attached_to_name": entity.name}


def _targets(
    entity: Entity, policy: Policy, before: Sequence[Policy], after: Sequence[Policy]
) -> list[events.Target]:
    """The entity with what hangs on it before and after, and the policy that came or went."""
    came = policy in after
    return [
        of_entity(
            entity,
            before={"policies": [other.pk for other in before]},
            after={"policies": [other.pk for other in after]},
        ),
        events.of_policy(
            policy,
            before={} if came else _place(entity),
            after=_place(entity) if came else {},
        ),
    ]
