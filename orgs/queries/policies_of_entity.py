"""The policies of a root, a unit or an account: attached to itself, inherited, and what they come to.

However deep the place is and however much is attached above it, that takes two statements: how far the
types are switched on, and all that hangs on the way from the root. Texts are compiled once for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Self

from django.conf import settings
from django.db.models import Q

from orgs import errors, identifiers, names, quotas
from orgs.actor import Actor
from orgs.models import (
    Account,
    Attachment,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyType,
    SwitchState,
)
from orgs.permissions import Permission
from orgs.policy import evaluation, inheritance
from orgs.policy.document import load_service_control_policy
from orgs.policy.evaluation import Position, make_level, make_position
from orgs.policy.inheritance import EffectiveTagPolicy, TagLevel, merge
from orgs.policy.tag_document import load_tag_policy
from orgs.queries.sight import ACCOUNT_WITH_PATH, UNIT_WITH_PATH
from orgs.queries.structure import Structure
from orgs.queries.structure.nodes import Kind
from orgs.queries.units import require_structure

SHOWN = 50  # policies to choose from; a name narrows them


@dataclass(frozen=True, slots=True)
class Level:
    """An entity on the way from the root down to the one that is looked at."""

    id: str
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A policy where it hangs.

    Without a name it is one that the actor does not see: it binds from above the units that are its own.
    """

    policy_id: str
    name: str
    policy_type: PolicyType
    is_builtin: bool
    content: str
    level: Level
    attached_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeHere:
    """The policies of a type at an entity: those attached to itself in their order, then those above it.

    `inherited` begins with the nearest entity.
    """

    policy_type: PolicyType
    state: SwitchState
    limit: int
    here: tuple[Attached, ...]
    inherited: tuple[Attached, ...]

    @property
    def is_on(self) -> bool:
        """Whether policies of the type can be attached; on its way a type is not on (R-PT-7)."""
        return self.state == SwitchState.ENABLED

    @property
    def is_scp(self) -> bool:
        """Whether they are service control policies."""
        return self.policy_type == PolicyType.SERVICE_CONTROL_POLICY

    @property
    def is_full(self) -> bool:
        """Whether no other one fits on the entity itself (R-POL-10)."""
        return len(self.here) >= self.limit

    @property
    def keeps_last(self) -> bool:
        """Whether the only one that is attached has to stay (R-POL-12)."""
        return self.is_scp and self.is_on and len(self.here) == 1

    def find(self, policy_id: str) -> Attached | None:
        """The policy with that id among those attached to the entity itself."""
        return next((one for one in self.here if one.policy_id == policy_id), None)


