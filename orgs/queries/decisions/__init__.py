"""What service control policies decide about an account's request, and why.

The same question may be put to what is, and to what would be after changes that nobody has made: a draft
of a policy, a move, an attachment. Answers name entities and policies, and the line of the statement that
decided, so that a page can lead to it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.translation import gettext

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.names import name_key
from orgs.permissions import Permission
from orgs.policy.context import ContextValue
from orgs.policy.evaluation import (
    Decision,
    Explanation,
    Request,
    Rung,
    Source,
    StatementReport,
    evaluate,
    explain,
)
from orgs.policy.snapshot import Snapshot, path_to, position_of
from orgs.queries.decisions.rulings import (
    Answer,
    Ladder,
    Named,
    Ruling,
    Said,
    Step,
    Table,
    place_of,
)
from orgs.queries.decisions.standings import decide_at, find_standing, find_standings, path_of
from orgs.queries.decisions.what_if import AS_IT_IS, WhatIf, load, make
from orgs.queries.snapshots import StoredSnapshot, find_facts
from orgs.queries.units import require_structure

MOST_ACCOUNTS: Final = 1_000  # that a table answers for at a time
MOST_QUESTIONS: Final = 1_000  # of a batch

type Context = Mapping[str, ContextValue]


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
    version, standing = find_standing(facts, request.account)
    decision = decide_at(version, standing, request)
    return Answer(
        account=standing.path[-1],
        path=standing.path,
        before=Ruling(decision=decision, names=standing.names),
    )


def decide_batch(
    *, actor: Actor, permissions: frozenset[Permission], requests: Sequence[Request]
) -> list[Ruling]:
    """Decide up to a thousand requests of accounts of the actor's organization, all at one version.

    One statement where the accounts were asked about before at the same version, else up to six.

    Raises:
        NotManagementOrDelegated, ConcurrentModification.
        InvalidParameter: none, or more than a thousand.
        AccountNotFound: the first account that is not there.

    Rules: R-SCP-1 to R-SCP-9.
    """
    require_structure(permissions)
    if not requests:
        raise errors.InvalidParameter(field="questions", reason=errors.Reason.NONE_GIVEN)
    if len(requests) > MOST_QUESTIONS:
        raise errors.InvalidParameter(
            field="questions", reason=errors.Reason.TOO_MANY, limit=MOST_QUESTIONS
        )
    accounts = dict.fromkeys(request.account for request in requests)
    for account in accounts:
        identifiers.ACCOUNT.require(account, field="account_id")
    version, standings = find_standings(find_facts(actor.organization_id), accounts)
    return [
        Ruling(
            decision=decide_at(version, standings[request.account], request),
            names=standings[request.account].names,
        )
        for request in requests
    ]


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
    snapshots = [load(actor, ids, what_if) for ids in _parts(entity_ids)]
    found: dict[str, tuple[_Asked, StoredSnapshot]] = {}
    refusals: tuple[str, ...] = ()
    for ids, stored in snapshots:
        after, refusals = make(stored, what_if)
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
    _ids, stored = load(actor, [request.account], what_if)
    stored.require_account(request.account)
    after, refusals = make(stored, what_if)
    answer = _Asked(stored, after, request).answer(request.account)
    return Ladder(
        answer=answer,
        steps=_steps(stored.snapshot, stored.names, request),
        steps_after=None if after is None else _steps(after, stored.names, request),
        refusals=refusals,
    )


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
        path = path_of(self.stored, account)
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
