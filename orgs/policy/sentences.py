"""Every sentence the engine says, in one table.

A code is stable; a wording after the dot fits the sentence to the case. Facts fill
the braces. Translations are looked up by the English sentence, so the caller
passes its own `gettext` and the engine needs none.
"""

from collections.abc import Callable, Mapping
from typing import Final

MAX_SHOWN_CHARACTERS: Final = 60
NO_NAMES: Final[Mapping[str, str]] = {}


def _(sentence: str) -> str:
    """Mark a sentence for the translators' catalogue."""
    return sentence


SENTENCES: Final[Mapping[str, str]] = {
    # The text.
    "too_long": _(
        "The text has {length} characters, {excess} more than the {limit} allowed. "
        "White space counts; strip it first."
    ),
    "too_deep": _("The nesting is deeper than {limit} levels here. No policy needs that."),
    "json_duplicate_key": _('"{name}" occurs twice in this object. Keep one of the two.'),
    "json_syntax.empty": _("The text is empty. Write one JSON object."),
    "json_syntax.byte_order_mark": _("The text begins with a byte-order mark. Remove it."),
    "json_syntax.lone_surrogate": _(
        "Half a surrogate pair is no character. Write the character itself, or both halves."
    ),
    "json_syntax.comment": _("JSON has no comments. Remove this one."),
    "json_syntax.text_after_end": _("The document ends before this point. Remove what follows."),
    "json_syntax.ends_early": _("The text ends where more was expected. Complete it."),
    "json_syntax.never_closed": _('What opens here is never closed. Add the missing "{closing}".'),
    "json_syntax.string_open": _("The string that begins here has no closing quotation mark."),
    "json_syntax.control_character": _(
        "A string cannot hold a line break or control character. Write \\n, \\t or \\u00XX."
    ),
    "json_syntax.escape": _(
        '"{escape}" is no escape. Double the backslash, or use one of '
        '\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX.'
    ),
    "json_syntax.single_quotes": _("Use double quotation marks instead of single ones."),
    "json_syntax.name": _('A name in double quotation marks is expected, not "{found}".'),
    "json_syntax.colon_missing": _('Put a colon after the name "{name}".'),
    "json_syntax.comma_missing": _('Put a comma or "{closing}" before "{found}".'),
    "json_syntax.trailing_comma": _('Remove the comma before "{closing}".'),
    "json_syntax.value_missing": _('A value is missing before "{found}".'),
    "json_syntax.value": _('"{found}" is no value. Put text in double quotation marks.'),
    "json_syntax.literal": _('Write "{literal}" instead of "{found}".'),
    "json_syntax.number": _(
        "This is no JSON number. Write it like 12, -0.5 or 1e3, without leading zeros."
    ),
    # Shapes.
    "wrong_type.object": _("An object in braces is expected here."),
    "wrong_type.object_or_list": _("An object or a list of objects is expected here."),
    "wrong_type.string": _("A string is expected here."),
    "wrong_type.string_or_list": _("A string or a list of strings is expected here."),
    "wrong_type.list": _("A list of strings in square brackets is expected here."),
    "wrong_type.scalar": _("A string, a number, true or false is expected here."),
    "wrong_type.operators": _(
        'An object of operators is expected here, such as {{"@@assign": …}}.'
    ),
    "missing_element": _('Add the element "{name}".'),
    "unknown_element": _('There is no element "{name}" here. Use one of: {known}.'),
    "unknown_element.meant": _('There is no element "{name}" here. Did you mean "{meant}"?'),
    "empty_list.statement": _("Add at least one statement."),
    "empty_list.not_action": _(
        "Leaving out no action would deny every action. "
        'List the actions to leave out, or use "Action": "*".'
    ),
    "empty_list.resource": _(
        'List at least one resource, or leave "Resource" out for all of them.'
    ),
    "empty_list.value": _("Give at least one value to compare with."),
    "empty_list.setting": _("List at least one value, or remove the operator."),
    # Service control policies.
    "invalid_version": _('Write "Version": "{version}", as a string.'),
    "invalid_effect": _('The effect is "Allow" or "Deny", spelt like this.'),
    "invalid_effect.deny_only": _('Policies can only deny here. Write "Deny".'),
    "invalid_sid.length": _("A Sid has 1 to {limit} characters; this one has {length}."),
    "invalid_sid.control_character": _(
        "A Sid cannot hold line breaks or other control characters."
    ),
    "duplicate_sid": _('Another statement has the Sid "{sid}" already. Choose another one.'),
    "unsupported_element.Principal": _(
        "A service control policy binds whole accounts. "
        'Remove "Principal"; to single out callers, use a condition on g:PrincipalUrn.'
    ),
    "unsupported_element.NotPrincipal": _(
        "A service control policy binds whole accounts. "
        'Remove "NotPrincipal"; to leave out callers, use a condition on g:PrincipalUrn.'
    ),
    "unsupported_element.NotResource": _(
        'Remove "NotResource" and list the resources under "Resource".'
    ),
    "mutually_exclusive.action": _('A statement has "Action" or "NotAction". Remove one of them.'),
    "not_allowed_with_allow.not_action": _(
        'A statement that allows lists its actions under "Action".'
    ),
    "not_allowed_with_allow.resource": _(
        'A statement that allows covers all resources. Write "*", '
        "and deny the others in a statement of their own."
    ),
    "not_allowed_with_allow.condition": _(
        "A statement that allows takes no condition. Deny the opposite in a statement of its own."
    ),
    "invalid_action_format.two_segments": _(
        '"{pattern}" has two segments; an action has three. '
        'For the whole service write "{service}:*:*".'
    ),
    "invalid_action_format.segments": _(
        '"{pattern}" is no action. Write "service:type:operation", or "*" for every action.'
    ),
    "invalid_action_format.operation": _(
        '"{pattern}" names no operation. Add one after the second colon, or "*" for all.'
    ),
    "invalid_action_format.service": _(
        'The service in "{pattern}" must be a letter followed by letters, digits and hyphens.'
    ),
    "invalid_action_format.characters": _(
        'Type and operation in "{pattern}" consist of letters, digits, "_", "." and "-", '
        "and wildcards at the end. Variables cannot be used in actions."
    ),
    "invalid_wildcard.service": _(
        'The service in "{pattern}" must be written out, or be "*" for every service.'
    ),
    "invalid_wildcard.place": _(
        'Wildcards in "{pattern}" may stand alone in a segment or at its end. '
        "List the actions you mean one by one."
    ),
    "invalid_wildcard.resource_service": _(
        'The service in "{pattern}" must be written out. For all resources write "*" alone.'
    ),
    "invalid_resource_format.segments": _(
        '"{pattern}" is no resource. Write "service:region:account:type:path", '
        'or "*" for every resource.'
    ),
    "invalid_resource_format.service": _(
        'The service in "{pattern}" must be a letter followed by letters, digits and hyphens.'
    ),
    "invalid_resource_format.type": _(
        '"{pattern}" names no resource type. Add it after the third colon, or "*" for any.'
    ),
    "invalid_resource_format.path": _(
        '"{pattern}" names no path. Add it after the fourth colon, or "*" for any.'
    ),
    "invalid_variable": _(
        'A variable is malformed at character {place}. Write "${{key}}" or '
        '"${{key, \'default\'}}"; for a plain "$" before a brace write "${{$}}".'
    ),
    "empty_condition.operator": _('Add an operator, or remove "Condition".'),
    "empty_condition.key": _("Add a condition key, or remove the operator."),
    "unknown_operator": _(
        'There is no condition operator "{name}". Families are String, Number, Date, '
        "Bool, IpAddress and Null."
    ),
    "unknown_operator.meant": _('There is no operator "{name}". Did you mean "{meant}"?'),
    "unknown_operator.foreign": _('"{name}" is another cloud\'s name. Write "{ours}".'),
    "unknown_operator.null": _(
        '"{name}" does not exist: "Null" itself asks whether a key is there. Write "Null".'
    ),
    "unknown_operator.tag": _('There is no operator "{name}". Use one of: {known}.'),
    "invalid_condition_key": _(
        '"{key}" is no condition key. Write "prefix:name", such as "g:UserName", '
        'and for tags "g:RequestTag/" with the tag\'s key.'
    ),
    "duplicate_condition_key": _(
        '"{key}" occurs twice; case makes no difference. Put all values under one key.'
    ),
    "invalid_condition_value.variable": _(
        'Variables work in string operators only. Write a plain value instead of "{value}".'
    ),
    "invalid_condition_value.number": _('"{value}" is no number. Write it like 3600 or -0.5.'),
    "invalid_condition_value.date": _(
        '"{value}" is no date. Write 2026-01-31, 2026-01-31T08:00:00Z (with Z or an offset '
        "such as +08:00), or seconds since 1970."
    ),
    "invalid_condition_value.boolean": _('Write "true" or "false" instead of "{value}".'),
    "invalid_condition_value.null": _(
        'Write "true" (the key is missing) or "false" (it is present) instead of "{value}".'
    ),
    "invalid_condition_value.address": _(
        '"{value}" is no IP address or range. Write it like 10.0.0.0/8 or 2001:db8::/32.'
    ),
    "empty_action": _("The list is empty, so this statement matches nothing. Add an action."),
    "legacy_operator": _('"{name}" is an old name. Use StringMatch with a wildcard.'),
    "unknown_condition_key": _(
        '"{key}" is not among the global keys known here. Check its spelling.'
    ),
    "set_operator_on_single_valued": _(
        '"{key}" has one value, so "{qualifier}" changes only what happens when the key is '
        "missing. Remove it unless you mean that."
    ),
    # Advice.
    "sign_in_not_allowed": _(
        "This list of allowed actions leaves out {actions}. Where it replaces FullAccess, "
        "nobody could sign in; add them."
    ),
    "duplicate_statement": _("This says the same as statement {number}. Remove one of them."),
    "never_matches.qualifier": _(
        'This can never match: "{key}" is a list, which needs "ForAnyValue:" or '
        '"ForAllValues:" before the operator.'
    ),
    "never_matches.family": _(
        'This can never match: the operator cannot read the values of "{key}". '
        "Use an operator of their kind."
    ),
    "never_matches.absent": _(
        'This can never match: it asks that "{key}" is missing and has a value. '
        "Remove one of the two conditions."
    ),
    # Tag policies.
    "invalid_tag_key.length": _("A tag key has 1 to {limit} characters."),
    "invalid_tag_key.characters": _(
        '"{key}" is no tag key. Use letters, digits, spaces and _ . : = + - @.'
    ),
    "invalid_tag_key.blanks": _('Remove the spaces at the ends of "{key}".'),
    "invalid_tag_key.reserved": _(
        'Keys that begin with "_sys_" belong to the platform. Rename "{key}".'
    ),
    "duplicate_policy_key": _(
        '"{key}" occurs twice; case makes no difference. Put both under one key.'
    ),
    "misplaced_operator": _(
        '"{name}" has no effect here. Put it inside "tag_key", "tag_value" or "enforced_for".'
    ),
    "missing_operator": _('Add an operator such as "@@assign", or remove "{setting}".'),
    "operator_not_allowed": _(
        'A tag has one spelling, so "{operator}" makes no sense here. Use "@@assign".'
    ),
    "tag_key_mismatch": _('"{found}" must be "{key}", in any mix of capitals and small letters.'),
    "invalid_tag_value": _(
        '"{value}" is no tag value. Use letters, digits, spaces and _ . : / = + - @, and "*".'
    ),
    "invalid_tag_value.length": _("A tag value has at most {limit} characters."),
    "too_many_wildcards": _('"{value}" has more than one "*". Keep one.'),
    "invalid_resource_type": _(
        '"{found}" is no resource type. Write "service:type", or "service:*" for a whole service.'
    ),
    "unknown_resource_type": _(
        'Tag policies cannot be enforced on "{found}" of {service}. Use one of: {known}.'
    ),
    "unknown_resource_type.service": _(
        'Tag policies cannot be enforced on the service "{service}". Check its spelling.'
    ),
    "wildcard_not_supported": _('"{service}:*" is not supported. List the types of {service}.'),
    "invalid_operator_value": _(
        '"{found}" is no operator. Use @@assign, @@append, @@remove, or @@all or @@none alone.'
    ),
    "mutually_exclusive.control": _('"{whole}" stands alone. Remove it or the others.'),
    # Decisions.
    "not_in_organization": _("Allowed: the account is in no organization that has policies."),
    "management_account_exempt": _(
        "Allowed: service control policies never bind the management account."
    ),
    "scp_disabled": _("Allowed: service control policies are not enabled."),
    "service_linked_agency_exempt": _(
        "Allowed: calls through a service-linked agency are not bound."
    ),
    "service_not_governed": _("Allowed: the service does not support service control policies."),
    "explicit_deny": _("Denied by statement {number} of policy {policy} at {entity}."),
    "explicit_deny.sid": _(
        'Denied by statement {number} ("{sid}") of policy {policy} at {entity}.'
    ),
    "no_allow_at_level": _(
        "Denied: no policy at {entity} allows the action. Allow it there, or attach FullAccess."
    ),
    "no_policy_at_level": _(
        "Denied: no service control policy is attached to {entity}. Attach FullAccess or another."
    ),
    "allowed_at_every_level": _("Allowed: every level allows it and none denies it."),
    "statement_matches": _("{effect}: statement {number} of policy {policy} matches."),
    "statement_other_action": _("Statement {number} of policy {policy} is about other actions."),
    "statement_other_resource": _(
        "Statement {number} of policy {policy} is about other resources."
    ),
    "statement_condition_fails": _(
        "Statement {number} of policy {policy} does not apply: {operator} on {key} does not hold."
    ),
    # Tag policies, merged.
    "not_allowed_by_parent": _(
        "{operator} of policy {policy} on {setting} of {key} has no effect: "
        "policy {other_policy} at {other_entity} does not allow it below."
    ),
    "earlier_attachment_wins": _(
        "{operator} of policy {policy} on {setting} of {key} has no effect: "
        "policy {other_policy} was attached earlier."
    ),
    "last_value_removed.tag_value": _(
        "Policy {policy} at {entity} removes the last value of {key}. Any value is accepted now."
    ),
    "last_value_removed.enforced_for": _(
        "Policy {policy} at {entity} removes the last resource type of {key}. "
        "It is enforced nowhere now."
    ),
    "tag_key_case": _('The tag key "{key}" must be written "{tag_key}".'),
    "tag_value": _('The tag {key} cannot have the value "{value}". Allowed: {values}.'),
    # Changes tried on a copy.
    "sign_in_blocked": _(
        "{entity} would not allow {actions}: nobody below it could sign in. "
        "Allow these actions there."
    ),
    "account_not_found": _("There is no account {account} in the organization."),
    "ou_not_found": _("There is no unit {unit} in the organization."),
    "unit_under_itself": _("{to} lies within {unit}, so {unit} cannot move there."),
    "entity_not_found": _("There is no root, unit or account {entity} in the organization."),
    "policy_not_found": _("There is no policy {policy} of this type."),
    "policy_type_not_enabled": _("The policy type {policy_type} is not enabled. Enable it first."),
    "policy_type_already_disabled": _("The policy type {policy_type} is disabled already."),
    "policy_already_attached": _("Policy {policy} is attached to {entity} already."),
    "policy_not_attached": _("Policy {policy} is not attached to {entity}."),
    "policy_attach_quota_exceeded": _(
        "{entity} has {limit} policies of this type, the most it can have. Detach one first."
    ),
    "policy_last_scp": _(
        "Policy {policy} is the last service control policy of {entity}. Attach another one first."
    ),
    "policy_builtin": _("Policy {policy} is built in and cannot be changed."),
}


