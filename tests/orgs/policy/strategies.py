"""Policies, requests and texts to try, drawn from a small world so that they meet."""

import json
import os
from functools import cache

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("ORGS_TEST_EXAMPLES", "150"))
examples = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES < 1_000,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

ACTION_PATTERNS = (
    "*", "*:*:*", "ecs:*:*", "ecs:servers:*", "ecs:servers:list", "ecs:servers:list*",
    "ecs:servers:li?t", "ecs:serv*:delete", "ecs:*:delete", "ECS:Servers:List", "*:servers:list",
    "obs:*:*", "obs::*", "obs:?:put", "obs:buck*:*", "*:*:delete", "obs::get", "ecs:servers:**",
)  # fmt: skip
ACTIONS = (
    "ecs:servers:list", "ecs:servers:lists", "ecs:servers:delete", "ECS:servers:LIST",
    "ecs:disks:delete", "obs::get", "obs:x:put", "obs:buckets:get", "obs:buckets:delete",
    "dns:zones:list", "ecs", "ecs:servers", "ecs:a:b:c", "*", "",
)  # fmt: skip
RESOURCE_PATTERNS = (
    "*", "ecs:*:*:servers:*", "ecs:north:*:servers:s-1", "ecs:north:a:servers:s-?",
    "obs:::buckets:b/*", "obs:*::*:*/x", "ecs:n*h:*:*:*1", "ecs:*:${g:Account}:servers:*",
    "obs:*:*:buckets:${g:UserName, 'jo'}/*", "obs:::b*:${*}/${?}*", "ecs:*:*:${g:Kind}:s:1",
)  # fmt: skip
RESOURCES = (
    None, "", "ecs:north:a:servers:s-1", "ecs:south:a:servers:s-2", "ecs::a:servers:s:1",
    "obs:::buckets:b/x", "obs:::buckets:jo/x", "obs:::buckets:*/?", "ecs:north:a", "obs::x::jo/x",
)  # fmt: skip
KEYS = ("g:UserName", "g:username", "g:TagKeys", "g:MFAAge", "g:Now", "g:SourceIp", "g:Tag/x")
STRINGS = ("jo", "JO", "joe", "j*", "*o", "j?", "${g:UserName}", "${g:Tag/x, 'jo'}", "${*}", "")
NUMBERS = ("1", "1.0", "10", "-2", "1e1", "0.5")
DATES = (
    "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+02:00", "0", "1767225600",
    "2025-12-31T23:59:59.5Z", "2026-01-01T00:00-01:00",
)  # fmt: skip
TRUTHS = ("true", "False", "TRUE", "false")
ADDRESSES = ("10.0.0.1", "10.0.0.9/8", "::1", "2001:db8::/32", "10.0.0.1/32", "0.0.0.0/0")
REQUEST_ADDRESSES = ("10.0.0.1", "10.9.9.9", "::1", "2001:db8::7", "localhost")
ALL_TEXTS = (*STRINGS, *NUMBERS, *DATES, *TRUTHS, *REQUEST_ADDRESSES)
BASES = {
    STRINGS: (
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
        "StringMatch", "StringNotMatch", "StringStartWith", "StringEndWith",
    ),
    NUMBERS: (
        "NumberEquals", "NumberNotEquals", "NumberLessThan", "NumberLessThanEquals",
        "NumberGreaterThan", "NumberGreaterThanEquals",
    ),
    DATES: (
        "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
    ),
    TRUTHS: ("Bool",),
    ADDRESSES: ("IpAddress", "NotIpAddress"),
}  # fmt: skip


@cache
def some(values, most=3):
    return st.lists(st.sampled_from(values), min_size=1, max_size=most)


@cache
def one_or_some(values):
    return st.one_of(st.sampled_from(values), some(values))


@st.composite
def conditions(draw):
    found = {}
    for _ in range(draw(st.integers(0, 2))):
        key = draw(st.sampled_from(KEYS))
        if draw(st.integers(0, 5)) == 0:
            found["Null"] = {key: draw(one_or_some(("true", "false")))}
            continue
        values = draw(st.sampled_from(tuple(BASES)))
        qualifier = draw(st.sampled_from(("", "", "ForAllValues:", "ForAnyValue:")))
        suffix = draw(st.sampled_from(("", "", "IfExists")))
        name = qualifier + draw(st.sampled_from(BASES[values])) + suffix
        found[name] = {key: draw(one_or_some(values))}
    return found


@st.composite
def denials(draw):
    name = draw(st.sampled_from(("Action", "Action", "NotAction")))
    statement = {"Effect": "Deny", name: draw(one_or_some(ACTION_PATTERNS_ALLOWED))}
    if draw(st.booleans()):
        statement["Resource"] = draw(one_or_some(RESOURCE_PATTERNS))
    found = draw(conditions())
    if found:
        statement["Condition"] = found
    return statement


