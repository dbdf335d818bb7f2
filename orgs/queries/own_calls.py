"""Calls of this service itself, as policies see them: the action, what it is about, what was sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.db.models import Q

from orgs import identifiers
from orgs.models import Tag
from orgs.policy.context import ContextValue

SERVICE_PRINCIPAL: Final = "organizations:ServicePrincipal"
TAG_KEYS: Final = "g:TagKeys"
REQUEST_TAG: Final = "g:RequestTag/"
RESOURCE_TAG: Final = "g:ResourceTag/"

# What every member may read (R-GEN-1, R-GEN-2). All else only who sees what the organization consists of.
READ_BY_EVERY_MEMBER: Final = frozenset(
    {
        "organizations:handshakes:get",
        "organizations:organizations:get",
        "organizations:receivedHandshakes:list",
        "organizations:services:list",
        "organizations:tagPolicyServices:list",
    }
)

type Keys = Mapping[str, ContextValue]


class Action(StrEnum):
    """What a member's users do here outside of the wire, as policies name it (R-PERM-3)."""

    LEAVE = "organizations:organizations:leave"
    DECLINE = "organizations:handshakes:decline"
    TAG = "organizations:resources:tag"
    UNTAG = "organizations:resources:untag"


@dataclass(frozen=True, slots=True)
class OwnCall:
    """An action with what policies may ask of it, as it was sent; the operation says whether that is valid.

    `resource_ids` are what it is about, each judged by its own tags; they are gone through only where a
    policy asks for tags of resources, and ids of nothing that has tags do no harm. `tags` are those sent
    with it, `tag_keys` keys sent without values, as untagging has it. (R-PERM-4)
    """

    action: str
    resource_ids: Iterable[object] = field(default=(), kw_only=True)
    tags: Sequence[tuple[str, str]] = field(default=(), kw_only=True)
    tag_keys: Sequence[str] = field(default=(), kw_only=True)
    service_principal: str | None = field(default=None, kw_only=True)

    @property
    def sent(self) -> Keys:
        """What was sent, by condition keys; what was not is missing."""
        keys = dict.fromkeys([*(key for key, _value in self.tags), *self.tag_keys])
        return {
            SERVICE_PRINCIPAL: self.service_principal,
            TAG_KEYS: tuple(keys),
            **{f"{REQUEST_TAG}{key}": value for key, value in self.tags},
        }

    def tags_of_resources(self, organization_id: str) -> Iterator[Keys]:
        """The tags of each resource, by condition keys; of none where there is no resource. One statement."""
        given = dict.fromkeys(one for one in self.resource_ids if identifiers.TAGGABLE.fits(one))
        tagged: dict[object, dict[str, ContextValue]] = {one: {} for one in given}
        ids = list(given)
        on_them = Q(unit__in=ids) | Q(account__in=ids) | Q(policy__in=ids)
        rows = (
            Tag.objects.filter(on_them, organization=organization_id) if ids else Tag.objects.none()
        )
        for unit, account, policy, key, value in rows.values_list(
            "unit_id", "account_id", "policy_id", "key", "value"
        ):
            tagged[unit or account or policy][f"{RESOURCE_TAG}{key}"] = value
        yield from tagged.values() or ({},)


def with_tags(call: OwnCall) -> tuple[OwnCall, ...]:
    """A call that makes something, and where tags come with it the tagging as well (R-PERM-3)."""
    return (call, OwnCall(Action.TAG, tags=call.tags)) if call.tags else (call,)
