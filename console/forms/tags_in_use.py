"""What the pages of tags are narrowed by."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orgs import names
from orgs.queries.tags import Kind

KINDS = [
    (Kind.ACCOUNT.value, _("Accounts")),
    (Kind.UNIT.value, _("Units")),
    (Kind.ROOT.value, _("Root")),
    (Kind.POLICY.value, _("Policies")),
]
FAULTY, ALL = "faulty", "all"


class KindForm(forms.Form):
    """A kind of resource; a text that is none narrows nothing."""

    kind = forms.ChoiceField(label=_("On"), required=False, choices=[("", _("Anything")), *KINDS])

    def wanted_kind(self) -> Kind | None:
        """The kind that is asked for."""
        kind = self.cleaned_data.get("kind") if self.is_valid() or self.cleaned_data else ""
        return Kind(kind) if kind else None


class KeysForm(KindForm):
    """Which keys."""

    search = forms.CharField(
        label=_("Key"), required=False, max_length=names.TAG_KEY_LENGTH, strip=False
    )

    def wanted_text(self) -> str:
        """A part of the key or value; one that is too long for any matches none."""
        return str(self.cleaned_data.get("search") or self.data.get("search", ""))


class ValuesForm(KeysForm):
    """Which values of a key."""

    search = forms.CharField(
        label=_("Value"), required=False, max_length=names.TAG_VALUE_LENGTH, strip=False
    )


class ComplianceForm(forms.Form):
    """Of which kind, and whether only what is wrong."""

    kind = forms.ChoiceField(label=_("Of"), required=False, choices=KINDS)
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[(FAULTY, _("What breaks a policy")), (ALL, _("All that was judged"))],
    )

    def wanted_kind(self) -> Kind:
        """The kind that is asked for; accounts, where none is."""
        self.is_valid()
        return Kind(self.cleaned_data.get("kind") or Kind.ACCOUNT)

    def only_faulty(self) -> bool:
        """Whether what obeys is left out."""
        self.is_valid()
        return self.cleaned_data.get("show") != ALL
