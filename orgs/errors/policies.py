"""Refusals about policies and their texts."""

from collections.abc import Callable, Sequence
from typing import Protocol

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, Invalid, NotFound, QuotaExceeded


class ContentFault(Protocol):
    """One thing to mend in a policy's text, with its place; the policy engine finds them."""

    @property
    def path(self) -> str:
        """A JSON pointer."""

    @property
    def line(self) -> int:
        """From 1."""

    @property
    def column(self) -> int:
        """From 1, in characters."""

    def sentence(self, translate: Callable[[str], str]) -> str:
        """What is wrong and how to mend it."""


class PolicyNotFound(NotFound):
    """No such policy of that kind in the actor's organization (R-GEN-13, R-DRY-6)."""

    message = _("There is no policy {policy_id} in your organization.")


class PolicyVersionNotFound(NotFound):
    """The policy never had that text. (ours)"""

    message = _("{policy_name} has no version {number}.")


class PolicyNameConflict(Conflict):
    """A policy of the same type has that name already, compared without case (R-POL-3)."""

    message = _("There is already a policy of this type with the name {name}.")


class PolicyContentTooLong(Invalid):
    """The text has more characters than its type allows, white space included (R-POL-2)."""

    message = _("The policy has {length} characters; at most {limit} fit, white space included.")


class PolicyContentMalformed(Invalid):
    """The text is no JSON, or breaks the grammar of its type (R-POL-6). `faults` names every place."""

    message = _("Line {line}, column {column}: {sentence}")

    def __init__(self, *, faults: Sequence[ContentFault]) -> None:
        first = faults[0]
        super().__init__(
            line=first.line,
            column=first.column,
            path=first.path,
            sentence=first.sentence(gettext),
            count=len(faults),
        )
        self.faults = faults


class PolicyChangedMeanwhile(Conflict):
    """Somebody else saved it since it was looked at (P5). (ours)"""

    message = _(
        "{policy_name} was changed meanwhile. Look at it as it is now, then change it again."
    )


class PolicyQuotaExceeded(QuotaExceeded):
    """The organization has as many policies of the type as it may (R-POL-1)."""

    message = _("Your organization may have {limit} policies of this type.")


class PolicyBuiltin(Conflict):
    """A built-in policy is attached and detached, and nothing else (R-POL-8)."""

    message = _("{policy_name} is built in; it cannot be changed, deleted or tagged.")


class PolicyInUse(Conflict):
    """It is still attached somewhere (R-POL-9)."""

    message = _("{policy_name} is attached to {count} entities. Detach it everywhere first.")
