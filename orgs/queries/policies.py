"""Policies and where they are attached, for the wire: rows without model instances.

Every function is told what the actor was found to be permitted, and takes one statement, or two where
something named has to be there. Whoever asks says which set is meant: the policies that bind, or those on
trial (R-DRY-6).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import QuerySet

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.models import Account, Attachment, OrganizationalUnit, Policy, PolicyType
from orgs.permissions import Permission
from orgs.queries.effective_tag_policies import Stored, get_effective_tag_policy
from orgs.queries.entities import Entity, Kind
from orgs.queries.paging import Page, Place, after, page_size, take
from orgs.queries.units import require_structure

BUILTIN = Path(__file__).resolve().parent.parent / "data" / "builtin_policies.json"

_COLUMNS = ("pk", "name", "policy_type", "description", "organization_id")


class PolicyRow(NamedTuple):
    """What is told of a policy in a list."""

    id: str
    name: str
    policy_type: str
    description: str
    is_builtin: bool


class PolicyText(NamedTuple):
    """A policy with its text, as it was sent."""

    policy: PolicyRow
    content: str


def list_policies(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    attached_entity_id: str | None = None,
    is_dry_run: bool = False,
    language: str = "en",
    limit: int | None = None,
    place: Place | None = None,
) -> Page[PolicyRow]:
    """All policies of the organization by name, built-in ones too, or those attached to an entity itself.

    `language` is the one that built-in policies describe themselves in.

    Raises:
        NotManagementOrDelegated, InvalidParameter, EntityNotFound.

    Contract: ListPolicies, ListDryRunPolicies. Rules: R-POL-13, R-DRY-6.
    """
    require_structure(permissions)
    size = page_size(limit)
    rows = _policies(actor, is_dry_run).filter(after(place, "name_key", str))
    if attached_entity_id is not None:
        rows = rows.filter(
            **{f"attachments__{_hook(actor, attached_entity_id)}": attached_entity_id}
        )
    ordered = rows.order_by("name_key", "pk").values_list(*_COLUMNS, "name_key")
    found, has_more = take(ordered, size)
    policies = [_row(row[:-1], language) for row in found]
    return Page(policies, (found[-1][-1], policies[-1].id) if has_more else None)


def get_policy(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    policy_id: str,
    is_dry_run: bool = False,
    language: str = "en",
) -> PolicyText:
    """One policy with its text.

    Raises:
        NotManagementOrDelegated, InvalidParameter, PolicyNotFound.

    Contract: ShowPolicy, ShowDryRunPolicy.
    """
    require_structure(permissions)
    checked = identifiers.POLICY.require(policy_id, field="policy_id")
    rows = _policies(actor, is_dry_run).filter(pk=checked)
    row = rows.values_list(*_COLUMNS, "content").first()
    if row is None:
        raise errors.PolicyNotFound(policy_id=checked)
    return PolicyText(_row(row[:-1], language), row[-1])


def get_effective_policy(
    *, actor: Actor, permissions: frozenset[Permission], entity_id: str, policy_type: str
) -> Stored:
    """What the policies of a type come to for an account; tag policies alone have that. One statement.

    Raises:
        NotManagementOrDelegated.
        PolicyTypeUnsupported: for every other type, whatever the entity (R-TP-1).
        InvalidParameter, EntityNotFound, EffectivePolicyNotFound.

    Contract: ShowEffectivePolicies.
    """
    require_structure(permissions)
    if policy_type != PolicyType.TAG_POLICY:
        raise errors.PolicyTypeUnsupported
    return get_effective_tag_policy(actor=actor, permissions=permissions, account_id=entity_id)


def list_entities_for_policy(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    policy_id: str,
    is_dry_run: bool = False,
    limit: int | None = None,
    place: Place | None = None,
) -> Page[Entity]:
    """The entities that a policy is attached to itself, in the order in which it was attached.

    Raises:
        NotManagementOrDelegated, InvalidParameter, PolicyNotFound.

    Contract: ListEntitiesForPolicy, ListEntitiesForDryRunPolicy.
    """
    require_structure(permissions)
    size = page_size(limit)
    checked = identifiers.POLICY.require(policy_id, field="policy_id")
    if not _policies(actor, is_dry_run).filter(pk=checked).exists():
        raise errors.PolicyNotFound(policy_id=checked)
    rows = Attachment.objects.filter(organization=actor.organization_id, policy=checked)
    if place is not None:
        rows = rows.filter(pk__gt=int(place[0]))
    columns = ("pk", "unit_id", "unit__name", "unit__parent_id", "account_id", "account__name")
    found, has_more = take(rows.order_by("pk").values_list(*columns), size)
    return Page([_entity(*row[1:]) for row in found], (str(found[-1][0]),) if has_more else None)


def row_of(policy: Policy, *, language: str = "en") -> PolicyRow:
    """The row of a policy that an operation has returned."""
    return _row([getattr(policy, column) for column in _COLUMNS], language)


def is_on_trial(*, actor: Actor, policy_id: str) -> bool:
    """Whether it is a policy of the actor's organization that is tried and binds nobody. One statement."""
    return _policies(actor, is_dry_run=True).filter(pk=policy_id).exists()


def _policies(actor: Actor, is_dry_run: bool) -> QuerySet[Policy, Policy]:
    return Policy.objects.of(actor.organization_id).filter(is_dry_run=is_dry_run)


def _hook(actor: Actor, entity_id: str) -> str:
    """The column of attachments to such an entity, which has to be there. One statement."""
    checked = identifiers.ENTITY.require(entity_id, field="attached_entity_id")
    is_account = identifiers.ACCOUNT.fits(checked)
    model = Account if is_account else OrganizationalUnit
    rows: QuerySet[Any, Any] = model.objects.filter(pk=checked)
    if not rows.filter(organization=actor.organization_id).exists():
        raise errors.EntityNotFound(entity_id=checked)
    return "account" if is_account else "unit"


def _row(columns: Any, language: str) -> PolicyRow:
    policy_id, name, policy_type, description, organization_id = columns
    is_builtin = organization_id is None
    description = description_in(language, policy_id, description)
    return PolicyRow(policy_id, name, policy_type, description, is_builtin)


def description_in(language: str, policy_id: str, description: str) -> str:
    """The description of a policy: of a built-in one in a language, as far as it speaks it."""
    return _builtin_descriptions(language).get(policy_id, description)


@cache
def _builtin_descriptions(language: str) -> dict[str, str]:
    """What built-in policies say of themselves in a language, as far as they speak it."""
    described = json.loads(BUILTIN.read_text())["policies"]
    return {
        policy["id"]: policy["translations"][language]
        for policy in described
        if language in policy["translations"]
    }


def _entity(
    unit_id: str | None,
    unit_name: str | None,
    parent_id: str | None,
    account_id: str | None,
    account_name: str | None,
) -> Entity:
    if account_id is not None:
        return Entity(account_id, account_name or "", Kind.ACCOUNT)
    return Entity(unit_id or "", unit_name or "", Kind.ROOT if parent_id is None else Kind.UNIT)
