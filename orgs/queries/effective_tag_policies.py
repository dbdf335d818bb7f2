"""Effective tag policies: what is stored, and what has to be stored.

They are stored by path (`orgs.models.effective_tag_policies`), so a read finds the nearest row at or above
an entity and merges nothing. Operations keep the rows right with `find_settlement`; merges begin at the
lowest level that was merged before.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    Account,
    Attachment,
    EffectiveTagPolicy,
    OrganizationalUnit,
    Policy,
    PolicyType,
    RootPolicyType,
    SwitchState,
)
from orgs.permissions import Permission
from orgs.policy import inheritance as engine
from orgs.policy.memo import BoundedMemo
from orgs.policy.tag_document import load_tag_policy
from orgs.queries.units import require_structure
from orgs.statements import Given, Statement

REMEMBERED_MERGES: Final = 2_000

# Those above a unit, nearest first.
_ABOVE: Final = ["__".join(["parent"] * levels) for levels in range(1, MAX_LEVELS + 1)]


class Stored(NamedTuple):
    """An effective tag policy as it is stored: its text, and when it last became another one (R-TP-4)."""

    content: str
    updated_at: datetime


def get_effective_tag_policy(
    *, actor: Actor, permissions: frozenset[Permission], account_id: str
) -> Stored:
    """What the tag policies from the root down to an account come to. One statement.

    Raises:
        NotManagementOrDelegated.
        InvalidParameter: no account's id; also for a root or unit (R-TP-1).
        EntityNotFound: not in the actor's organization.
        EffectivePolicyNotFound: no tag policy reaches it, or the type is off (R-TP-3).

    Contract: ShowEffectivePolicies. Rules: R-TP-1 to R-TP-4.
    """
    require_structure(permissions)
    return find_effective_tag_policy(actor.organization_id, account_id)


def find_effective_tag_policy(organization_id: str | None, account_id: object) -> Stored:
    """The same, for whoever may know: an account asks about itself.

    Raises:
        InvalidParameter, EntityNotFound, EffectivePolicyNotFound.
    """
    checked = identifiers.ACCOUNT.require(account_id, field="entity_id")
    rows = _OF_ACCOUNT(entity=checked, organization=organization_id)
    if not rows:
        raise errors.EntityNotFound(entity_id=checked)
    name, content, updated_at, is_on = rows[0]
    if content is None or not is_on:
        raise errors.EffectivePolicyNotFound(entity_name=name)
    return Stored(content, updated_at)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is stored and should not be, as primary keys by entity, and the rows that are missing."""

    gone: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[EffectiveTagPolicy, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.gone or self.missing)


def find_settlement(
    organization_id: str,
    entity_ids: Collection[str],
    *,
    now: datetime,
    moved_from: Mapping[str, str] | None = None,
) -> Settlement:
    """What has to be stored otherwise after something changed at these entities.

    `moved_from` names the parents that moved ones hung under before. Where the text stays the same its
    time does too. For operations that hold the lock, after what they write. One statement while the type
    is off, two while no tag policy is attached anywhere, else up to five.

    Rules: R-TP-2 to R-TP-4.
    """
    is_on, stored = _stored_rows(organization_id)
    if not is_on:
        return Settlement(gone={one: row.pk for one, row in stored.items()})
    hung = _hung(organization_id)
    if not stored and not hung.policies:
        return Settlement()
    ground = _Ground.of(organization_id, hung, stored, entity_ids, moved_from or {})
    texts = dict(
        Policy.objects.filter(pk__in=ground.policies_in_question()).values_list("pk", "content")
    )
    return _settlement(organization_id, ground, texts, now)


def find_whole_settlement(organization_id: str) -> Settlement:
    """What is stored wrongly anywhere in an organization; nothing where all is as it should be."""
    root = OrganizationalUnit.objects.filter(organization=organization_id, parent=None)
    return find_settlement(
        organization_id, list(root.values_list("pk", flat=True)), now=timezone.now()
    )


class _Row(NamedTuple):
    """A stored row; `unit_id` is where an account hangs."""

    pk: int
    unit_id: str | None
    value: Stored


