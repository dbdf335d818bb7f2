"""A second, slow reading of the rules of evaluation, straight from the JSON.

It shares no code with the engine, uses what the engine does without (regular
expressions, the library's date parser) and exists to disagree with it.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network

VARIABLE = re.compile(r"\$\{\s*([^\s{}$',]+)\s*(?:,\s*'((?:[^']|'')*)'\s*)?\}")


class Failed(Exception):
    """A variable has no value."""


def evaluate(levels, action, resource, context):
    """Return (allowed, reason, decided_by, allowed_by) for `[(entity, [(id, document)])]`."""
    for entity, policies in levels:
        for policy, document in policies:
            for index, statement in enumerate(statements(document)):
                if statement["Effect"] == "Deny" and matches(statement, action, resource, context):
                    source = (entity, policy, index, statement.get("Sid"))
                    return False, "explicit_deny", source, []
    allowed_by = []
    for entity, policies in levels:
        allowing = [
            (entity, policy, index, statement.get("Sid"))
            for policy, document in policies
            for index, statement in enumerate(statements(document))
            if statement["Effect"] == "Allow" and matches(statement, action, resource, context)
        ]
        if not allowing:
            reason = "no_allow_at_level" if policies else "no_policy_at_level"
            return False, reason, (entity, None, None, None), []
        allowed_by.append(allowing[0])
    return True, "allowed_at_every_level", None, allowed_by


def statements(document):
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def listed(value):
    return value if isinstance(value, list) else [value]


def matches(statement, action, resource, context):
    if "NotAction" in statement:
        is_about = not any(matches_action(one, action) for one in listed(statement["NotAction"]))
    else:
        is_about = any(matches_action(one, action) for one in listed(statement["Action"]))
    if not is_about:
        return False
    resources = listed(statement.get("Resource", "*"))
    if not any(matches_resource(one, resource, context) for one in resources):
        return False
    return all(
        holds(operator, key, listed(values), context)
        for operator, body in statement.get("Condition", {}).items()
        for key, values in body.items()
    )


def pattern(text, flags=0):
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(one, re.escape(one)) for one in text), re.DOTALL | flags)


def matches_action(wanted, action):
    if wanted == "*":
        return True
    asked = action.split(":")
    return len(asked) == 3 and all(
        pattern(one, re.IGNORECASE).fullmatch(other)
        for one, other in zip(wanted.split(":"), asked, strict=True)
    )


def matches_resource(wanted, resource, context):
    if wanted == "*":
        return True
    if resource is None or resource.count(":") < 4:
        return False
    hidden = VARIABLE.sub(lambda found: found[0].replace(":", "\0"), wanted)
    segments = [one.replace("\0", ":") for one in hidden.split(":", 4)]
    try:
        patterns = [expanded(one, context, wild=True) for one in segments]
    except Failed:
        return False
    asked = resource.split(":", 4)
    return all(one.fullmatch(other) for one, other in zip(patterns, asked, strict=True))


def expanded(text, context, *, wild):
    """Return the text with variables replaced, or with `wild` the compiled pattern."""
    source, end = "", 0
    for found in [*VARIABLE.finditer(text), None]:
        plain = text[end : found.start() if found else len(text)]
        source += pattern(plain).pattern if wild else plain
        if found is None:
            break
        value = replacement(found, context)
        source += re.escape(value) if wild else value
        end = found.end()
    return re.compile(source, re.DOTALL) if wild else source


def replacement(found, context):
    key, default = found[1], found[2]
    if key in ("*", "?"):
        return key
    value = look_up(key, context)
    if value is None or isinstance(value, list):
        if default is None:
            raise Failed
        return default.replace("''", "'")
    return as_text(value)


def look_up(key, context):
    if key not in context:
        key = next((name for name in context if name.lower() == key.lower()), None)
    value = context.get(key)
    return None if value == [] else value


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def holds(operator, key, values, context):
    base = operator.removeprefix("ForAllValues:").removeprefix("ForAnyValue:")
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    is_negated = "Not" in base
    base = base.replace("Not", "")
    value = look_up(key, context)
    if base == "Null":
        return any((value is None) == (as_text(one).lower() == "true") for one in values)
    wanted = [prepared(base, as_text(one), context) for one in values]
    if value is None:
        if if_exists or operator.startswith("ForAll"):
            return True
        return is_negated and Failed not in wanted and not operator.startswith("ForAny")
    if isinstance(value, list) and not operator.startswith("For"):
        return False
    if is_negated and Failed in wanted:
        return False
    results = [
        any(one is not Failed and compare(base, as_text(each), one) for one in wanted) != is_negated
        for each in listed(value)
    ]
    return all(results) if operator.startswith("ForAll") else any(results)


def prepared(base, text, context):
    if not base.startswith("String"):
        return text
    try:
        return expanded(text, context, wild=base == "StringMatch")
    except Failed:
        return Failed


def compare(base, value, wanted):
    if base in TEXT_RELATIONS:
        return TEXT_RELATIONS[base](value, wanted)
    read = moment if base.startswith("Date") else number
    one, other = read(value), read(wanted)
    if one is None or other is None:
        return False
    return {
        "Equals": one == other,
        "LessThan": one < other,
        "LessThanEquals": one <= other,
        "GreaterThan": one > other,
        "GreaterThanEquals": one >= other,
    }[base.removeprefix("Date").removeprefix("Number")]


def same_truth(value, wanted):
    return value.lower() == wanted.lower() and value.lower() in ("true", "false")


def is_within(value, wanted):
    try:
        return ip_address(value) in ip_network(wanted, strict=False)
    except ValueError:
        return False


def number(text):
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def moment(text):
    try:
        if re.fullmatch(r"-?\d+(\.\d{1,9})?", text):
            return float(text)
        if "T" not in text:
            text += "T00:00:00+00:00"
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if found.tzinfo is None else found.astimezone(UTC).timestamp()


TEXT_RELATIONS = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.casefold() == wanted.casefold(),
    "StringMatch": lambda value, wanted: wanted.fullmatch(value) is not None,
    "StringStartWith": lambda value, wanted: value.startswith(wanted),
    "StringEndWith": lambda value, wanted: value.endswith(wanted),
    "Bool": same_truth,
    "IpAddress": is_within,
}
