"""What is typed in for a test of a policy."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms.fields import RefusableForm, checked_by
from console.forms.simulator import ContextRow, context_of, expected_field
from orgs import names
from orgs.models import PolicyTest
from orgs.policy.context import ContextValue

CIRCUMSTANCES_LENGTH = 10_000
BEGINS_A_KEY = re.compile(r"\s*([\w-]+:|\s*\Z)")


class PolicyTestForm(RefusableForm):
    """A question, what it has to be answered with, and what it is called. The account stays what it is."""

    first = "name"

    name = forms.CharField(
        label=gettext_lazy("Name"), strip=False, max_length=names.POLICY_TEST_NAME_LENGTH
    )
    is_allowed = expected_field()
    action = forms.CharField(
        label=gettext_lazy("Action"),
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    resource = forms.CharField(
        label=gettext_lazy("Resource"),
        required=False,
        strip=False,
        help_text=gettext_lazy("Left out, the call names no resource."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    context = forms.CharField(
        label=gettext_lazy("Circumstances"),
        required=False,
        max_length=CIRCUMSTANCES_LENGTH,
        help_text=gettext_lazy(
            "A condition key and its value on each line, such as g:UserName = alice; commas part several."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )

    @classmethod
    def of(cls, test: PolicyTest, sent: Any = None) -> "PolicyTestForm":
        """The form with a test as it stands, or with what was sent."""
        initial = {
            "name": test.name,
            "is_allowed": "allowed" if test.is_allowed else "denied",
            "action": test.action,
            "resource": test.resource,
            "context": "\n".join(
                f"{key} = {_told(test.context[key])}" for key in sorted(test.context)
            ),
        }
        return cls(sent, initial=initial)

    def clean_name(self) -> str:
        """The name as it will be kept."""
        return checked_by(names.policy_test_name, str(self.cleaned_data["name"]))

    def clean_action(self) -> str:
        """The action, of three parts."""
        return checked_by(names.requested_action, str(self.cleaned_data["action"]))

    def clean_resource(self) -> str:
        """The resource, or nothing."""
        return checked_by(names.requested_resource, str(self.cleaned_data["resource"]))

    def clean_context(self) -> dict[str, ContextValue]:
        """The circumstances, line by line."""
        rows = []
        for line in str(self.cleaned_data["context"]).splitlines():
            key, _equals, value = line.partition("=")
            if not BEGINS_A_KEY.match(key):  # what is no key at all is shown as it was typed
                key, value = line, ""
            rows.append(ContextRow(key.strip(), value.strip()))
        read = context_of(rows)
        wrong = [
            _("Line %(line)s: %(problem)s") % {"line": number, "problem": row.error}
            for number, row in enumerate(rows, start=1)
            if row.error
        ]
        if wrong:
            raise forms.ValidationError(wrong[0])
        return read


def _told(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