@dataclass(slots=True)
class _Hung:
    """The tag policies of each entity in order, and where the accounts among them hang."""

    policies: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    parents: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ground:
    """The tree as it is and as it was, with what hangs and what is stored where.

    `points` are the entities whose row may change, the higher ones first: those that changed, and below
    them those with policies or rows of their own. What is between them has what the next one above has.
    """

    parents: Mapping[str, str]
    moved_from: Mapping[str, str]
    hung: Mapping[str, Sequence[str]]
    stored: Mapping[str, _Row]
    points: Sequence[str]

    @classmethod
    def of(
        cls,
        organization_id: str,
        hung: _Hung,
        stored: Mapping[str, _Row],
        entity_ids: Collection[str],
        moved_from: Mapping[str, str],
    ) -> "_Ground":
        units = OrganizationalUnit.objects.filter(
            organization=organization_id, parent__isnull=False
        )
        parents: dict[str, str] = dict(units.order_by().values_list("pk", "parent_id"))
        parents |= hung.parents
        parents |= {one: row.unit_id for one, row in stored.items() if row.unit_id is not None}
        unknown = [
            one for one in entity_ids if identifiers.ACCOUNT.fits(one) and one not in parents
        ]
        if unknown:
            parents |= Account.objects.filter(pk__in=unknown).values_list("pk", "unit_id")
        changed = set(entity_ids)
        depths = {
            one: len(path)
            for one in changed.union(hung.policies, stored)
            if changed.intersection(path := list(_upwards(one, parents)))
        }
        points = sorted(depths, key=lambda one: (depths[one], one))
        return cls(parents, moved_from, hung.policies, stored, points)

    def path(self, entity: str) -> list[str]:
        """From the root down to an entity, as it is."""
        return [*_upwards(entity, self.parents)][::-1]

    def before(self, entity: str) -> Stored | None:
        """What an entity had: that of the nearest row at or above it, where it was."""
        for one in _upwards(entity, {**self.parents, **self.moved_from}):
            if one in self.stored:
                return self.stored[one].value
        return None

    def policies_in_question(self) -> set[str]:
        """The policies on the paths to the points."""
        on_paths = {one for point in self.points for one in self.path(point)}
        return {policy for one in on_paths for policy in self.hung.get(one, ())}


def _settlement(
    organization_id: str, ground: _Ground, texts: Mapping[str, str], now: datetime
) -> Settlement:
    current = {
        one: row.value for one, row in ground.stored.items() if one not in set(ground.points)
    }
    gone: dict[str, int] = {}
    missing: list[EffectiveTagPolicy] = []
    for point in ground.points:
        path = ground.path(point)
        value = _value(ground, path, texts, now)
        inherited = next((current[one] for one in reversed(path[:-1]) if one in current), None)
        row = ground.stored.get(point)
        if value is None or value == inherited:
            if row is not None:
                gone[point] = row.pk
            continue
        current[point] = value
        if row is not None and row.value == value:
            continue
        if row is not None:
            gone[point] = row.pk
        hook = "account_id" if identifiers.ACCOUNT.fits(point) else "unit_id"
        missing.append(
            EffectiveTagPolicy(organization_id=organization_id, **{hook: point}, **value._asdict())
        )
    return Settlement(gone, tuple(missing))


def _value(
    ground: _Ground, path: Sequence[str], texts: Mapping[str, str], now: datetime
) -> Stored | None:
    """What has to be at the end of a path; nothing where no policy reaches it."""
    levels = [
        Level(one, tuple((policy, texts[policy]) for policy in ground.hung.get(one, ())))
        for one in path
    ]
    if not any(level.policies for level in levels):
        return None
    content = merge_path(levels).text
    before = ground.before(path[-1])
    is_same = before is not None and before.content == content
    return before if is_same else Stored(content, now)


class Level(NamedTuple):
    """An entity, and its tag policies in order with their texts."""

    entity: str
    policies: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Merge:
    """The merged levels of a path, and what is made of them when it is asked for."""

    merged: engine.Merged
    _effective: engine.EffectiveTagPolicy | None = None
    _text: str = ""

    @property
    def effective(self) -> engine.EffectiveTagPolicy:
        """With the origin of every value."""
        if self._effective is None:
            self._effective = self.merged.effective()
        return self._effective

    @property
    def text(self) -> str:
        """As JSON, as it is stored and sent."""
        if not self._text:
            content = self.effective.content()
            self._text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return self._text


