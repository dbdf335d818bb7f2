"""Roots, units, accounts and policies by what people call them: a name or an id."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Q

from orgs import names
from orgs.models import Organization, Policy, PolicyType
from orgs.models.policies import PolicyQuerySet
from orgs.queries.structure.nodes import Kind

MOST_SUGGESTED = 100


@dataclass(frozen=True, slots=True)
class Called:
    """Something of the organization. `place` is what stands above a unit, to tell it from its namesakes."""

    kind: Kind | None  # None is a policy
    id: str
    name: str
    place: str = ""


def find_places(organization: Organization, texts: Collection[str]) -> dict[str, list[Called]]:
    """The roots, units and accounts that each text names, by their whole name or id. Two statements.

    Names of units occur more than once: a text may then name several.
    """
    known = [text for text in texts if text and names.prints(text)]
    keys = {names.name_key(text) for text in known}
    wanted = Q(pk__in=known) | Q(name_key__in=keys)
    found: dict[str, list[Called]] = defaultdict(list)
    if not known:
        return found
    for unit in organization.units.with_path().filter(wanted).order_by("name_key", "pk"):
        kind = Kind.ROOT if unit.is_root else Kind.UNIT
        called = Called(kind, unit.pk, unit.name, " / ".join(unit.names[:-1]))
        found[unit.pk].append(called)
        found[names.name_key(unit.name)].append(called)
    rows = organization.accounts.filter(wanted).order_by("name_key", "pk")
    for account_id, name in rows.values_list("pk", "name"):
        called = Called(Kind.ACCOUNT, account_id, name)
        found[account_id].append(called)
        found[names.name_key(name)].append(called)
    return {text: found.get(text) or found.get(names.name_key(text), []) for text in known}


def find_policies(organization: Organization, texts: Collection[str]) -> dict[str, list[Called]]:
    """The service control policies that each text names, by whole name or id. A statement."""
    known = [text for text in texts if text and names.prints(text)]
    if not known:
        return {}
    keys = {names.name_key(text) for text in known}
    rows = _policies(organization).filter(Q(pk__in=known) | Q(name_key__in=keys))
    found: dict[str, list[Called]] = defaultdict(list)
    for policy_id, name in rows.values_list("pk", "name"):
        called = Called(None, policy_id, name)
        found[policy_id].append(called)
        found[names.name_key(name)].append(called)
    return {text: found.get(text) or found.get(names.name_key(text), []) for text in known}


def suggest_places(organization: Organization) -> Sequence[str]:
    """Names to choose from: of up to 100 units and 100 accounts. Two statements."""
    units = organization.units.order_by("lft").values_list("name", flat=True)
    accounts = organization.accounts.order_by("name_key", "pk").values_list("name", flat=True)
    return list(dict.fromkeys([*units[:MOST_SUGGESTED], *accounts[:MOST_SUGGESTED]]))


def suggest_policies(organization: Organization) -> Sequence[str]:
    """Names of up to 100 service control policies. A statement."""
    rows = _policies(organization).order_by("name_key", "pk").values_list("name", flat=True)
    return list(rows[:MOST_SUGGESTED])


def _policies(organization: Organization) -> PolicyQuerySet:
    policies = Policy.objects.of(organization.pk).enforced()
    return policies.filter(policy_type=PolicyType.SERVICE_CONTROL_POLICY)