@st.composite
def allowances(draw):
    actions = draw(allowed_actions)
    return {"Effect": "Allow", "Action": actions, "Resource": ["*"]}


# Wildcards inside a segment are refused, so they are no part of valid policies.
ACTION_PATTERNS_ALLOWED = tuple(
    one
    for one in ACTION_PATTERNS
    if not any(
        character in segment.rstrip("*?") for segment in one.split(":") for character in "*?"
    )
)


# Strategies are made once and shared: making them anew for each draw costs more
# than the draw.
allowed_actions = st.one_of(st.just("*"), st.just([]), some(ACTION_PATTERNS_ALLOWED))
statement_lists = st.lists(st.one_of(denials(), allowances()), min_size=1, max_size=4)


@st.composite
def documents(draw):
    statements = draw(statement_lists)
    for index, statement in enumerate(statements):
        if draw(st.booleans()):
            statement["Sid"] = f"s{index}"
    return {"Version": "5.0", "Statement": statements}


@st.composite
def levels(draw, most=3):
    """Return `[(entity, [(policy, document)])]`, mostly with something that allows."""
    full = {"Version": "5.0", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    found = []
    for depth in range(draw(st.integers(1, most))):
        policies = [("full", full)] if draw(st.integers(0, 3)) else []
        policies += [(f"p{index}", draw(documents())) for index in range(draw(st.integers(0, 2)))]
        found.append((f"e{depth}", policies))
    return found


scalars = st.one_of(
    st.sampled_from(ALL_TEXTS), st.booleans(), st.integers(-3, 12), st.just(0.5), st.just(1.0)
)
contexts = st.dictionaries(
    st.sampled_from((*KEYS, "g:Account", "g:Kind", "G:USERNAME")),
    st.one_of(scalars, st.none(), st.lists(scalars, max_size=3)),
    max_size=5,
)


def as_text(document):
    return json.dumps(document, ensure_ascii=False)


json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
        st.sampled_from((*ACTION_PATTERNS, *RESOURCE_PATTERNS, *ALL_TEXTS, "Deny", "Allow")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.text(max_size=6),
                st.sampled_from(
                    (
                        "Version", "Statement", "Sid", "Effect", "Action", "NotAction", "Resource",
                        "Condition", "StringEquals", "ForAnyValue:StringLike", "Null", *KEYS,
                        "tags", "tag_key", "tag_value", "enforced_for", "@@assign", "@@append",
                        "@@remove", "@@operators_allowed_for_child_policies", "a/~b", "",
                    )
                ),
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)  # fmt: skip


TAG_KEYS = ("env", "Team", "Kostenträger", "项目")
TAG_VALUES = ("prod", "Prod", "dev-*", "*@x", "", "a")
TYPES = ("ecs:instance", "ecs:*", "evs:volume")
CONTROLS = (
    ["@@all"], ["@@none"], ["@@assign"], ["@@append"], ["@@remove"], ["@@append", "@@remove"],
)  # fmt: skip


@st.composite
def tag_settings(draw, key):
    found = {}
    for setting, values in (("tag_value", TAG_VALUES), ("enforced_for", TYPES)):
        body = {
            operator: draw(some(values))
            for operator in ("@@remove", "@@append", "@@assign")
            if draw(st.booleans())
        }
        if draw(st.integers(0, 3)) == 0:
            body["@@operators_allowed_for_child_policies"] = draw(st.sampled_from(CONTROLS))
        if body:
            found[setting] = body
    if draw(st.booleans()):
        found["tag_key"] = {"@@assign": draw(st.sampled_from((key, key.upper(), key.lower())))}
    return found


tag_key_lists = st.lists(st.sampled_from(TAG_KEYS), unique=True, max_size=3)
policy_counts = st.lists(st.integers(0, 3), min_size=1, max_size=4)


@st.composite
def tag_documents(draw):
    keys = draw(tag_key_lists)
    return {"tags": {key: draw(tag_settings(key)) for key in keys}}


@st.composite
def tag_paths(draw):
    """Return `[(entity, [(policy, document)])]`."""
    return [
        (f"e{depth}", [(f"p{index}", draw(tag_documents())) for index in range(count)])
        for depth, count in enumerate(draw(policy_counts))
    ]


undamaged = st.one_of(documents(), tag_documents(), json_values)
damage = st.one_of(st.text(max_size=3), st.sampled_from(("{", "]", '"', "\\u", "${")))


@st.composite
def damaged_texts(draw):
    """Return a text that is nearly a policy: cut, doubled or overwritten somewhere."""
    text = as_text(draw(undamaged))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(start + 5, len(text))))
    middle = draw(damage)
    return text[:start] + middle + text[end:]


texts = st.one_of(
    st.text(), st.text(alphabet='{}[]":,\\u0dD8tfn1e-. \ufeff\ud800'), damaged_texts()
)
