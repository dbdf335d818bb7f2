"""How the rules for texts speak in a form."""

from collections.abc import Callable

from django.core.exceptions import ValidationError

from orgs.errors import InvalidParameter


def checked_by(rule: Callable[[object], str], value: str) -> str:
    """The value as `rule` keeps it; what the rule refuses is a mistake in its field."""
    try:
        return rule(value)
    except InvalidParameter as error:
        raise ValidationError(error.problem) from error
