"""What service control policies decide about an account's request, and why.

The same question may be put to what is, and to what would be after changes that nobody has made: a draft
of a policy, a move, an attachment. Answers name entities and policies, and the line of the statement that
decided, so that a page can lead to it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext

from orgs import errors, identifiers
from orgs.actor import Actor
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
from orgs.policy.context import ContextValue
from orgs.policy.document import load_service_control_policy
from orgs.policy.dry_run import DryRun, dry_run, on_trial
from orgs.policy.evaluation import (
    Decision,
    Explanation,
    Position,
    Reason,
    Request,
    Rung,
    Source,
    StatementReport,
    Verdict,
    evaluate,
    explain,
)
from orgs.policy.memo import BoundedMemo, DecisionMemo
from orgs.policy.snapshot import PolicyType, Snapshot, path_to, position_of
from orgs.policy.statements import ServiceControlPolicy
from orgs.queries.snapshots import (
    Facts,
    StoredSnapshot,
    find_facts,
    load_below,
    load_entities,
    ungoverned_services,
)
from orgs.queries.units import require_structure

MOST_ACCOUNTS: Final = 1_000  # that a table answers for at a time
REMEMBERED_STANDINGS: Final = 2_000


class Action(StrEnum):
    """What a member's users do here outside of the wire, as policies name it (R-PERM-3)."""

    LEAVE = "organizations:organizations:leave"
    LIST_RECEIVED = "organizations:receivedHandshakes:list"
    DECLINE = "organizations:handshakes:decline"


type Context = Mapping[str, ContextValue]


@dataclass(frozen=True, slots=True)
class Named:
    """An entity or a policy."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose word it was: an entity, and at it a policy and its statement, or what is missing there.

    `number` and `line` count from 1, the line in the policy's text.
    """

    entity: Named
    policy: Named | None
    number: int | None
    sid: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Whether a request passes, and whose word it was. `allowed_by` has one place for each level."""

    decision: Decision
    names: Mapping[str, str] = field(repr=False)

    @property
    def allowed(self) -> bool:
        """Whether it passes."""
        return self.decision.allowed

    @property
    def reason(self) -> Reason:
        """Why, in a word."""
        return self.decision.reason

    @property
    def sentence(self) -> str:
        """Why, in a sentence, in the language of who reads it."""
        return self.decision.sentence(gettext, self.names)

    @property
    def decided_by(self) -> Place | None:
        """What denied it; nothing where it passes."""
        source = self.decision.decided_by
        return None if source is None else place_of(source, self.names)

    @property
    def allowed_by(self) -> tuple[Place, ...]:
        """What allowed it, level by level, the root first."""
        return tuple(place_of(source, self.names) for source in self.decision.allowed_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is decided for an account; `after` is the same after the changes, where some were asked about.

    `path` leads from the root to the account, as it is now.
    """

    account: Named
    path: tuple[Named, ...]
    before: Ruling
    after: Ruling | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the changes turn a denial into an allowance, or the other way round."""
        return self.after is not None and self.after.allowed != self.before.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is decided for many accounts; `total` is how many there are, were they all answered for."""

    answers: tuple[Answer, ...]
    total: int
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one statement says to the request."""

    place: Place
    verdict: Verdict
    is_denial: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung of the ladder from the root to the account. `stops` is the first that lets nothing through."""

    entity: Named
    passes: bool
    stops: bool
    statements: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """An answer with every statement of every level: as it is, and as it would be after the changes."""

    answer: Answer
    steps: tuple[Step, ...]
    steps_after: tuple[Step, ...] | None = None
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What might be: changes in the order in which they would be made, and texts that policies would have.

    A draft under an id that no policy has is a service control policy that is not saved yet; it can be
    attached by a change.
    """

    changes: tuple[Change, ...] = ()
    drafts: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether it differs from what is."""
        return bool(self.changes or self.drafts)

    @property
    def entity_ids(self) -> Iterator[str]:
        """The entities that the changes are about."""
        for change in self.changes:
            match change:
                case MoveAccount():
                    yield from (change.account, change.to)
                case MoveUnit():
                    yield from (change.unit, change.to)
                case Attach() | Detach():
                    yield change.entity
                case UpdatePolicy() | DisableType():
                    pass

    @property
    def policy_ids(self) -> Iterator[str]:
        """The policies that they are about."""
        yield from self.drafts
        for change in self.changes:
            if isinstance(change, Attach | Detach | UpdatePolicy):
                yield change.policy