@dataclass(frozen=True, kw_only=True)
class PoliciesOfEntity:
    """All that hangs on an entity and above it. `levels` lead from the root down to the entity."""

    organization: Organization
    permissions: frozenset[Permission]
    levels: tuple[Level, ...]
    states: dict[PolicyType, SwitchState]
    attached: tuple[Attached, ...]
    on_trial: tuple[Attached, ...] = ()  # those that bind nobody, the nearest first (R-DRY-6)
    seen_ids: frozenset[str] | None = (
        None  # the ids of the levels that have a page for the actor; none: all
    )
    to_attach: frozenset[str] | None = None  # the ids of those that may be attached; none: any

    @property
    def sees_all(self) -> bool:
        """Whether the actor sees all of the organization, and not only units of it."""
        return self.seen_ids is None

    def sees(self, level: Level) -> bool:
        """Whether the level has a page for the actor, and is not there by name alone."""
        return self.seen_ids is None or level.id in self.seen_ids

    @property
    def entity(self) -> Level:
        """The entity itself."""
        return self.levels[-1]

    @property
    def is_management_account(self) -> bool:
        """Whether it is the account that no service control policy binds (R-SCP-3)."""
        return self.entity.id == self.organization.management_account_id

    @cached_property
    def types(self) -> tuple[TypeHere, ...]:
        """Each type with what hangs here and above."""
        return tuple(self.of_type(policy_type) for policy_type in PolicyType)

    def of_type(self, policy_type: PolicyType) -> TypeHere:
        """A type with what hangs here and above."""
        here = [one for one in self._at(self.entity) if one.policy_type == policy_type]
        above = [
            one
            for level in reversed(self.levels[:-1])
            for one in self._at(level)
            if one.policy_type == policy_type
        ]
        return TypeHere(
            policy_type=policy_type,
            state=self.states.get(policy_type, SwitchState.DISABLED),
            limit=quotas.attachment_limit(policy_type),
            here=tuple(here),
            inherited=tuple(above),
        )

    def find(self, policy_id: str, level_id: str) -> Attached | None:
        """A policy where it hangs."""
        wanted = (policy_id, level_id)
        return next((one for one in self.attached if (one.policy_id, one.level.id) == wanted), None)

    def scps_at(self, level: Level) -> list[Attached]:
        """The service control policies of one level, in their order."""
        scp = PolicyType.SERVICE_CONTROL_POLICY
        return [one for one in self._at(level) if one.policy_type == scp]

    @cached_property
    def position(self) -> Position:
        """Where the entity stands, for decisions: of a root or unit, where an account in it would."""
        scp = PolicyType.SERVICE_CONTROL_POLICY
        return make_position(
            [
                make_level(
                    level.id,
                    [
                        evaluation.AttachedPolicy(
                            one.policy_id, load_service_control_policy(one.content)
                        )
                        for one in self.scps_at(level)
                    ],
                )
                for level in self.levels
            ],
            is_management_account=self.is_management_account,
            is_type_enabled=self.of_type(scp).is_on,
            ungoverned_services=frozenset(
                service.lower() for service in settings.SERVICES_WITHOUT_SCP
            ),
        )

    @cached_property
    def effective_tag_policy(self) -> EffectiveTagPolicy:
        """What the tag policies on the way come to; empty when the type is off (R-TP-2, R-TP-3)."""
        if not self.of_type(PolicyType.TAG_POLICY).is_on:
            return EffectiveTagPolicy()
        return merge(
            [
                TagLevel(
                    level.id,
                    tuple(
                        inheritance.AttachedTagPolicy(one.policy_id, load_tag_policy(one.content))
                        for one in self._at(level)
                        if one.policy_type == PolicyType.TAG_POLICY
                    ),
                )
                for level in self.levels
            ]
        )

    def _at(self, level: Level) -> list[Attached]:
        return [one for one in self.attached if one.level == level]


@dataclass(frozen=True, slots=True)
class Choice:
    """A policy to choose."""

    id: str
    name: str
    description: str
    is_builtin: bool

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """What is shown of a policy."""
        return cls(policy.pk, policy.name, policy.description, policy.is_builtin)


@dataclass(frozen=True, slots=True)
class Choices:
    """The first policies that can be chosen, and how many there are."""

    shown: tuple[Choice, ...]
    total: int

    @property
    def is_cut(self) -> bool:
        """Whether there are more than are shown."""
        return self.total > len(self.shown)


def of_place(place: Structure) -> PoliciesOfEntity:
    """The policies of a place that the actor was shown. Two statements.

    Of what binds from above the units that it sees, a grantee learns what it does and from where, as a
    member does of what binds it (R-ORG-7); not which policies these are, but for built-in ones, and not
    what is on trial there.

    Rules: R-ORG-7, R-POL-10, R-POL-12, R-PT-7.
    """
    policies = of_path(place.organization, place.path, place.account, permissions=place.permissions)
    if place.sees_all:
        return replace(policies, to_attach=place.policies_to_attach)
    seen = replace(
        policies,
        seen_ids=place.seen_ids | {policies.entity.id},
        to_attach=place.policies_to_attach,
    )
    return replace(
        seen,
        attached=tuple(
            one if one.is_builtin or seen.sees(one.level) else replace(one, name="")
            for one in seen.attached
        ),
        on_trial=tuple(one for one in seen.on_trial if seen.sees(one.level)),
    )


def of_entity(
    *, actor: Actor, permissions: frozenset[Permission], entity_id: str
) -> PoliciesOfEntity:
    """The policies of a root, unit or account of the actor's organization. Three statements.

    Raises:
        NotManagementOrDelegated, InvalidParameter.
        EntityNotFound: not in the actor's organization (R-GEN-3).

    Rules: R-SCP-1 to R-SCP-3, R-PT-7.
    """
    require_structure(permissions)
    identifiers.ENTITY.require(entity_id, field="entity_id")
    mine = Q(organization=actor.organization_id, pk=entity_id)
    if identifiers.ROOT_OR_UNIT.fits(entity_id):
        unit = OrganizationalUnit.objects.select_related(*UNIT_WITH_PATH).filter(mine).first()
        if unit is not None:
            return of_path(unit.organization, unit.path, None, permissions=permissions)
    else:
        account = Account.objects.select_related(*ACCOUNT_WITH_PATH).filter(mine).first()
        if account is not None and account.unit is not None and account.organization is not None:
            path = account.unit.path
            return of_path(account.organization, path, account, permissions=permissions)
    raise errors.EntityNotFound(entity_id=entity_id)