# By the texts themselves, so what is found is right whatever became of the change that asked.
_MERGES: Final[BoundedMemo[tuple[Level, ...], Merge]] = BoundedMemo(REMEMBERED_MERGES)


def merge_path(levels: Sequence[Level]) -> Merge:
    """Merge the levels of a path, the root first, from the lowest that was merged before (R-TP-2)."""
    wanted = tuple(level for level in levels if level.policies)
    known, merge = 0, Merge(engine.NOTHING_MERGED)
    for length in range(len(wanted), 0, -1):
        found = _MERGES.find(wanted[:length])
        if found is not None:
            known, merge = length, found
            break
    for length in range(known + 1, len(wanted) + 1):
        entity, policies = wanted[length - 1]
        level = engine.TagLevel(
            entity,
            tuple(
                engine.AttachedTagPolicy(policy, load_tag_policy(text)) for policy, text in policies
            ),
        )
        merge = Merge(merge.merged.with_level(level))
        _MERGES.keep(wanted[:length], merge)
    return merge


def _upwards(entity: str, parents: Mapping[str, str]) -> Iterator[str]:
    """An entity and all above it, the root last."""
    at: str | None = entity
    for _level in range(MAX_LEVELS + 2):
        if at is None:
            return
        yield at
        at = parents.get(at)


def _stored_rows(organization_id: str) -> tuple[bool, dict[str, _Row]]:
    """Whether the type is on, and what is stored by entity."""
    row = "organization__effective_tag_policies__"
    columns = ("pk", "unit_id", "account_id", "account__unit_id", "content", "updated_at")
    switches = RootPolicyType.objects.filter(
        organization=organization_id, policy_type=PolicyType.TAG_POLICY
    )
    found = list(switches.order_by().values_list("state", *(row + column for column in columns)))
    return any(state == SwitchState.ENABLED for state, *_row in found), {
        unit_id or account_id: _Row(pk, under, Stored(content, updated_at))
        for _state, pk, unit_id, account_id, under, content, updated_at in found
        if pk is not None
    }


def _hung(organization_id: str) -> _Hung:
    hung = _Hung()
    rows = Attachment.objects.enforced().filter(
        organization=organization_id, policy__policy_type=PolicyType.TAG_POLICY
    )
    for unit_id, account_id, under, policy_id in rows.order_by("place", "pk").values_list(
        "unit_id", "account_id", "account__unit_id", "policy_id"
    ):
        hung.policies[unit_id or account_id].append(policy_id)
        if account_id is not None:
            hung.parents[account_id] = under
    return hung


def _switched_on(organization_id: Any) -> QuerySet[RootPolicyType]:
    return RootPolicyType.objects.filter(
        organization=organization_id, policy_type=PolicyType.TAG_POLICY, state=SwitchState.ENABLED
    )


def _of_account() -> QuerySet[Any, Any]:
    """Name, text and time of the nearest row at or above an account, and whether the type is on.

    The rows are looked for beside the path and not joined to it: PostgreSQL takes several times longer to
    plan that than this.
    """
    places = [
        ("account", "pk"),
        ("unit", "unit_id"),
        *(("unit", f"unit__{one}_id") for one in _ABOVE),
    ]
    stored = [
        EffectiveTagPolicy.objects.filter(**{column: OuterRef(place)}).order_by()
        for column, place in places
    ]
    nearest: QuerySet[Any, Any] = (
        Account.objects.filter(pk=Given("entity"), organization=Given("organization"))
        .order_by()
        .annotate(
            nearest_content=Coalesce(*(Subquery(one.values("content")) for one in stored)),
            nearest_updated_at=Coalesce(*(Subquery(one.values("updated_at")) for one in stored)),
            is_on=Exists(_switched_on(OuterRef("organization"))),
        )
        .values_list("name", "nearest_content", "nearest_updated_at", "is_on")
    )
    return nearest


_OF_ACCOUNT: Final = Statement(_of_account)
