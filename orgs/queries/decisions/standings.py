"""Where accounts stand: their position among the policies at a version, remembered for who asks next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from orgs import errors
from orgs.policy.dry_run import on_trial
from orgs.policy.evaluation import Decision, Outline, Position, Request
from orgs.policy.memo import BoundedMemo, DecisionMemo
from orgs.policy.snapshot import path_to, position_of
from orgs.queries.decisions.rulings import Named
from orgs.queries.snapshots import ATTEMPTS, Facts, StoredSnapshot, load_entities

REMEMBERED_STANDINGS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands at a version, with the names on its path."""

    position: Position
    trial: Position | None
    names: Mapping[str, str]
    path: tuple[Named, ...]


# Asked by what is stored, before a change and never after it in one transaction: it may be rolled back.
_DECISIONS: Final = DecisionMemo()
_STANDINGS: Final[BoundedMemo[tuple[Any, str], Standing]] = BoundedMemo(REMEMBERED_STANDINGS)


def decide_at(version: Any, standing: Standing, request: Request) -> Decision:
    """What is decided for an account that stands so at a version, remembered."""
    return _DECISIONS.decide(version, request, lambda: standing.position)


def find_outline(version: Any, standing: Standing, account_id: str, action: str) -> Outline:
    """What the policies ask of an action of an account that stands so at a version, remembered."""
    return _DECISIONS.outline(version, account_id, action, lambda: standing.position)


def known_standing(version: Any, account_id: str) -> Standing | None:
    """Where an account stands at a version, if that is remembered. No statement."""
    return _STANDINGS.find((version, account_id))


def find_standing(facts: Facts, account_id: str) -> tuple[Any, Standing]:
    """Where an account stands, and at which version: at that of the facts, or a newer one."""
    version: Any = facts.version
    standing = known_standing(version, account_id)
    if standing is None:
        stored = load_entities(facts.organization_id, [account_id], with_trial=True)
        version, standing = _keep(stored, account_id)
    return version, standing


def find_standings(
    facts: Facts, account_ids: Collection[str]
) -> tuple[Any, Mapping[str, Standing]]:
    """Where accounts stand, all at one version. Those that are not known are loaded together."""
    for _attempt in range(ATTEMPTS):
        version: Any = facts.version
        found = {one: known_standing(version, one) for one in account_ids}
        missing = [one for one, standing in found.items() if standing is None]
        if missing:
            stored = load_entities(facts.organization_id, missing, with_trial=True)
            found |= {one: _keep(stored, one)[1] for one in missing}
            if stored.facts.version != version:
                facts = stored.facts
                continue
        return version, {one: standing for one, standing in found.items() if standing is not None}
    raise errors.ConcurrentModification


def _keep(stored: StoredSnapshot, account_id: str) -> tuple[Any, Standing]:
    """Where an account stands, remembered, with the version at which it does."""
    stored.require_account(account_id)
    position = position_of(stored.snapshot, account_id)
    standing = Standing(
        position=position,
        trial=on_trial(position, stored.trial) if stored.trial else None,
        names=stored.names,
        path=path_of(stored, account_id),
    )
    version: Any = stored.facts.version
    _STANDINGS.keep((version, account_id), standing)
    return version, standing


def path_of(stored: StoredSnapshot, entity: str) -> tuple[Named, ...]:
    """The way from the root down to an entity, with names."""
    return tuple(Named(one, stored.names[one]) for one in path_to(stored.snapshot, entity))
