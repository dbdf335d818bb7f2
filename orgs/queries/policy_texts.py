"""What the text of a policy is worth: the engine's word, with this installation's limits and catalogues."""

from collections.abc import Iterable, Iterator
from functools import cache

from django.conf import settings

from orgs.models import PolicyType, TagPolicyService
from orgs.policy.document import read_service_control_policy
from orgs.policy.faults import Reading
from orgs.policy.statements import ServiceControlPolicy
from orgs.policy.tag_document import EnforceableService, TagPolicy, read_tag_policy


def read_policy_text(
    policy_type: str, text: str
) -> Reading[ServiceControlPolicy] | Reading[TagPolicy]:
    """Every fault, warning and piece of advice about a text of that type, each with its place.

    A tag policy takes one statement, for the catalogue of what can be enforced.

    Rules: R-POL-2, R-POL-6, R-TP-7.
    """
    (reading,) = read_policy_texts([(policy_type, text)])
    return reading


def read_policy_texts(
    texts: Iterable[tuple[str, str]],
) -> Iterator[Reading[ServiceControlPolicy] | Reading[TagPolicy]]:
    """The same of many texts, each after its type; one statement for all, where there is a tag policy."""
    catalog = cache(_catalog)
    for policy_type, text in texts:
        limit = character_limit(policy_type)
        if policy_type == PolicyType.TAG_POLICY:
            yield read_tag_policy(text, catalog=catalog(), max_characters=limit)
        else:
            yield _read_service_control_policy(text, limit)


def _read_service_control_policy(text: str, limit: int) -> Reading[ServiceControlPolicy]:
    return read_service_control_policy(
        text, is_allow_accepted=settings.SCP_CUSTOM_ALLOW, max_characters=limit
    )


def character_limit(policy_type: str) -> int:
    """How many characters the text of a policy of that type may have (R-POL-2)."""
    if policy_type == PolicyType.TAG_POLICY:
        return int(settings.TAG_POLICY_CHARACTERS)
    return int(settings.SCP_CHARACTERS)


def _catalog() -> dict[str, EnforceableService]:
    rows = TagPolicyService.objects.values_list("pk", "resource_types", "supports_all")
    return {
        service: EnforceableService(frozenset(types), takes_wildcard=supports_all)
        for service, types, supports_all in rows
    }
