"""Do the tags of an organization's own resources obey its tag policies? (R-TP-5, R-TP-6)

What is enforced nowhere is judged as well, and marked: it shows what a policy would refuse.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext

from orgs import identifiers
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import Attachment, Organization, OrganizationalUnit, Policy, PolicyType, Tag
from orgs.permissions import Permission
from orgs.policy.compliance import (
    Requirements,
    Resource,
    Scope,
    Violation,
    judge,
)
from orgs.policy.compliance import Tag as JudgedTag
from orgs.policy.tag_document import load_tag_policy
from orgs.queries import sight
from orgs.queries.tag_keys import column_of, resources_of
from orgs.queries.tag_rules import RESOURCE_TYPES, Taggable, enforceable_types, is_on, paths_of
from orgs.queries.tag_rules import requirements_on as rules_on
from orgs.queries.tags import Kind

PART = 50  # resources that are shown
JUDGED = 500  # and at most so many that are looked at for them
MOST_KEYS = 200  # named by the tag policies of an organization; with more, every tag is looked at


@dataclass(frozen=True, slots=True)
class Fault:
    """A tag that breaks a rule, and whether a tag call is refused for it."""

    key: str
    value: str
    sentence: str  # what is wrong, and what would be right
    is_enforced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A resource that has tags which a policy names, and what is wrong with them."""

    kind: Kind
    id: str
    name: str
    place: Sequence[str]  # the names of the units above it
    tags: Sequence[tuple[str, str]]  # those that were judged
    faults: Sequence[Fault]

    @property
    def is_compliant(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class CompliancePart:
    """Up to 50 resources, by id.

    `looked_at` is how many were judged for them. The next part is asked for with `after`, which the last
    part does not have.
    """

    organization: Organization
    permissions: frozenset[Permission]
    is_on: bool
    has_rules: bool  # whether any tag policy is attached anywhere
    rows: Sequence[Judged]
    looked_at: int
    after: str | None


def list_compliance(
    *, actor: Actor, kind: Kind, only_faulty: bool = True, after: str = ""
) -> CompliancePart:
    """The resources of a kind that have tags named by a tag policy, each against what binds it.

    At most 500 are judged for a part, so its work does not grow with the organization. Nine statements
    at most beside the grants.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter: `after` is no id.
    """
    organization, permissions = sight.judge(actor, None)
    if after and not identifiers.TAGGABLE.fits(after):
        raise InvalidParameter(field="after", reason=Reason.NOT_AN_ID)
    switched_on = is_on(organization)
    keys = _keys_named(organization) if switched_on else set()
    looked_at, has_more = _candidates(organization, kind, keys, after) if keys else ([], False)
    found = list(_judged(organization, kind, looked_at))
    shown = [one for one in found if one.faults or not only_faulty]
    if len(shown) > PART:
        shown, has_more = shown[:PART], True
        last = shown[-1].id
        seen = [resource.pk for resource in looked_at].index(last) + 1
    else:
        last, seen = looked_at[-1].pk if looked_at else "", len(looked_at)
    return CompliancePart(
        organization=organization,
        permissions=permissions,
        is_on=switched_on,
        has_rules=bool(keys),
        rows=shown,
        looked_at=seen,
        after=last if has_more else None,
    )


def faults_of(
    requirements: Requirements,
    kind: Kind,
    tags: Iterable[tuple[str, str]],
    *,
    scope: Scope,
    enforceable: frozenset[str],
) -> list[Fault]:
    """What is wrong with the tags of a resource.

    A fault is enforced where the policy enforces it on the type and the catalogue lists the type.
    """
    resource_type = RESOURCE_TYPES[kind]
    judged = tuple(JudgedTag(key, value) for key, value in tags)
    compliance = judge(requirements, Resource("", resource_type, judged), scope)
    return [_fault(one, resource_type in enforceable) for one in compliance.violations]


def _fault(violation: Violation, is_enforceable: bool) -> Fault:
    return Fault(
        key=violation.tag.key,
        value=violation.tag.value,
        sentence=violation.sentence(gettext),
        is_enforced=violation.enforced and is_enforceable,
    )


def _keys_named(organization: Organization) -> set[str]:
    """The tag keys that the attached tag policies name, in lower case. A statement."""
    attached = Attachment.objects.filter(organization=organization, policy=OuterRef("pk"))
    contents = (
        organization.policies.enforced()
        .filter(Exists(attached), policy_type=PolicyType.TAG_POLICY)
        .values_list("content", flat=True)
    )
    return {rule.key for content in contents for rule in load_tag_policy(content).keys}


def _candidates(
    organization: Organization, kind: Kind, keys: set[str], after: str
) -> tuple[list[Taggable], bool]:
    """The next resources, by id, that have a tag with one of the keys; and whether more follow."""
    tags = Tag.objects.filter(**{column_of(kind): OuterRef("pk")})
    if len(keys) <= MOST_KEYS:
        named = Q()
        for key in keys:
            named |= Q(key__iexact=key)
        tags = tags.filter(named)
    rows = cast(Any, resources_of(organization, kind)).filter(Exists(tags))
    if after:
        rows = rows.filter(pk__gt=after)
    if kind != Kind.POLICY:
        rows = rows.with_path()
    found = list(rows.order_by("pk")[: JUDGED + 1])
    return found[:JUDGED], len(found) > JUDGED


def _judged(
    organization: Organization, kind: Kind, resources: Sequence[Taggable]
) -> Iterable[Judged]:
    if not resources:
        return
    bound = rules_on(organization, paths_of(organization, resources))
    tags = _tags_of(kind, resources)
    enforceable = enforceable_types()
    for resource in resources:
        requirements = bound[resource.pk]
        named = [(key, value) for key, value in tags[resource.pk] if key.lower() in requirements]
        if not named:
            continue
        yield Judged(
            kind=kind,
            id=resource.pk,
            name=resource.name,
            place=_place(resource),
            tags=named,
            faults=faults_of(requirements, kind, named, scope=Scope.ALL, enforceable=enforceable),
        )


def _tags_of(kind: Kind, resources: Sequence[Taggable]) -> dict[str, list[tuple[str, str]]]:
    column = column_of(kind)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = Tag.objects.filter(**{f"{column}__in": [resource.pk for resource in resources]})
    for resource_id, key, value in rows.order_by("key").values_list(f"{column}_id", "key", "value"):
        found[resource_id].append((key, value))
    return found


def _place(resource: Taggable) -> Sequence[str]:
    if isinstance(resource, Policy):
        return ()
    if isinstance(resource, OrganizationalUnit):
        return resource.names[:-1]
    return resource.unit.names if resource.unit else ()
