"""What an editor of policies offers: services with their actions, resource types, texts to begin with.

Actions are hints and no rule: an unknown one is no fault. Which resource types a tag policy can be enforced
on is a rule, and operators change it (R-SCP-8, R-TP-7).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from orgs.actor import Actor
from orgs.models import PolicyType, TagPolicyService
from orgs.permissions import Permission
from orgs.policy.document import STATEMENT_ELEMENTS, TOP_ELEMENTS
from orgs.policy.operators import COMPARISONS
from orgs.policy.statements import Effect
from orgs.policy.tag_document import ALL_OPERATORS, NO_OPERATORS, OPERATOR_NAMES, Setting
from orgs.queries.sight import judge

DATA = Path(__file__).resolve().parent.parent / "data"
TEMPLATE_FILES = {
    PolicyType.SERVICE_CONTROL_POLICY: "policy_templates.json",
    PolicyType.TAG_POLICY: "tag_policy_templates.json",
}
MOST_COMPLETIONS = 30


class WordKind(StrEnum):
    """What a word of a policy's text is."""

    ELEMENT = "element"
    OPERATOR = "operator"
    KEY = "key"
    ACTION = "action"
    RESOURCE_TYPE = "resource_type"


class Word(NamedTuple):
    """A word that can stand in a policy's text."""

    word: str
    kind: WordKind


class CatalogueAction(NamedTuple):
    """An action that a service control policy can name."""

    name: str
    access_level: str


_SCP_WORDS: Final = (
    *(Word(one, WordKind.ELEMENT) for one in (*TOP_ELEMENTS, *STATEMENT_ELEMENTS, *Effect)),
    *(Word(one, WordKind.OPERATOR) for one, said in COMPARISONS.items() if not said.is_legacy),
)
_TAG_WORDS: Final = (
    *(Word(one, WordKind.ELEMENT) for one in ("tags", *Setting)),
    *(Word(one, WordKind.OPERATOR) for one in (*OPERATOR_NAMES, ALL_OPERATORS, NO_OPERATORS)),
)


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


def list_condition_keys_for(actions: Sequence[str]) -> tuple[str, ...]:
    """The condition keys that statements about these actions can ask for: every service's, then its own.

    Of an action, or a pattern of some, the service counts; case makes no difference.
    """
    codes = {action.partition(":")[0].strip().lower() for action in actions}
    own = (
        key for one in list_services() if one.code.lower() in codes for key in one.condition_keys
    )
    return tuple(dict.fromkeys([*list_condition_keys(), *own]))


@cache
def _all_keys() -> tuple[str, ...]:
    """The condition keys of all services, those that every service knows first."""
    own = (key for service in list_services() for key in service.condition_keys)
    return tuple(dict.fromkeys([*list_condition_keys(), *own]))


@cache
def list_templates(policy_type: str, *, language: str = "en") -> tuple[Template, ...]:
    """The texts that a policy of that type can begin with, titled in a language as far as they speak it."""
    described = _read(TEMPLATE_FILES[PolicyType(policy_type)])["templates"]
    return tuple(
        Template(
            one["key"],
            one["translations"].get(language, one["title"]),
            json.dumps(one["content"], indent=2, ensure_ascii=False),
        )
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


def complete_word(policy_type: str, text: str, *, most: int = MOST_COMPLETIONS) -> list[Word]:
    """The words of a policy's text that begin with a text, then those that hold it: of the grammar first.

    Case makes no difference. Without a text the words of the grammar. Up to `most`; of tag policies it
    takes two statements.
    """
    wanted = text.strip().lower()
    if policy_type == PolicyType.TAG_POLICY:
        words = [*_TAG_WORDS]
        for service in list_types():
            words += [Word(one, WordKind.RESOURCE_TYPE) for one in service.resource_types]
    else:
        words = [*_SCP_WORDS, *(Word(key, WordKind.KEY) for key in _all_keys())]
    begins = [one for one in words if one.word.lower().startswith(wanted)]
    holds = [one for one in words if wanted in one.word.lower() and one not in begins]
    found = [*begins, *holds]
    if policy_type != PolicyType.TAG_POLICY:
        found += [Word(one, WordKind.ACTION) for one in complete_action(wanted, most=most)]
    return found[:most]


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
