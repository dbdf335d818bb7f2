"""What the statements of service control policies say, in words.

Actions, resources and values stand as somebody wrote them; what a statement is, and whether it counts, the
engine has said before.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orgs.policy.document import load_service_control_policy
from orgs.policy.operators import IF_EXISTS, Qualifier
from orgs.policy.statements import ANYTHING, Statement

MOST_SHOWN = 8  # actions, resources or values of a statement; its text has them all
KEPT = 2_000  # texts whose JSON is kept in mind

RELATIONS: Mapping[str, str | Promise] = {
    "StringEquals": _("{key} is {values}"),
    "StringNotEquals": _("{key} is not {values}"),
    "StringEqualsIgnoreCase": _("{key} is {values}, in capitals or not"),
    "StringNotEqualsIgnoreCase": _("{key} is not {values}, in capitals or not"),
    "StringMatch": _("{key} looks like {values}"),
    "StringNotMatch": _("{key} does not look like {values}"),
    "StringStartWith": _("{key} begins with {values}"),
    "StringEndWith": _("{key} ends with {values}"),
    "NumberEquals": _("{key} is {values}"),
    "NumberNotEquals": _("{key} is not {values}"),
    "NumberLessThan": _("{key} is less than {values}"),
    "NumberLessThanEquals": _("{key} is at most {values}"),
    "NumberGreaterThan": _("{key} is more than {values}"),
    "NumberGreaterThanEquals": _("{key} is at least {values}"),
    "DateLessThan": _("{key} is before {values}"),
    "DateLessThanEquals": _("{key} is not after {values}"),
    "DateGreaterThan": _("{key} is after {values}"),
    "DateGreaterThanEquals": _("{key} is not before {values}"),
    "Bool": _("{key} is {values}"),
    "IpAddress": _("{key} lies in {values}"),
    "NotIpAddress": _("{key} lies outside {values}"),
}
OR = _(" or ")
SUBJECTS: Mapping[str, str | Promise] = {
    Qualifier.FOR_ALL: _("each value of {key}"),
    Qualifier.FOR_ANY: _("one of the values of {key}"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """Texts of which the first are shown."""

    shown: tuple[str, ...] = ()
    more: int = 0

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Listed":
        """The first of them, and how many follow."""
        every = list(dict.fromkeys(texts))
        return cls(tuple(every[:MOST_SHOWN]), max(0, len(every) - MOST_SHOWN))

    def __bool__(self) -> bool:
        return bool(self.shown)


@dataclass(frozen=True, slots=True)
class StatementWords:
    """A statement in words: what it does (`lead`) to `actions` on `resources` where all `conditions` hold.

    Where it is about all actions none are listed, and without resources it is about all of those.
    """

    index: int
    sid: str
    is_denial: bool
    lead: str
    is_about_all: bool = False
    actions: Listed = field(default_factory=Listed)
    resources: Listed = field(default_factory=Listed)
    conditions: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Which one it is in its policy, from 1."""
        return self.index + 1


def words_of(statement: Statement, content: str) -> StatementWords:
    """One statement in words; `content` is the text it was compiled from."""
    written = _written(content, statement.index)
    actions = _texts(written.get("NotAction" if statement.excludes_actions else "Action"))
    is_about_all = any(pattern.text == ANYTHING for pattern in statement.actions)
    resources = () if statement.covers_every_resource else _texts(written.get("Resource"))
    return StatementWords(
        index=statement.index,
        sid=statement.sid or "",
        is_denial=statement.is_denial,
        lead=_lead(statement, is_about_all=is_about_all),
        is_about_all=is_about_all,
        actions=Listed() if is_about_all else Listed.of(actions),
        resources=Listed.of(resources),
        conditions=tuple(_conditions(written.get("Condition"))),
    )


def effect_of(content: str) -> str:
    """What a policy does in a few words, for a list."""
    statements = load_service_control_policy(content).statements
    denied = [one for statement in statements if statement.is_denial for one in statement.actions]
    allowed = [
        one for statement in statements if not statement.is_denial for one in statement.actions
    ]
    denies = ngettext(
        "Denies %(n)s kind of action", "Denies %(n)s kinds of actions", len(denied)
    ) % {"n": len(denied)}
    if any(one.text == ANYTHING for one in allowed):
        return denies if denied else gettext("Allows everything")
    allows = ngettext(
        "Allows %(n)s kind of action", "Allows %(n)s kinds of actions", len(allowed)
    ) % {"n": len(allowed)}
    if denied and allowed:
        return gettext("%(allows)s; %(denies)s") % {"allows": allows, "denies": denies}
    if denied:
        return denies
    return allows if allowed else gettext("Says nothing")


def _lead(statement: Statement, *, is_about_all: bool) -> str:
    if not statement.is_denial:
        return gettext("Allows every action") if is_about_all else gettext("Allows")
    if statement.excludes_actions:
        return gettext("Denies nothing") if is_about_all else gettext("Denies every action but")
    if not statement.actions:
        return gettext("Denies nothing")
    return gettext("Denies every action") if is_about_all else gettext("Denies")


def _conditions(written: object) -> Iterable[str]:
    """Each key under each operator, in a sentence."""
    if not isinstance(written, dict):
        return
    for operator, keys in written.items():
        if not isinstance(keys, dict):
            continue
        for key, values in keys.items():
            yield _condition(str(operator), str(key), _texts(values))


def _condition(operator: str, key: str, values: tuple[str, ...]) -> str:
    qualifier, colon, rest = operator.rpartition(":")
    base = rest.removesuffix(IF_EXISTS)
    if base == "Null":
        is_absent = bool(values) and values[0].lower() == "true"
        said = gettext("there is no %(key)s") if is_absent else gettext("there is a %(key)s")
        return said % {"key": key}
    subject = str(SUBJECTS[qualifier]).format(key=key) if colon and qualifier in SUBJECTS else key
    relation = str(RELATIONS.get(base, "{key} " + base.replace("{", "{{") + " {values}"))
    said = relation.format(key=subject, values=_any_of(values))
    if rest.endswith(IF_EXISTS):
        return gettext("%(said)s, or there is none") % {"said": said}
    return said


def _any_of(values: tuple[str, ...]) -> str:
    listed = Listed.of(f"“{value}”" for value in values)
    said = str(OR).join(listed.shown)
    if listed.more:
        return gettext("%(values)s or %(n)s more") % {"values": said, "n": listed.more}
    return said


@lru_cache(maxsize=KEPT)
def _statements(content: str) -> tuple[dict[str, Any], ...]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return ()
    return tuple(one if isinstance(one, dict) else {} for one in statements)


def _written(content: str, index: int) -> dict[str, Any]:
    """A statement as it was written."""
    statements = _statements(content)
    return statements[index] if index < len(statements) else {}


def _texts(value: object) -> tuple[str, ...]:
    """One value or a list of them, as texts."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(one if isinstance(one, str) else json.dumps(one) for one in values)
