"""Tags that a tag policy enforced on such resources does not allow (R-TP-5).

Our own resources are only judged elsewhere, unless the catalogue of what can be enforced lists them. A
tag is judged when somebody gives it, and not again when it takes effect later: whoever accepts an
invitation has no say in its tags, and an import brings its own tag policies with it.
"""

from collections.abc import Mapping, Sequence

from orgs import errors
from orgs.models import Organization, OrganizationalUnit
from orgs.policy.compliance import Requirements, Scope
from orgs.queries.tag_compliance import faults_of
from orgs.queries.tag_rules import (
    RESOURCE_TYPES,
    Taggable,
    enforceable_types,
    is_on,
    kind_of,
    paths_of,
    requirements_on,
)
from orgs.queries.tags import Kind


def require_allowed_tags(
    organization: Organization,
    given: Mapping[str, Mapping[str, str]],
    resources: Sequence[Taggable],
) -> None:
    """Refuse tags that resources are to get. `given` holds them by the resource's id.

    What a resource has already is not judged.

    Raises:
        TagPolicyViolated: for the first resource that may not have them.
    """
    if not any(given.values()) or not is_on(organization):
        return
    enforceable = enforceable_types()
    concerned = [one for one in resources if RESOURCE_TYPES[kind_of(one)] in enforceable]
    bound = requirements_on(organization, paths_of(organization, concerned))
    for resource in concerned:
        _judge(bound[resource.pk], kind_of(resource), resource.name, given[resource.pk])


def require_allowed_first_tags(
    organization: Organization,
    kind: Kind,
    name: str,
    tags: Mapping[str, str],
    *,
    under: OrganizationalUnit | None = None,
) -> None:
    """Refuse the first tags of what is about to come, under that unit, or else under the root.

    A policy hangs nowhere in the tree and is judged as the management account is. One statement where tag
    policies are off, none without tags.

    Raises:
        TagPolicyViolated.

    Rules: R-TP-5, R-TAG-11.
    """
    if not tags or not is_on(organization) or RESOURCE_TYPES[kind] not in enforceable_types():
        return
    path = _path_to(organization, kind, under)
    _judge(requirements_on(organization, {name: path})[name], kind, name, tags)


def _path_to(
    organization: Organization, kind: Kind, under: OrganizationalUnit | None
) -> tuple[str, ...]:
    """The entities whose tag policies bind there, from the root down."""
    if kind == Kind.POLICY:
        managers = organization.accounts.with_path()
        manager = managers.get(pk=organization.management_account_id)
        return paths_of(organization, [manager])[manager.pk]
    units = organization.units.with_path()
    unit = units.get(parent=None) if under is None else units.get(pk=under.pk)
    return tuple(step.pk for step in unit.path)


def _judge(requirements: Requirements, kind: Kind, name: str, tags: Mapping[str, str]) -> None:
    faults = faults_of(
        requirements,
        kind,
        tags.items(),
        scope=Scope.ENFORCED,
        enforceable=frozenset({RESOURCE_TYPES[kind]}),
    )
    if faults:
        raise errors.TagPolicyViolated(resource_name=name, sentence=faults[0].sentence)
