"""Refusals about tests of policies."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound, QuotaExceeded


class PolicyTestNotFound(NotFound):
    """The policy has no such test. (ours)"""

    message = _("{policy_name} has no such test.")


class PolicyTestQuotaExceeded(QuotaExceeded):
    """The policy has as many tests as it may. (ours)"""

    message = _("{policy_name} may have {limit} tests.")


class PolicyTestsFail(Conflict):
    """Tests of the policy would fail with the new text, and nobody said why that is meant. (ours)"""

    message = _("With this text tests of the policy fail: {tests}.")
