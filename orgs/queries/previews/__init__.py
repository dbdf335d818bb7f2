"""What a change of the tree, of attachments, texts or types would alter, before anybody makes it.

Policies gained and lost, tag rules that become others, tests that would be answered otherwise, what the
operation would refuse, and what to beware of: of all accounts that are concerned, in as many statements
however many there are. Accounts that stand alike are looked at once.

Of who has rights on units only, `seen_units` are the units that it sees: policies that hang above them have
no name then, and tests, which are of policies that it may not see, are not told.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext

from orgs import errors, identifiers, quotas
from orgs.actor import Actor
from orgs.errors import OrgsError
from orgs.models import (
    MAX_LEVELS,
    Attachment,
    OrganizationalUnit,
    Policy,
    PolicyType,
    RootPolicyType,
    SwitchState,
)
from orgs.names import name_key
from orgs.permissions import Permission
from orgs.policy.changes import (
    Attach,
    Detach,
    DisableType,
    MoveAccount,
    MoveUnit,
    UpdatePolicy,
)
from orgs.policy.document import load_service_control_policy
from orgs.policy.snapshot import PolicyType as KnownType
from orgs.policy.snapshot import path_to
from orgs.policy.tag_document import load_tag_policy
from orgs.queries.policy_tests import failing, run_policy_tests
from orgs.queries.policy_texts import character_limit, read_policy_text
from orgs.queries.previews.cases import FULL_ACCESS, Case, Side
from orgs.queries.previews.differences import (
    count_policies,
    count_rules,
    difference_for,
    sample_of,
    standing_of,
)
from orgs.queries.previews.findings import Preview
from orgs.queries.previews.flips import find_flips
from orgs.queries.previews.warnings import find_warnings
from orgs.queries.snapshots import StoredSnapshot, load_all, load_entities, load_under
from orgs.queries.units import require_structure


def preview_account_moves(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    account_ids: Collection[str],
    destination_parent_id: str,
    seen_units: Collection[str] | None = None,
) -> Preview:
    """Moving accounts under another parent. Seven statements at most.

    Raises:
        NotManagementOrDelegated, InvalidParameter, AccountNotFound, ParentNotFound, ConcurrentModification.

    Rules: R-ACC-31, R-SCP-6.
    """
    require_structure(permissions)
    if not account_ids:
        raise errors.InvalidParameter(field="account_ids", reason=errors.Reason.NONE_GIVEN)
    if len(account_ids) > quotas.PER_CHANGE:
        raise errors.InvalidParameter(
            field="account_ids", reason=errors.Reason.TOO_MANY, limit=quotas.PER_CHANGE
        )
    identifiers.ROOT_OR_UNIT.require(destination_parent_id, field="destination_parent_id")
    stored = load_entities(actor.organization_id, [*account_ids, destination_parent_id])
    moved = [stored.require_account(one) for one in account_ids]
    _require_parent(stored, destination_parent_id)
    blockers = [
        errors.MoveSameParent(name=stored.names[one])
        for one in moved
        if stored.snapshot.account_parents[one] == destination_parent_id
    ]
    changes = [MoveAccount(one, destination_parent_id) for one in moved]
    case = Case.of(stored, changes, concerned=moved)
    return _preview(case, blockers[:1], touched=moved, seen_units=seen_units)


def preview_unit_move(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    unit_id: str,
    destination_parent_id: str,
    seen_units: Collection[str] | None = None,
) -> Preview:
    """Moving a unit, with all that is below it, under another parent. Seven statements at most.

    Raises:
        NotManagementOrDelegated, InvalidParameter, OuNotFound, ParentNotFound, ConcurrentModification.

    Rules: R-OU-4, R-OU-7, R-OU-11, R-SCP-6.
    """
    require_structure(permissions)
    identifiers.UNIT.require(unit_id, field="organizational_unit_id")
    identifiers.ROOT_OR_UNIT.require(destination_parent_id, field="destination_parent_id")
    stored = load_under(actor.organization_id, [unit_id], entity_ids=[destination_parent_id])
    if unit_id not in stored.snapshot.unit_parents:
        raise errors.OuNotFound(unit_id=unit_id)
    _require_parent(stored, destination_parent_id)
    case = Case.of(stored, [MoveUnit(unit_id, destination_parent_id)])
    blockers = _unit_move_blockers(stored, unit_id, destination_parent_id)
    return _preview(case, blockers, touched=[unit_id], seen_units=seen_units)


def preview_attach(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    policy_id: str,
    entity_id: str,
    seen_units: Collection[str] | None = None,
) -> Preview:
    """Attaching a policy to a root, unit or account. Seven statements at most.

    Raises:
        NotManagementOrDelegated, InvalidParameter, PolicyNotFound, EntityNotFound, ConcurrentModification.

    Rules: R-PT-7, R-POL-10, R-POL-11.
    """
    stored, policy_type = _with_policy(actor, permissions, policy_id, entity_id)
    present = stored.snapshot.attached(entity_id, policy_type)
    blockers: list[OrgsError] = []
    entity_name, policy_name = stored.names[entity_id], stored.names[policy_id]
    if policy_type not in stored.snapshot.enabled_types:
        blockers.append(errors.PolicyTypeNotEnabled(policy_type=PolicyType(policy_type).label))
    if policy_id in present:
        blockers.append(
            errors.PolicyAlreadyAttached(policy_name=policy_name, entity_name=entity_name)
        )
    elif len(present) >= (limit := quotas.attachment_limit(policy_type)):
        blockers.append(errors.PolicyAttachQuotaExceeded(entity_name=entity_name, limit=limit))
    case = Case.of(stored, [Attach(entity_id, policy_id)], concerned=_below(stored, [entity_id]))
    return _preview(case, blockers, touched=[entity_id], seen_units=seen_units)


def preview_detach(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    policy_id: str,
    entity_id: str,
    seen_units: Collection[str] | None = None,
) -> Preview:
    """Detaching a policy from an entity. Seven statements at most.

    Raises:
        NotManagementOrDelegated, InvalidParameter, PolicyNotFound, EntityNotFound, ConcurrentModification.

    Rules: R-POL-11, R-POL-12, R-POL-16, R-SCP-7.
    """
    stored, policy_type = _with_policy(actor, permissions, policy_id, entity_id)
    present = stored.snapshot.attached(entity_id, policy_type)
    blockers: list[OrgsError] = []
    entity_name, policy_name = stored.names[entity_id], stored.names[policy_id]
    if policy_id not in present:
        blockers.append(errors.PolicyNotAttached(policy_name=policy_name, entity_name=entity_name))
    elif present == (policy_id,):
        blockers += _last_scp(stored, policy_type, entity_id)
    case = Case.of(stored, [Detach(entity_id, policy_id)], concerned=_below(stored, [entity_id]))
    return _preview(case, blockers, touched=[entity_id], seen_units=seen_units)


def preview_set_attachments(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    entity_id: str,
    policy_type: str,
    policy_ids: Sequence[str],
    seen_units: Collection[str] | None = None,
) -> Preview:
    """Having exactly these policies of a type hang on an entity. Seven statements at most.

    Raises:
        NotManagementOrDelegated, InvalidParameter, PolicyNotFound, EntityNotFound, ConcurrentModification.

    Rules: R-PT-7, R-POL-10, R-POL-12.
    """
    require_structure(permissions)
    known_type = _known_type(policy_type)
    wanted = tuple(identifiers.POLICY.require(one, field="policy_ids") for one in policy_ids)
    stored = _load_at(actor, [entity_id], wanted)
    stored.require_entity(entity_id)
    for one in wanted:
        if one not in stored.texts:
            raise errors.PolicyNotFound(policy_id=one)
        if stored.snapshot.type_of(one) is not known_type:
            label = PolicyType(policy_type).label
            raise errors.InvalidParameter(
                field="policy_ids", reason=errors.Reason.NOT_A_CHOICE, choices=label
            )
    snapshot = stored.snapshot
    present = snapshot.attached(entity_id, known_type)
    blockers: list[OrgsError] = []
    if set(wanted) - set(present) and known_type not in snapshot.enabled_types:
        blockers.append(errors.PolicyTypeNotEnabled(policy_type=PolicyType(policy_type).label))
    limit = quotas.attachment_limit(policy_type)
    if len(wanted) > limit:
        name = stored.names[entity_id]
        blockers.append(errors.PolicyAttachQuotaExceeded(entity_name=name, limit=limit))
    if present and not wanted:
        blockers += _last_scp(stored, known_type, entity_id)
    others = tuple(one for one in snapshot.attachments.get(entity_id, ()) if one not in present)
    attachments = {**snapshot.attachments, entity_id: (*others, *wanted)}
    after = replace(snapshot, attachments=attachments)
    case = Case(stored, after, stored.texts, _below(stored, [entity_id]))
    return _preview(case, blockers, touched=[entity_id], seen_units=seen_units)


def preview_save(
    *, actor: Actor, permissions: frozenset[Permission], policy_id: str, content: str
) -> Preview:
    """Giving a policy another text, wherever it is attached. Fifteen statements at most.

    A text that could not be saved is refused, and changes nothing here. Tests that fail are among the
    blockers; a reason for them lifts that one.

    Raises:
        NotManagementOrDelegated, InvalidParameter, PolicyNotFound, ConcurrentModification.

    Rules: R-POL-2, R-POL-6 to R-POL-8.
    """
    require_structure(permissions)
    policy = Policy.objects.of(actor.organization_id).enforced().find(policy_id)
    hooks = Attachment.objects.filter(organization=actor.organization_id or "", policy=policy)
    hung = [unit or account for unit, account in hooks.values_list("unit_id", "account_id")]
    entity_ids = [one for one in hung if one is not None]
    stored = _load_at(actor, entity_ids, [policy_id])
    blockers: list[OrgsError] = []
    if policy.is_builtin:
        blockers.append(errors.PolicyBuiltin(policy_name=policy.name))
    limit = character_limit(policy.policy_type)
    if len(content) > limit:
        blockers.append(errors.PolicyContentTooLong(length=len(content), limit=limit))
    elif faults := read_policy_text(policy.policy_type, content).faults:
        blockers.append(errors.PolicyContentMalformed(faults=faults))
    is_tag_policy = policy.policy_type == PolicyType.TAG_POLICY
    concerned = _below(stored, entity_ids)
    if blockers:  # there is no telling what a text means that is none
        return _preview(Case.of(stored, [], concerned=concerned), blockers, touched=())
    if red := [] if is_tag_policy else failing(run_policy_tests(policy, content)):
        blockers.append(errors.PolicyTestsFail(count=len(red), tests=", ".join(red)))
    document = load_tag_policy(content) if is_tag_policy else load_service_control_policy(content)
    case = Case.of(
        stored,
        [UpdatePolicy(policy_id, document)],
        concerned=concerned,
        texts={**stored.texts, policy_id: content},
        saved=None if is_tag_policy or content == policy.content else policy_id,
    )
    return _preview(case, blockers, touched=entity_ids)


def preview_disable(
    *, actor: Actor, permissions: frozenset[Permission], policy_type: str
) -> Preview:
    """Switching a policy type off, which detaches its policies everywhere. Seven statements at most.

    Raises:
        NotManagementOrDelegated, InvalidParameter, ConcurrentModification.

    Rules: R-PT-2, R-PT-5, R-PT-6.
    """
    require_structure(permissions)
    known_type = _known_type(policy_type)
    stored = load_all(actor.organization_id)
    blockers: list[OrgsError] = []
    if known_type not in stored.snapshot.enabled_types:
        switch = RootPolicyType.objects.filter(
            organization=actor.organization_id or "", policy_type=policy_type
        ).values_list("state", flat=True)
        if switch.first() == SwitchState.PENDING_ENABLE:
            blockers.append(errors.ConcurrentModification())
        else:
            label = PolicyType(policy_type).label
            blockers.append(errors.PolicyTypeAlreadyDisabled(policy_type=label))
    return _preview(Case.of(stored, [DisableType(known_type)]), blockers, touched=())


def _preview(
    case: Case,
    blockers: Sequence[OrgsError],
    *,
    touched: Collection[str],
    seen_units: Collection[str] | None = None,
) -> Preview:
    """`seen_units` are all that the actor sees, with what is below them; it is told of no tests then."""
    if seen_units is not None:
        case = replace(case, stored=_as_seen(case.stored, seen_units))
    names = case.stored.names
    before = Side(case.stored.snapshot, case.stored.texts)
    after = Side(case.after, case.texts_after)
    alike: dict[Any, list[str]] = defaultdict(list)
    for account in case.concerned:
        alike[standing_of(case, account)].append(account)
    differences = [
        (difference_for(case, before, after, accounts[0]), accounts) for accounts in alike.values()
    ]
    tag_warnings = dict.fromkeys(
        warning for found, _accounts in differences for warning in found.warnings
    )
    return Preview(
        total=len(case.concerned),
        affected=sum(len(accounts) for found, accounts in differences if found.is_affected),
        sample=sample_of(differences, names),
        gained=count_policies(case, ((found.gained, accounts) for found, accounts in differences)),
        lost=count_policies(case, ((found.lost, accounts) for found, accounts in differences)),
        tag_rules=count_rules(differences),
        flips=tuple(find_flips(case, before, after)) if seen_units is None else (),
        blockers=tuple(blockers),
        warnings=(*find_warnings(case, touched), *tag_warnings),
    )


def _as_seen(stored: StoredSnapshot, seen_units: Collection[str]) -> StoredSnapshot:
    """The same without the names of policies that hang above these units only (R-ORG-7)."""
    snapshot, seen = stored.snapshot, set(seen_units)
    hung = [
        (policy, seen.isdisjoint(path_to(snapshot, entity)))
        for entity, policies in snapshot.attachments.items()
        for policy in policies
    ]
    hidden = {policy for policy, is_above in hung if is_above}
    shown = {policy for policy, is_above in hung if not is_above} | {FULL_ACCESS}
    unnamed = dict.fromkeys(hidden - shown, gettext("A policy from above"))
    return replace(stored, names={**stored.names, **unnamed})


def _unit_move_blockers(
    stored: StoredSnapshot, unit_id: str, destination_id: str
) -> list[OrgsError]:
    """What the operation would refuse with, in its order (R-OU-4, R-OU-7, R-OU-11). One statement."""
    snapshot, name = stored.snapshot, stored.names[unit_id]
    if snapshot.unit_parents[unit_id] == destination_id:
        return [errors.MoveSameParent(name=name)]
    above = path_to(snapshot, destination_id)
    if unit_id in above:
        return [errors.OuMoveIntoItself(name=name)]
    blockers: list[OrgsError] = []
    depth = len(path_to(snapshot, unit_id))
    below = [path for one in snapshot.unit_parents if unit_id in (path := path_to(snapshot, one))]
    height = max(len(path) for path in below) - depth + 1
    levels = len(above) - 1 + height
    if levels > MAX_LEVELS:
        blockers.append(errors.OuDepthExceeded(limit=MAX_LEVELS, levels=levels))
    namesakes = OrganizationalUnit.objects.filter(parent=destination_id, name_key=name_key(name))
    if namesakes.exists():
        blockers.append(errors.OuNameConflict(name=name, parent_name=stored.names[destination_id]))
    return blockers


def _last_scp(stored: StoredSnapshot, policy_type: KnownType, entity_id: str) -> list[OrgsError]:
    """While service control policies are on, every entity keeps one (R-POL-12)."""
    scp = KnownType.SERVICE_CONTROL_POLICY
    if policy_type is not scp or scp not in stored.snapshot.enabled_types:
        return []
    return [errors.PolicyLastScp(entity_name=stored.names[entity_id])]


def _with_policy(
    actor: Actor, permissions: frozenset[Permission], policy_id: str, entity_id: str
) -> tuple[StoredSnapshot, KnownType]:
    """An entity with all below it, and a policy that binds."""
    require_structure(permissions)
    identifiers.POLICY.require(policy_id, field="policy_id")
    identifiers.ENTITY.require(entity_id, field="entity_id")
    stored = _load_at(actor, [entity_id], [policy_id])
    policy_type = stored.snapshot.type_of(policy_id)
    if policy_type is None:
        raise errors.PolicyNotFound(policy_id=policy_id)
    stored.require_entity(entity_id)
    return stored, policy_type


def _load_at(
    actor: Actor, entity_ids: Collection[str], policy_ids: Collection[str]
) -> StoredSnapshot:
    """Entities, with all that is below the units among them."""
    units = [one for one in entity_ids if identifiers.ROOT_OR_UNIT.fits(one)]
    if not units:
        return load_entities(actor.organization_id, entity_ids, policy_ids=policy_ids)
    accounts = [one for one in entity_ids if identifiers.ACCOUNT.fits(one)]
    return load_under(actor.organization_id, units, entity_ids=accounts, policy_ids=policy_ids)


def _below(stored: StoredSnapshot, entity_ids: Collection[str]) -> list[str]:
    """The accounts at or below any of these entities."""
    snapshot, wanted = stored.snapshot, set(entity_ids)
    if snapshot.root in wanted:
        return list(stored.accounts)
    is_below: dict[str, bool] = {}

    def is_wanted(unit: str) -> bool:
        if unit not in is_below:
            is_below[unit] = bool(wanted.intersection(path_to(snapshot, unit)))
        return is_below[unit]

    return [
        one
        for one, parent in snapshot.account_parents.items()
        if one in wanted or is_wanted(parent)
    ]


def _require_parent(stored: StoredSnapshot, parent_id: str) -> None:
    snapshot = stored.snapshot
    if parent_id != snapshot.root and parent_id not in snapshot.unit_parents:
        raise errors.ParentNotFound(parent_id=parent_id)


def _known_type(policy_type: str) -> KnownType:
    if policy_type not in PolicyType.values:
        raise errors.InvalidParameter(
            field="policy_type",
            reason=errors.Reason.NOT_A_CHOICE,
            choices=", ".join(PolicyType.values),
        )
    return KnownType(policy_type)
