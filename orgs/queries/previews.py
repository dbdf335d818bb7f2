"""What a change of the tree, of attachments, texts or types would alter, before anybody makes it.

Policies gained and lost, tag rules that become others, tests that would be answered otherwise, what the
operation would refuse, and what to beware of: of all accounts that are concerned, in as many statements
however many there are. Accounts that stand alike are looked at once.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext

from orgs import errors, identifiers, quotas
from orgs.actor import Actor
from orgs.errors import OrgsError
from orgs.models import (
    MAX_LEVELS,
    Attachment,
    OrganizationalUnit,
    Policy,
    PolicyTest,
    PolicyType,
    RootPolicyType,
    SwitchState,
)
from orgs.names import name_key
from orgs.permissions import Permission
from orgs.policy.changes import (
    Attach,
    Change,
    Detach,
    DisableType,
    MoveAccount,
    MoveUnit,
    UpdatePolicy,
    make_changes,
)
from orgs.policy.document import load_service_control_policy
from orgs.policy.evaluation import Position, Request, evaluate
from orgs.policy.preview import SignInBlocked, blocked_sign_ins
from orgs.policy.snapshot import PolicyType as KnownType
from orgs.policy.snapshot import Snapshot, path_to, position_of
from orgs.policy.tag_document import load_tag_policy
from orgs.queries.decisions import Named
from orgs.queries.effective_tag_policies import Level, Merge, merge_path
from orgs.queries.policy_tests import decide_alone, failing, run_policy_tests
from orgs.queries.policy_texts import character_limit, read_policy_text
from orgs.queries.snapshots import StoredSnapshot, load_all, load_entities, load_under
from orgs.queries.units import require_structure

SAMPLE: Final = 10  # accounts that are shown by name
FULL_ACCESS: Final = "p-FullAccess"

type TagContent = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDifference:
    """A policy that some accounts gain or lose.

    `entity` is where it hangs, or hung, above them; None where it is on the accounts themselves.
    """

    policy: Named
    policy_type: PolicyType
    entity: Named | None
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRule:
    """What binds a tag key. Without values any is accepted."""

    tag_key: str
    values: tuple[str, ...]
    enforced_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRuleDifference:
    """A tag key about which another rule would hold, or for the first time, or none any more."""

    key: str
    before: TagRule | None
    after: TagRule | None
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A test of a policy that would be answered otherwise; `sentence` says why, after the change."""

    test_id: int
    test: str
    policy: Named
    account: Named | None
    passes_before: bool
    passes_after: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedAccount:
    """An account for which something changes: policies it gains and loses, tag keys with other rules."""

    account: Named
    gained: tuple[Named, ...]
    lost: tuple[Named, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change would alter.

    `total` accounts are at or below what changes; for `affected` of them something becomes different, of
    whom `sample` are the first ten by name. `blockers` are the refusals that the operation would raise,
    the first one first; `warnings` are no obstacles.
    """

    total: int
    affected: int
    sample: tuple[AffectedAccount, ...]
    gained: tuple[PolicyDifference, ...]
    lost: tuple[PolicyDifference, ...]
    tag_rules: tuple[TagRuleDifference, ...]
    flips: tuple[Flip, ...]
    blockers: tuple[OrgsError, ...]
    warnings: tuple[str, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether the operation would refuse."""
        return bool(self.blockers)

    @property
    def alters_nothing(self) -> bool:
        """Whether everything would be decided as it is."""
        return not (self.affected or self.flips)


def preview_account_moves(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    account_ids: Collection[str],
    destination_parent_id: str,
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
    return _preview(_Case.of(stored, changes, concerned=moved), blockers[:1], touched=moved)


def preview_unit_move(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    unit_id: str,
    destination_parent_id: str,
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
    case = _Case.of(stored, [MoveUnit(unit_id, destination_parent_id)])
    blockers = _unit_move_blockers(stored, unit_id, destination_parent_id)
    return _preview(case, blockers, touched=[unit_id])


def preview_attach(
    *, actor: Actor, permissions: frozenset[Permission], policy_id: str, entity_id: str
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
    case = _Case.of(stored, [Attach(entity_id, policy_id)], concerned=_below(stored, [entity_id]))
    return _preview(case, blockers, touched=[entity_id])


def preview_detach(
    *, actor: Actor, permissions: frozenset[Permission], policy_id: str, entity_id: str
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
    case = _Case.of(stored, [Detach(entity_id, policy_id)], concerned=_below(stored, [entity_id]))
    return _preview(case, blockers, touched=[entity_id])


def preview_set_attachments(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    entity_id: str,
    policy_type: str,
    policy_ids: Sequence[str],
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
    case = _Case(stored, after, stored.texts, _below(stored, [entity_id]))
    return _preview(case, blockers, touched=[entity_id])


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
        return _preview(_Case.of(stored, [], concerned=concerned), blockers, touched=())
    if red := [] if is_tag_policy else failing(run_policy_tests(policy, content)):
        blockers.append(errors.PolicyTestsFail(count=len(red), tests=", ".join(red)))
    document = load_tag_policy(content) if is_tag_policy else load_service_control_policy(content)
    case = _Case.of(
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
    return _preview(_Case.of(stored, [DisableType(known_type)]), blockers, touched=())


class _Hanging(NamedTuple):
    """What hangs on one entity of a path."""

    entity: str
    scps: tuple[str, ...]
    tag_policies: tuple[str, ...]


@dataclass(slots=True)
class _Side:
    """The organization before or after the change. What is found about a unit is found once."""

    snapshot: Snapshot
    texts: Mapping[str, str]
    _units: dict[str, tuple[_Hanging, ...]] = field(default_factory=dict)
    _positions: dict[str, Position] = field(default_factory=dict)

    def path(self, account: str) -> tuple[_Hanging, ...]:
        """What hangs on each entity from the root down to an account."""
        parent = self.snapshot.account_parents[account]
        if parent not in self._units:
            above = path_to(self.snapshot, parent)
            self._units[parent] = tuple(self._hanging(one) for one in above)
        return (*self._units[parent], self._hanging(account))

    def position(self, account: str) -> Position:
        """Where an account stands."""
        if account not in self._positions:
            self._positions[account] = position_of(self.snapshot, account)
        return self._positions[account]

    def meaning(self, path: Iterable[_Hanging]) -> frozenset[frozenset[str]]:
        """What a path lets through: each level once, and none that holds FullAccess and nothing else."""
        if KnownType.SERVICE_CONTROL_POLICY not in self.snapshot.enabled_types:
            return frozenset()
        return frozenset({frozenset(one.scps) for one in path} - {frozenset({FULL_ACCESS})})

    def tags(self, path: Sequence[_Hanging]) -> Merge:
        """What the tag policies on a path come to."""
        return merge_path(
            [
                Level(
                    one.entity, tuple((policy, self.texts[policy]) for policy in one.tag_policies)
                )
                for one in path
            ]
        )

    def _hanging(self, entity: str) -> _Hanging:
        snapshot, on = self.snapshot, self.snapshot.enabled_types
        scp, tag = KnownType.SERVICE_CONTROL_POLICY, KnownType.TAG_POLICY
        return _Hanging(
            entity,
            snapshot.attached(entity, scp) if scp in on else (),
            snapshot.attached(entity, tag) if tag in on else (),
        )


@dataclass(frozen=True, slots=True)
class _Case:
    """What is, what would be, and for which accounts; `saved` is a policy that would get another text."""

    stored: StoredSnapshot
    after: Snapshot
    texts_after: Mapping[str, str]
    concerned: Collection[str]
    saved: str | None = None

    @classmethod
    def of(
        cls,
        stored: StoredSnapshot,
        changes: Sequence[Change],
        *,
        concerned: Collection[str] | None = None,
        texts: Mapping[str, str] | None = None,
        saved: str | None = None,
    ) -> "_Case":
        after, _refusals = make_changes(stored.snapshot, changes)
        accounts = list(stored.accounts) if concerned is None else concerned
        return cls(stored, after, texts or stored.texts, accounts, saved)


class _Brought(NamedTuple):
    """A policy, and the first entity of the path on which it hangs."""

    policy: str
    entity: str


@dataclass(slots=True)
class _Difference:
    """What becomes different for all accounts that stand alike."""

    is_affected: bool
    gained: tuple[_Brought, ...]
    lost: tuple[_Brought, ...]
    tag_rules: tuple[tuple[str, TagRule | None, TagRule | None], ...]
    warnings: tuple[str, ...]


def _preview(
    case: _Case,
    blockers: Sequence[OrgsError],
    *,
    touched: Collection[str],
) -> Preview:
    names = case.stored.names
    before = _Side(case.stored.snapshot, case.stored.texts)
    after = _Side(case.after, case.texts_after)
    alike: dict[Any, list[str]] = defaultdict(list)
    for account in case.concerned:
        alike[_standing(case, account)].append(account)
    differences = [
        (_difference(case, before, after, accounts[0]), accounts) for accounts in alike.values()
    ]
    tag_warnings = dict.fromkeys(
        warning for found, _accounts in differences for warning in found.warnings
    )
    return Preview(
        total=len(case.concerned),
        affected=sum(len(accounts) for found, accounts in differences if found.is_affected),
        sample=_sample(differences, names),
        gained=_counted(case, ((found.gained, accounts) for found, accounts in differences)),
        lost=_counted(case, ((found.lost, accounts) for found, accounts in differences)),
        tag_rules=_counted_rules(differences),
        flips=tuple(_flips(case, before, after)),
        blockers=tuple(blockers),
        warnings=(*_warnings(case, touched), *tag_warnings),
    )


def _standing(case: _Case, account: str) -> tuple[Any, ...]:
    """Accounts with the same standing gain and lose the same."""
    snapshot, after = case.stored.snapshot, case.after
    own = snapshot.attachments.get(account, ())
    own_after = after.attachments.get(account, ())
    return (
        snapshot.account_parents.get(account),
        after.account_parents.get(account),
        own,
        own_after,
        account == snapshot.management_account,
    )


def _difference(case: _Case, before: _Side, after: _Side, account: str) -> _Difference:
    old_path, new_path = before.path(account), after.path(account)
    is_bound = account != case.stored.snapshot.management_account
    old, new = _brought(old_path, with_scps=is_bound), _brought(new_path, with_scps=is_bound)
    old_tags, new_tags = before.tags(old_path), after.tags(new_path)
    tag_rules = tuple(_other_rules(old_tags, new_tags))
    is_bound_otherwise = is_bound and (
        before.meaning(old_path) != after.meaning(new_path) or _saves(case, new_path)
    )
    gained = tuple(_Brought(one, new[one]) for one in new if one not in old)
    lost = tuple(_Brought(one, old[one]) for one in old if one not in new)
    others = {one.policy for one in (*gained, *lost)} - {FULL_ACCESS}
    return _Difference(
        is_affected=bool(is_bound_otherwise or tag_rules or others),
        gained=gained,
        lost=lost,
        tag_rules=tag_rules,
        warnings=tuple(_tag_warnings(old_tags, new_tags, case.stored.names)),
    )


def _brought(path: Iterable[_Hanging], *, with_scps: bool) -> dict[str, str]:
    """The policies of a path, each with the first entity on which it hangs."""
    found: dict[str, str] = {}
    for one in path:
        for policy in (*(one.scps if with_scps else ()), *one.tag_policies):
            found.setdefault(policy, one.entity)
    return found


def _saves(case: _Case, path: Iterable[_Hanging]) -> bool:
    return case.saved is not None and any(case.saved in one.scps for one in path)


def _other_rules(old: Merge, new: Merge) -> Iterator[tuple[str, TagRule | None, TagRule | None]]:
    if old.text == new.text:
        return
    before, after = _rules(old), _rules(new)
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _rules(merge: Merge) -> dict[str, TagRule]:
    return {
        tag.key: TagRule(
            tag_key=tag.tag_key.value,
            values=tag.tag_value.values,
            enforced_for=tag.enforced_for.values,
        )
        for tag in merge.effective.tags
    }


def _tag_warnings(old: Merge, new: Merge, names: Mapping[str, str]) -> Iterator[str]:
    """Restrictions that would be lifted, and operators that would have no effect."""
    if new is old:
        return
    for emptied in new.effective.emptied:
        if emptied not in old.effective.emptied:
            yield emptied.sentence(gettext, names)
    for ignored in new.effective.ignored:
        if ignored not in old.effective.ignored:
            yield ignored.sentence(gettext, names)


def _sample(
    differences: Iterable[tuple[_Difference, list[str]]], names: Mapping[str, str]
) -> tuple[AffectedAccount, ...]:
    affected = (
        (name_key(names[account]), account, found)
        for found, accounts in differences
        if found.is_affected
        for account in accounts
    )
    return tuple(
        AffectedAccount(
            account=Named(account, names[account]),
            gained=tuple(Named(one.policy, names[one.policy]) for one in found.gained),
            lost=tuple(Named(one.policy, names[one.policy]) for one in found.lost),
            keys=tuple(key for key, _before, _after in found.tag_rules),
        )
        for _key, account, found in sorted(affected, key=lambda one: one[:2])[:SAMPLE]
    )


def _counted(
    case: _Case, found: Iterable[tuple[Iterable[_Brought], list[str]]]
) -> tuple[PolicyDifference, ...]:
    """For how many accounts each policy comes or goes; the most frequent first, then by name."""
    counts: Counter[_Brought] = Counter()
    for brought, accounts in found:
        for policy, entity in brought:
            is_own = entity in case.stored.snapshot.account_parents
            counts[_Brought(policy, "" if is_own else entity)] += len(accounts)
    names = case.stored.names
    differences = [
        PolicyDifference(
            policy=Named(one.policy, names[one.policy]),
            policy_type=PolicyType(str(case.stored.snapshot.type_of(one.policy))),
            entity=Named(one.entity, names[one.entity]) if one.entity else None,
            accounts=count,
        )
        for one, count in counts.items()
    ]
    return tuple(
        sorted(
            differences,
            key=lambda one: (-one.accounts, one.policy.name, one.entity.name if one.entity else ""),
        )
    )


def _counted_rules(
    differences: Iterable[tuple[_Difference, list[str]]],
) -> tuple[TagRuleDifference, ...]:
    counts: Counter[tuple[str, TagRule | None, TagRule | None]] = Counter()
    for found, accounts in differences:
        for rule in found.tag_rules:
            counts[rule] += len(accounts)
    return tuple(
        TagRuleDifference(key=key, before=before, after=after, accounts=count)
        for (key, before, after), count in sorted(
            counts.items(), key=lambda one: (one[0][0], -one[1])
        )
    )


def _flips(case: _Case, before: _Side, after: _Side) -> Iterator[Flip]:
    """The tests about these accounts, and those of a saved policy itself, that turn. One statement."""
    names = case.stored.names
    concerned = set(case.concerned)
    about = Q(account__isnull=False)
    if len(concerned) <= quotas.PER_CHANGE:
        about = Q(account__in=concerned)
    tests = PolicyTest.objects.filter(
        about | Q(policy=case.saved or ""), organization=case.stored.facts.organization_id
    )
    rows = tests.order_by("policy__name_key", "pk").values_list(
        "pk", "name", "policy_id", "policy__name", "account_id", "action", "resource", "context",
        "is_allowed",
    )  # fmt: skip
    for pk, name, policy_id, policy_name, account_id, action, resource, context, wanted in rows:
        request = Request(account_id or "", action, resource or None, context)
        if account_id in concerned:
            old = evaluate(before.position(account_id), request)
            new = evaluate(after.position(account_id), request)
        elif account_id is None and policy_id == case.saved:
            old = decide_alone(policy_id, case.stored.texts[policy_id], request)
            new = decide_alone(policy_id, case.texts_after[policy_id], request)
        else:
            continue
        if old.allowed != new.allowed:
            yield Flip(
                test_id=pk,
                test=name,
                policy=Named(policy_id, policy_name),
                account=Named(account_id, names[account_id]) if account_id else None,
                passes_before=old.allowed == wanted,
                passes_after=new.allowed == wanted,
                sentence=new.sentence(gettext, {**names, policy_id: policy_name, "": policy_name}),
            )


def _warnings(case: _Case, touched: Collection[str]) -> Iterator[str]:
    """What to beware of at the entities that are touched, and above them where they would be.

    The management account is never bound (R-SCP-3).
    """
    scp = KnownType.SERVICE_CONTROL_POLICY
    if scp not in case.after.enabled_types:
        return
    snapshot, names = case.stored.snapshot, case.stored.names
    touched = [one for one in touched if one != snapshot.management_account]
    for entity in touched:
        had, has = snapshot.attached(entity, scp), case.after.attached(entity, scp)
        if FULL_ACCESS in had and FULL_ACCESS not in has:
            yield gettext("FullAccess would be detached from {entity}.").format(
                entity=names[entity]
            )
    for blocked in _new_blocks(case, touched):
        if _allows_nothing(case.after, blocked.entity):
            yield gettext(
                "No policy at {entity} would allow anything: every action of every account at or below "
                "it would be denied."
            ).format(entity=names[blocked.entity])
        else:
            yield blocked.sentence(gettext, names)


def _new_blocks(case: _Case, touched: Collection[str]) -> Iterable[SignInBlocked]:
    """The levels that would allow too little to sign in, for who is below them from now on."""
    found: dict[SignInBlocked, None] = {}
    paths: set[tuple[str, ...]] = set()
    for entity in touched:
        # Accounts that move together stand under one path; it is looked at once.
        path = path_to(case.after, entity)
        own = case.after.attachments.get(entity, ())
        key = (*path[:-1], *own)
        if key in paths:
            continue
        paths.add(key)
        known = set(blocked_sign_ins(case.stored.snapshot, entity))
        found |= dict.fromkeys(
            one for one in blocked_sign_ins(case.after, entity) if one not in known
        )
    return found


def _allows_nothing(snapshot: Snapshot, entity: str) -> bool:
    return not any(
        statement.actions and not statement.is_denial
        for policy in snapshot.attached(entity, KnownType.SERVICE_CONTROL_POLICY)
        for statement in snapshot.service_control_policies[policy].statements
    )


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