def say(
    code: str,
    facts: Mapping[str, object],
    *,
    wording: str = "",
    translate: Callable[[str], str] = str,
    names: Mapping[str, str] = NO_NAMES,
) -> str:
    """Return the sentence of a code, translated and filled with facts.

    `names` are those of entities and policies by id: a sentence says the name where there is one.
    """
    sentence = SENTENCES[f"{code}.{wording}" if wording else code]
    told = {name: _named(fact, names) for name, fact in facts.items()}
    return translate(sentence).format(**{name: _shown(fact) for name, fact in told.items()})


def _named(fact: object, names: Mapping[str, str]) -> object:
    return names.get(fact, fact) if isinstance(fact, str) else fact


def _shown(fact: object) -> object:
    """Return a fact fit for a sentence: not too long, and nothing invisible in it.

    A tuple is a list of names, each of which is shown.
    """
    if isinstance(fact, tuple):
        return ", ".join(str(_shown(one)) for one in fact)
    if not isinstance(fact, str):
        return fact
    visible = "".join(
        character if character.isprintable() else f"<U+{ord(character):04X}>"
        for character in fact[: MAX_SHOWN_CHARACTERS + 1]
    )
    return visible if len(fact) <= MAX_SHOWN_CHARACTERS else f"{visible[:MAX_SHOWN_CHARACTERS]}…"