def of_path(
    organization: Organization,
    path: Sequence[OrganizationalUnit],
    account: Account | None,
    *,
    permissions: frozenset[Permission] = frozenset(),
) -> PoliciesOfEntity:
    """The policies on the way down to a unit or an account, for who may know of it. Two statements."""
    levels = [Level(unit.pk, unit.name, Kind.ROOT if unit.is_root else Kind.UNIT) for unit in path]
    hooks = Q(unit__in=[unit.pk for unit in path])
    if account is not None:
        levels.append(Level(account.pk, account.name, Kind.ACCOUNT))
        hooks |= Q(account=account)
    by_id = {level.id: level for level in levels}
    states = organization.policy_types.values_list("policy_type", "state")
    rows = (
        Attachment.objects.filter(hooks, organization=organization)
        .order_by("place", "pk")
        .values_list(
            "unit_id",
            "account_id",
            "policy_id",
            "policy__name",
            "policy__policy_type",
            "policy__organization_id",
            "policy__content",
            "attached_at",
            "policy__is_dry_run",
        )
    )
    binding: list[Attached] = []
    on_trial: list[Attached] = []
    for (
        unit_id,
        account_id,
        policy_id,
        name,
        policy_type,
        owner_id,
        content,
        attached_at,
        is_dry_run,
    ) in rows:
        (on_trial if is_dry_run else binding).append(
            Attached(
                policy_id=policy_id,
                name=name,
                policy_type=PolicyType(policy_type),
                is_builtin=owner_id is None,
                content=content,
                level=by_id[unit_id or account_id or ""],
                attached_at=attached_at,
            )
        )
    return PoliciesOfEntity(
        organization=organization,
        permissions=permissions,
        levels=tuple(levels),
        states={PolicyType(policy_type): SwitchState(state) for policy_type, state in states},
        attached=tuple(binding),
        on_trial=tuple(sorted(on_trial, key=lambda one: levels.index(one.level), reverse=True)),
    )


def list_choices(
    policies: PoliciesOfEntity,
    policy_type: PolicyType,
    *,
    name: str = "",
    without: Sequence[str] = (),
) -> Choices:
    """The policies of a type that can be chosen, by name: all but those in `without`. Two statements.

    `name` is a part of the name, or the whole id.
    """
    rows = Policy.objects.of(policies.organization.pk).enforced().filter(policy_type=policy_type)
    rows = rows.exclude(pk__in=list(without))
    if policies.to_attach is not None:
        rows = rows.filter(pk__in=policies.to_attach)
    if not names.prints(name):
        rows = rows.none()
    elif name:
        rows = rows.filter(Q(name_key__contains=names.name_key(name)) | Q(pk=name))
    # Without the texts: a thousand of them are long.
    shown = rows.defer("content").order_by("name_key", "pk")[:SHOWN]
    return Choices(tuple(Choice.of(policy) for policy in shown), rows.count())


def find_choices(
    policies: PoliciesOfEntity, policy_type: PolicyType, policy_ids: Sequence[str]
) -> list[Choice]:
    """The policies with these ids that are of the type, in that order, each once. One statement.

    For who sees only units, those that hang on the entity or that its grants name.
    """
    wanted = list(dict.fromkeys(policy_ids))[: quotas.PER_CHANGE]
    if not policies.sees_all:
        here = {one.policy_id for one in policies.attached if one.level == policies.entity}
        seen = here | (policies.to_attach or frozenset())
        wanted = [one for one in wanted if one in seen]
    rows = (
        Policy.objects.of(policies.organization.pk)
        .enforced()
        .filter(policy_type=policy_type, pk__in=[one for one in wanted if names.prints(one)])
        .defer("content")
    )
    found = {policy.pk: Choice.of(policy) for policy in rows}
    return [found[policy_id] for policy_id in wanted if policy_id in found]