AS_IT_IS: Final = WhatIf()


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where an account stands at a version, with the names on its path."""

    position: Position
    trial: Position | None
    names: Mapping[str, str]
    path: tuple[Named, ...]


type Recorder = Callable[[Actor, DryRun], object]

# Asked by what is stored, before a change and never after it in one transaction: it may be rolled back.
_DECISIONS: Final = DecisionMemo()
_STANDINGS: Final[BoundedMemo[tuple[Any, str], _Standing]] = BoundedMemo(REMEMBERED_STANDINGS)
# Organizations at a version whose service control policies are off: nothing is to be judged there.
_SWITCHED_OFF: Final[BoundedMemo[Any, bool]] = BoundedMemo(REMEMBERED_STANDINGS)
_recorders: list[Recorder] = []


def decide(*, actor: Actor, permissions: frozenset[Permission], request: Request) -> Answer:
    """Decide a request of an account of the actor's organization.

    One statement where the account was asked about before at the same version, else up to six.

    Raises:
        NotManagementOrDelegated, InvalidParameter, AccountNotFound, ConcurrentModification.

    Rules: R-SCP-1 to R-SCP-9.
    """
    require_structure(permissions)
    identifiers.ACCOUNT.require(request.account, field="account_id")
    facts = find_facts(actor.organization_id)
    version, standing = _standing(facts, request.account)
    decision = _DECISIONS.decide(version, request, lambda: standing.position)
    return Answer(
        account=standing.path[-1],
        path=standing.path,
        before=Ruling(decision=decision, names=standing.names),
    )


def decide_for_many(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    entity_ids: Collection[str],
    action: str,
    resource: str | None = None,
    context: Context | None = None,
    via_service_linked_agency: bool = False,
    what_if: WhatIf = AS_IT_IS,
) -> Table:
    """The same request for many accounts: those named, and those below the units named, by name.

    Answers come for the first thousand. At most six statements for accounts, and five more for each unit.

    Raises:
        NotManagementOrDelegated, InvalidParameter, EntityNotFound, ConcurrentModification.

    Rules: R-SCP-1 to R-SCP-9.
    """
    require_structure(permissions)
    request = Request("", action, resource, context or {}, via_service_linked_agency)
    snapshots = [_load(actor, ids, what_if) for ids in _parts(entity_ids)]
    found: dict[str, tuple[_Asked, StoredSnapshot]] = {}
    refusals: tuple[str, ...] = ()
    for ids, stored in snapshots:
        after, refusals = _what_if(stored, what_if)
        asked = _Asked(stored, after, request)
        for entity_id in ids:
            stored.require_entity(entity_id)
        found |= dict.fromkeys(_accounts_of(stored, ids), (asked, stored))
    ordered = sorted(found, key=lambda one: (name_key(found[one][1].names[one]), one))
    answers = tuple(found[account][0].answer(account) for account in ordered[:MOST_ACCOUNTS])
    return Table(answers=answers, total=len(ordered), refusals=refusals)


def explain_request(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    request: Request,
    what_if: WhatIf = AS_IT_IS,
) -> Ladder:
    """Decide a request, and tell of every statement of every level on the way to the account.

    Up to five statements.

    Raises:
        NotManagementOrDelegated, InvalidParameter, AccountNotFound, ConcurrentModification.

    Rules: R-SCP-1 to R-SCP-9.
    """
    require_structure(permissions)
    identifiers.ACCOUNT.require(request.account, field="account_id")
    _ids, stored = _load(actor, [request.account], what_if)
    stored.require_account(request.account)
    after, refusals = _what_if(stored, what_if)
    answer = _Asked(stored, after, request).answer(request.account)
    return Ladder(
        answer=answer,
        steps=_steps(stored.snapshot, stored.names, request),
        steps_after=None if after is None else _steps(after, stored.names, request),
        refusals=refusals,
    )


def require_own_call(
    *,
    actor: Actor,
    management_account_id: str | None,
    policy_version: int,
    action: str,
) -> None:
    """Refuse what the service control policies do not let a member's own users do in this service.

    No statement for the management account, which they never bind, and none where the account was judged
    at this version before; else up to six. What passes, and would not with the policies on trial, is told
    to who records that.

    Raises:
        DeniedByPolicy.

    Rules: R-PERM-6, R-SCP-1 to R-SCP-5, R-DRY-9.
    """
    judged = _judge(actor, management_account_id, policy_version, action)
    if judged is None:
        return
    if judged.denial is not None:
        raise judged.denial
    if judged.dry_run is not None and judged.dry_run.is_worth_recording:
        for record in _recorders:
            record(actor, judged.dry_run)


def find_own_denial(
    *, actor: Actor, management_account_id: str | None, policy_version: int, action: str
) -> errors.DeniedByPolicy | None:
    """What `require_own_call` would refuse with, before anything is called: nothing is recorded."""
    judged = _judge(actor, management_account_id, policy_version, action)
    return judged.denial if judged else None


def require_own_act(*, actor: Actor, action: Action) -> None:
    """The same, for what concerns the actor's account alone, so that its organization was not looked at.

    One statement for a member, besides those of `require_own_call`.

    Raises:
        DeniedByPolicy.
    """
    if actor.organization_id is None:
        return
    try:
        facts = find_facts(actor.organization_id)
    except errors.CallerNotInOrganization:  # deleted since the request came in
        return
    require_own_call(
        actor=actor,
        management_account_id=facts.management_account_id,
        policy_version=facts.policy_version,
        action=action,
    )


def record_dry_runs_with(recorder: Recorder) -> None:
    """Tell `recorder` of each call that passed and that policies on trial would have denied (R-DRY-9)."""
    _recorders[:] = [recorder]


def place_of(source: Source, names: Mapping[str, str]) -> Place:
    """What the engine points at, with names."""
    return Place(
        entity=Named(source.entity, names.get(source.entity, source.entity)),
        policy=None
        if source.policy is None
        else Named(source.policy, names.get(source.policy, source.policy)),
        number=None if source.statement is None else source.statement + 1,
        sid=source.sid or "",
        line=source.line,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """A call of this service itself: why it is refused, or what policies on trial say to it."""

    denial: errors.DeniedByPolicy | None
    dry_run: DryRun | None = None


def _judge(
    actor: Actor, management_account_id: str | None, policy_version: int, action: str
) -> _Judged | None:
    """Judge a call of this service; nothing where no policy binds the caller."""
    organization_id, account_id = actor.organization_id, actor.account_id
    if organization_id is None or account_id is None or account_id == management_account_id:
        return None
    version: Any = (organization_id, policy_version, ungoverned_services())
    if _SWITCHED_OFF.find(version):
        return None
    standing = _STANDINGS.find((version, account_id))
    if standing is None:
        facts = find_facts(organization_id)
        if PolicyType.SERVICE_CONTROL_POLICY not in facts.enabled_types:
            _SWITCHED_OFF.keep(facts.version, value=True)
            return None
        version, standing = _standing(facts, account_id)
    position, trial = standing.position, standing.trial
    request = Request(account_id, action, context=_context(actor, management_account_id))
    decision = _DECISIONS.decide(version, request, lambda: position)
    if not decision.allowed:
        ruling = Ruling(decision=decision, names=standing.names)
        return _Judged(errors.DeniedByPolicy(action=action, sentence=ruling.sentence))
    return _Judged(None, None if trial is None else dry_run(position, trial, request))


def _standing(facts: Facts, account_id: str) -> tuple[Any, _Standing]:
    """Where an account stands, and at which version: at that of the facts, or a newer one."""
    version: Any = facts.version
    standing = _STANDINGS.find((version, account_id))
    if standing is None:
        stored = load_entities(facts.organization_id, [account_id], with_trial=True)
        stored.require_account(account_id)
        position = position_of(stored.snapshot, account_id)
        standing = _Standing(
            position=position,
            trial=on_trial(position, stored.trial) if stored.trial else None,
            names=stored.names,
            path=_path(stored, account_id),
        )
        version = stored.facts.version
        _STANDINGS.keep((version, account_id), standing)
    return version, standing


def _context(actor: Actor, management_account_id: str | None) -> Context:
    """What is known of who calls this service itself."""
    known: dict[str, ContextValue] = {
        "g:CurrentTime": timezone.now().isoformat(),
        "g:DomainId": actor.account_id,
        "g:DomainName": actor.account_name,
        "g:PrincipalAccount": actor.account_id,
        "g:PrincipalIsRootUser": False,
        "g:PrincipalIsService": False,
        "g:PrincipalOrgId": actor.organization_id,
        "g:PrincipalOrgManagementAccountId": management_account_id,
        "g:ResourceAccount": management_account_id,
        "g:ResourceOrgId": actor.organization_id,
        "g:SourceIp": actor.address or None,
        "g:UserName": actor.username,
    }
    if actor.user_id is not None:
        known["g:UserId"] = str(actor.user_id)
    return known


@dataclass(slots=True)
class _Asked:
    """One request put to accounts of a snapshot, before and after changes.

    Accounts under one parent with the same policies attached stand alike; one of them answers for all.
    """

    stored: StoredSnapshot
    after: Snapshot | None
    request: Request
    _known: dict[Any, tuple[str, Decision]] = field(default_factory=dict)

    def answer(self, account: str) -> Answer:
        path = _path(self.stored, account)
        before = self._rule(self.stored.snapshot, account, is_after=False)
        after = None if self.after is None else self._rule(self.after, account, is_after=True)
        return Answer(account=path[-1], path=path, before=before, after=after)

    def _rule(self, snapshot: Snapshot, account: str, *, is_after: bool) -> Ruling:
        alike = (
            is_after,
            snapshot.account_parents.get(account),
            snapshot.attachments.get(account, ()),
            account == snapshot.management_account,
        )
        if alike not in self._known:
            request = replace(self.request, account=account)
            self._known[alike] = account, evaluate(position_of(snapshot, account), request)
        asked, decision = self._known[alike]
        return Ruling(decision=_of(decision, asked, account), names=self.stored.names)


def _of(decision: Decision, asked: str, account: str) -> Decision:
    """The decision for one account as that for another which stands alike."""
    if asked == account:
        return decision

    def moved(source: Source) -> Source:
        return replace(source, entity=account) if source.entity == asked else source

    decided_by = decision.decided_by
    return replace(
        decision,
        decided_by=None if decided_by is None else moved(decided_by),
        allowed_by=tuple(moved(source) for source in decision.allowed_by),
    )


def _load(
    actor: Actor, entity_ids: Collection[str], what_if: WhatIf
) -> tuple[Collection[str], StoredSnapshot]:
    """One unit with all below it, or accounts, and what the changes are about."""
    others, policies = list(what_if.entity_ids), list(what_if.policy_ids)
    (first, *rest) = entity_ids or [""]
    if not rest and identifiers.ROOT_OR_UNIT.fits(first):
        stored = load_below(actor.organization_id, first, entity_ids=others, policy_ids=policies)
    else:
        ids = [*entity_ids, *others]
        stored = load_entities(actor.organization_id, ids, policy_ids=policies)
    return entity_ids, replace(stored, names=_names(stored, what_if))


def _parts(entity_ids: Collection[str]) -> Iterator[Collection[str]]:
    """Accounts together, and each unit by itself.

    Raises:
        InvalidParameter: none, more than a thousand, or one that is no id.
    """
    if not entity_ids:
        raise errors.InvalidParameter(field="entity_ids", reason=errors.Reason.NONE_GIVEN)
    if len(entity_ids) > MOST_ACCOUNTS:
        raise errors.InvalidParameter(
            field="entity_ids", reason=errors.Reason.TOO_MANY, limit=MOST_ACCOUNTS
        )
    checked = [identifiers.ENTITY.require(one, field="entity_ids") for one in entity_ids]
    accounts = [one for one in checked if identifiers.ACCOUNT.fits(one)]
    if accounts:
        yield accounts
    yield from ([one] for one in checked if not identifiers.ACCOUNT.fits(one))


def _accounts_of(stored: StoredSnapshot, ids: Collection[str]) -> Collection[str]:
    """The accounts among the entities, or, where it is one unit, those below it."""
    snapshot = stored.snapshot
    named = [one for one in ids if one in snapshot.account_parents]
    return named or [one for one in stored.accounts if set(ids) & set(path_to(snapshot, one))]


def _what_if(stored: StoredSnapshot, what_if: WhatIf) -> tuple[Snapshot | None, tuple[str, ...]]:
    """The snapshot after the changes, and why the service would refuse them; nothing where there are none."""
    if not what_if:
        return None, ()
    snapshot, changes = stored.snapshot, list(what_if.changes)
    unsaved: dict[str, ServiceControlPolicy] = {}
    for policy_id, text in what_if.drafts.items():
        document = load_service_control_policy(text)
        if policy_id in stored.texts:
            changes.append(UpdatePolicy(policy_id, document))
        else:
            unsaved[policy_id] = document
    known = {**unsaved, **snapshot.service_control_policies}
    after, refusals = make_changes(replace(snapshot, service_control_policies=known), changes)
    return after, tuple(refusal.sentence(gettext, stored.names) for refusal in refusals)


def _names(stored: StoredSnapshot, what_if: WhatIf) -> Mapping[str, str]:
    unsaved = dict.fromkeys(what_if.drafts, gettext("New policy"))
    return {**unsaved, **stored.names}


def _path(stored: StoredSnapshot, entity: str) -> tuple[Named, ...]:
    return tuple(Named(one, stored.names[one]) for one in path_to(stored.snapshot, entity))


def _steps(snapshot: Snapshot, names: Mapping[str, str], request: Request) -> tuple[Step, ...]:
    explained: Explanation = explain(position_of(snapshot, request.account), request)
    first = next((rung.entity for rung in explained.rungs if not rung.passes), None)
    is_denied = not explained.decision.allowed
    return tuple(
        _step(rung, names, stops=is_denied and rung.entity == first) for rung in explained.rungs
    )


def _step(rung: Rung, names: Mapping[str, str], *, stops: bool) -> Step:
    return Step(
        entity=Named(rung.entity, names.get(rung.entity, rung.entity)),
        passes=rung.passes,
        stops=stops,
        statements=tuple(_said_by(report, names) for report in rung.statements),
    )


def _said_by(report: StatementReport, names: Mapping[str, str]) -> Said:
    return Said(
        place=place_of(report.rule.source, names),
        verdict=report.verdict,
        is_denial=report.rule.statement.is_denial,
        sentence=report.sentence(gettext, names),
    )
