"""What an editor of policies offers: services with their actions, resource types, texts to begin with.

Actions are hints and no rule: an unknown one is no fault. Which resource types a tag policy can be enforced
on is a rule, and operators change it (R-SCP-8, R-TP-7).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from orgs.actor import Actor
from orgs.models import PolicyType, TagPolicyService
from orgs.permissions import Permission
from orgs.queries.structure import judge

DATA = Path(__file__).resolve().parent.parent / "data"
TEMPLATE_FILES = {
    PolicyType.SERVICE_CONTROL_POLICY: "policy_templates.json",
    PolicyType.TAG_POLICY: "tag_policy_templates.json",
}
MOST_COMPLETIONS = 30


class CatalogueAction(NamedTuple):
    """An action that a service control policy can name."""

    name: str
    access_level: str


@dataclass(frozen=True, slots=True)
class CatalogueService:
    """A service whose actions are known."""

    code: str
    name: str
    category: str
    actions: tuple[CatalogueAction, ...]
    condition_keys: tuple[str, ...]


class Template(NamedTuple):
    """A text to begin with."""

    key: str
    title: str
    content: str


class EnforceableTypes(NamedTuple):
    """A service and its resource types on which tag policies can be enforced, as policies write them."""

    code: str
    name: str
    resource_types: Sequence[str]
    takes_wildcard: bool


@cache
def list_services() -> tuple[CatalogueService, ...]:
    """Every service of the catalogue with its actions, by name. It comes with the product."""
    described = _read("scp_services.json")["services"]
    return tuple(
        sorted(
            (
                CatalogueService(
                    code=service["code"],
                    name=service["name"],
                    category=service["category"],
                    actions=tuple(
                        CatalogueAction(action["name"], action["access_level"])
                        for action in service["actions"]
                    ),
                    condition_keys=tuple(service["condition_keys"]),
                )
                for service in described
            ),
            key=lambda service: service.name.lower(),
        )
    )


@cache
def list_condition_keys() -> tuple[str, ...]:
    """The condition keys that every service knows; in place of `<tag-key>` stands the key of a tag."""
    return tuple(_read("scp_services.json")["meta"]["global_condition_keys"])


@cache
def list_templates(policy_type: str) -> tuple[Template, ...]:
    """The texts that a policy of that type can begin with."""
    described = _read(TEMPLATE_FILES[PolicyType(policy_type)])["templates"]
    return tuple(
        Template(one["key"], one["title"], json.dumps(one["content"], indent=2, ensure_ascii=False))
        for one in described
    )


def complete_action(text: str, *, most: int = MOST_COMPLETIONS) -> list[str]:
    """Actions that begin with the text, then those that hold it; first of all the services as a whole.

    Case makes no difference. Up to `most`; nothing for a text that is empty.
    """
    wanted = text.strip().lower()
    if not wanted:
        return []
    begins: list[str] = []
    holds: list[str] = []
    for candidate, folded in _all_patterns():
        if folded.startswith(wanted):
            begins.append(candidate)
        elif wanted in folded:
            holds.append(candidate)
    return [*begins, *holds][:most]


def find_services(text: str) -> list[CatalogueService]:
    """The services whose code, name or actions hold the text; all of them without one."""
    wanted = text.strip().lower()
    return [
        service
        for service in list_services()
        if wanted in service.code
        or wanted in service.name.lower()
        or any(wanted in action.name.lower() for action in service.actions)
    ]


def list_enforceable_types(*, actor: Actor) -> tuple[list[EnforceableTypes], frozenset[Permission]]:
    """The resource types on which tag policies can be enforced, by service. Three statements.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.

    Rules: R-TP-7.
    """
    _organization, permissions = judge(actor, None)
    return list_types(), permissions


def list_types() -> list[EnforceableTypes]:
    """The same for who was judged already. One statement."""
    rows = TagPolicyService.objects.order_by("name", "pk")
    return [
        EnforceableTypes(code, name, [f"{code}:{one}" for one in types], supports_all)
        for code, name, types, supports_all in rows.values_list(
            "pk", "name", "resource_types", "supports_all"
        )
    ]


@cache
def _all_patterns() -> tuple[tuple[str, str], ...]:
    """Every service as a whole, then every action; each also in small letters."""
    services = list_services()
    patterns = [f"{service.code}:*:*" for service in services]
    patterns += [action.name for service in services for action in service.actions]
    return tuple((pattern, pattern.lower()) for pattern in patterns)


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
