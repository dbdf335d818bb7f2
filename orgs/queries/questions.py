"""A question to service control policies, checked: what somebody asks about before it is asked. (ours)"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from orgs import names
from orgs.errors import InvalidParameter, Reason
from orgs.policy.context import ContextValue, Scalar

KNOWN = 2_000
MOST_KEYS = 50
MOST_VALUES = 50
LARGEST_NUMBER = 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An action, a resource and circumstances. Without a resource it names none."""

    action: str
    resource: str = ""
    context: Mapping[str, ContextValue] = field(default_factory=dict)


def read_question(*, action: object, resource: object = "", context: object = None) -> Question:
    """The question, if it is one.

    Raises:
        InvalidParameter: with the field `action`, `resource` or `context`.
    """
    return Question(
        action=_action(action) if isinstance(action, str) else names.requested_action(action),
        resource=names.requested_resource(resource) if resource != "" else "",
        context=read_context({} if context is None else context),
    )


# Batches ask about few actions and with few condition keys, for many accounts.
@lru_cache(maxsize=KNOWN)
def _action(action: str) -> str:
    return names.requested_action(action)


@lru_cache(maxsize=KNOWN)
def _key(key: str) -> str:
    return names.condition_key(key)


@lru_cache(maxsize=KNOWN)
def _text(value: str) -> str:
    return names.condition_value(value)


def read_context(context: object) -> dict[str, ContextValue]:
    """Condition keys with their values: up to 50 keys, each a scalar or a list of up to 50.

    Raises:
        InvalidParameter.
    """
    if not isinstance(context, Mapping):
        raise InvalidParameter(field="context", reason=Reason.NOT_A_CONTEXT_VALUE, value="context")
    if len(context) > MOST_KEYS:
        raise InvalidParameter(field="context", reason=Reason.TOO_MANY, limit=MOST_KEYS)
    read: dict[str, ContextValue] = {}
    seen: set[str] = set()
    for given, value in context.items():
        key = _key(given) if isinstance(given, str) else names.condition_key(given)
        if key.lower() in seen:
            raise InvalidParameter(field="context", reason=Reason.REPEATED, value=key)
        seen.add(key.lower())
        read[key] = _value(key, value)
    return read


def _value(key: str, value: object) -> ContextValue:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        if len(value) > MOST_VALUES:
            raise InvalidParameter(field="context", reason=Reason.TOO_MANY, limit=MOST_VALUES)
        return [_scalar(key, one) for one in value]
    return _scalar(key, value)


def _scalar(key: str, value: object) -> Scalar:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) < LARGEST_NUMBER:
        return value
    raise InvalidParameter(field="context", reason=Reason.NOT_A_CONTEXT_VALUE, value=key)
