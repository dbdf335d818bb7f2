"""Previews: the same questions before and after changes that nobody has made yet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orgs.policy.changes import (
    Attach,
    Change,
    Detach,
    DisableType,
    MoveAccount,
    MoveUnit,
    Refusal,
    UpdatePolicy,
    make_changes,
)
from orgs.policy.evaluation import Decision, Position, Request, evaluate
from orgs.policy.lints import SIGN_IN_ACTIONS, uncovered_sign_in
from orgs.policy.sentences import NO_NAMES, say
from orgs.policy.snapshot import (
    PolicyType,
    Snapshot,
    path_to,
    position_of,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one request would lead to before and after the changes."""

    request: Request
    before: Decision
    after: Decision

    @property
    def is_changed(self) -> bool:
        """Whether what was allowed is denied now, or the other way round."""
        return self.before.allowed != self.after.allowed


@dataclass(frozen=True, slots=True)
class SignInBlocked:
    """A warning: nobody below `entity` could sign in, since it allows too little."""

    entity: str
    actions: tuple[str, ...]

    def sentence(
        self, translate: Callable[[str], str] = str, names: Mapping[str, str] = NO_NAMES
    ) -> str:
        """Return the warning in a sentence."""
        facts = {"entity": self.entity, "actions": self.actions}
        return say("sign_in_blocked", facts, translate=translate, names=names)


@dataclass(frozen=True, slots=True)
class Preview:
    """What changes would lead to, what of it the service would refuse, and what to beware of."""

    after: Snapshot
    outcomes: tuple[Outcome, ...]
    refusals: tuple[Refusal, ...]
    warnings: tuple[SignInBlocked, ...]


def preview(snapshot: Snapshot, changes: Sequence[Change], requests: Sequence[Request]) -> Preview:
    """Decide requests before and after changes, which are made in the given order.

    Rules: R-SCP-6, R-SCP-7.
    """
    after, refusals = make_changes(snapshot, changes)
    positions = {
        account: (position_of(snapshot, account), position_of(after, account))
        for account in {request.account for request in requests}
    }
    outcomes = tuple(_outcome(request, *positions[request.account]) for request in requests)
    return Preview(after, outcomes, refusals, tuple(_new_blocks(snapshot, after, changes)))


def blocked_sign_ins(snapshot: Snapshot, entity: str) -> tuple[SignInBlocked, ...]:
    """Return the levels on the path to an entity that allow too little to sign in."""
    if PolicyType.SERVICE_CONTROL_POLICY not in snapshot.enabled_types:
        return ()
    found = ((one, _uncovered(snapshot, one)) for one in path_to(snapshot, entity))
    return tuple(SignInBlocked(one, actions) for one, actions in found if actions)


def _outcome(request: Request, before: Position, after: Position) -> Outcome:
    return Outcome(request, evaluate(before, request), evaluate(after, request))


def _new_blocks(
    before: Snapshot, after: Snapshot, changes: Sequence[Change]
) -> Iterator[SignInBlocked]:
    touched = dict.fromkeys(one for change in changes for one in _touched(after, change))
    known = {block for entity in touched for block in blocked_sign_ins(before, entity)}
    found = dict.fromkeys(block for entity in touched for block in blocked_sign_ins(after, entity))
    yield from (block for block in found if block not in known)


def _touched(snapshot: Snapshot, change: Change) -> tuple[str, ...]:
    """Return the entities whose path or policies a change alters."""
    match change:
        case MoveAccount():
            return (change.account,)
        case MoveUnit():
            return (change.unit,)
        case Attach() | Detach():
            return (change.entity,)
        case UpdatePolicy():
            return tuple(
                entity
                for entity, policies in snapshot.attachments.items()
                if change.policy in policies
            )
        case DisableType():
            return ()


def _uncovered(snapshot: Snapshot, entity: str) -> tuple[str, ...]:
    """Return the sign-in actions that the policies of one level leave out."""
    attached = snapshot.attached(entity, PolicyType.SERVICE_CONTROL_POLICY)
    statements = [
        statement
        for policy in attached
        for statement in snapshot.service_control_policies[policy].statements
    ]
    if not any(statement.actions and not statement.is_denial for statement in statements):
        return tuple(SIGN_IN_ACTIONS)
    return uncovered_sign_in(statements)
