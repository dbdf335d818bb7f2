"""Accounts: members of organizations, and those that stand alone."""

from typing import Any

from django import forms
from django.contrib.admin import display, register
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from orgs import departures, names, operations
from orgs.actor import Actor
from orgs.admin.acting import Act, Done, show_act, tool
from orgs.admin.people import PersonForm, password_field, password_of
from orgs.admin.reading import (
    ChoiceFilter,
    DaysFilter,
    IdFilter,
    OrganizationFilter,
    ReadOnlyAdmin,
    link,
    list_links,
    moment,
    organization_link,
)
from orgs.admin.site import site
from orgs.models import Account, AccountStatus, JoinMethod, Role

LIST = "admin:orgs_account_changelist"


class NewAccountForm(forms.Form):
    """A stand-alone account and the user who administers it."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("6 to 64 letters, digits, _ and -, a letter first."),
        widget=UnfoldAdminTextInputWidget,
    )
    email = forms.CharField(label=_("E-mail"), required=False, widget=UnfoldAdminEmailInputWidget)
    phone = forms.CharField(label=_("Phone"), required=False, widget=UnfoldAdminTextInputWidget)
    username = forms.CharField(
        label=_("User name of its administrator"),
        help_text=_("Left empty, it is the name of the account."),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    password = password_field()
    with_access_key = forms.BooleanField(
        label=_("Make an access key as well"), required=False, widget=UnfoldBooleanWidget
    )


class NewUserForm(PersonForm):
    """A user of an account."""

    role = forms.TypedChoiceField(
        label=_("Role"), choices=Role.choices, coerce=Role, widget=UnfoldAdminSelectWidget
    )
    field_order = ("username", "role", "password")


class StatusFilter(ChoiceFilter):
    """Where accounts are in their life."""

    title = _("status")
    parameter_name = column = "status"
    known = AccountStatus.choices


class JoinMethodFilter(ChoiceFilter):
    """How members came in."""

    title = _("joined by")
    parameter_name = column = "join_method"
    known = JoinMethod.choices


class UnitFilter(IdFilter):
    """Directly in one unit."""

    title = _("unit id")
    parameter_name = column = "unit"


@register(Account, site=site)
class AccountAdmin(ReadOnlyAdmin):
    """Every account of the installation."""

    list_display = (
        "name",
        "id",
        organization_link,
        "unit_link",
        "status",
        "join_method",
        moment("joined_at", _("joined")),
        moment("created_at", _("created")),
    )
    list_select_related = ("organization", "unit")
    list_filter = (
        OrganizationFilter,
        UnitFilter,
        StatusFilter,
        JoinMethodFilter,
        ("created_at", DaysFilter),
        ("joined_at", DaysFilter),
    )
    search_help_text = _("A part of the name, the id, or the whole e-mail address")
    ordering = ("name_key",)
    actions_list = ("create_standalone_account",)
    actions_detail = ("create_user", "convert_account", "refuse_account", "admit_account")
    fieldsets = (
        (None, {"fields": ("name", "id", "description", "status", "created_at", "lists")}),
        (
            _("Membership"),
            {"fields": (organization_link, "unit_link", "join_method", "joined_at", "tag_list")},
        ),
        (_("Contact"), {"fields": ("email", "phone")}),
        (
            _("More"),
            {"fields": ("is_resource_account", "is_converted", "is_eligible", "version")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """With what is linked to."""
        found: QuerySet[Account] = super().get_queryset(request)
        return found.select_related("organization", "unit")

    def search_for(self, term: str) -> Q:
        """Name, id or e-mail."""
        return Q(name_key__contains=names.name_key(term)) | Q(pk=term) | Q(email=term)

    @display(description=_("unit"))
    def unit_link(self, account: Account) -> str:
        """The one it hangs on."""
        return link("organizationalunit", account.unit_id, account.unit)

    @display(description=_("tags"))
    def tag_list(self, account: Account) -> str:
        """Each with its value."""
        return ", ".join(str(tag) for tag in account.tags.order_by("key"))

    @display(description=_("lists"))
    def lists(self, account: Account) -> str:
        """What belongs to it; its events stand in those of its organization once it is in one."""
        return list_links(
            ("user", _("Users")),
            ("accesskey", _("Access keys")),
            ("agency", _("Agencies")),
            ("invitation", _("Invitations")),
            ("departure", _("Departures")),
            ("event", _("Events before it joined")),
            account=account.pk,
        )

    @tool(_("New stand-alone account"), icon="add")
    def create_standalone_account(self, request: HttpRequest) -> HttpResponse:
        """An account of no organization, its administrator, and a key if asked for."""

        def run(actor: Actor, given: dict[str, Any]) -> Done:
            password, shown = password_of(given["password"])
            made = operations.accounts.create_standalone_account(
                actor=actor,
                name=given["name"],
                email=given["email"] or None,
                phone=given["phone"] or None,
                username=given["username"],
                password=password,
                with_access_key=given["with_access_key"],
            )
            shown = {gettext("User name"): made.administrator.user.username} | shown
            if made.administrator.access_key:
                shown[gettext("Access key")] = made.administrator.access_key
                shown[gettext("Secret key")] = made.administrator.secret_key or ""
            sentence = gettext("Account %(name)s was made.") % {"name": made.account.name}
            address = reverse("admin:orgs_account_change", args=[made.account.pk])
            return Done(sentence, address, shown)

        act = Act(
            title=_("New stand-alone account"),
            lead=_(
                "An account that belongs to no organization yet, and a user who administers it and can"
                " found one."
            ),
            button=_("Make account"),
            back=reverse(LIST),
            run=run,
        )
        return show_act(self, request, act, NewAccountForm)

    @tool(_("New user"), icon="person_add")
    def create_user(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A user of this account."""
        account: Account = self.row(request, object_id)
        back = reverse("admin:orgs_account_change", args=[account.pk])

        def run(actor: Actor, given: dict[str, Any]) -> Done:
            password, shown = password_of(given["password"])
            user = operations.users.create_user(
                actor=actor,
                account_id=account.pk,
                username=given["username"],
                role=given["role"],
                password=password,
            )
            shown = {gettext("User name"): user.username} | shown
            sentence = gettext("User %(name)s was made.") % {"name": user.username}
            return Done(sentence, reverse("admin:orgs_user_change", args=[user.pk]), shown)

        act = Act(
            title=_("New user"),
            lead=_("A user of this account, who signs in to the console in the role you choose."),
            button=_("Make user"),
            back=back,
            run=run,
            row=account,
        )
        return show_act(self, request, act, NewUserForm)

    @tool(_("Made a full account"), icon="verified_user")
    def convert_account(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Note that it has a sign-in of its own by now (R-ORG-14)."""
        account: Account = self.row(request, object_id)
        back = reverse("admin:orgs_account_change", args=[account.pk])

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            operations.accounts.convert_account(actor=actor, account_id=account.pk)
            told = gettext("%(name)s is a full account now.") % {"name": account.name}
            return Done(told, back)

        act = Act(
            title=_("Made a full account"),
            lead=_(
                "Note that this resource account has become a full account, with a sign-in of its own."
                " From now on it can leave or be removed, and it can no longer be closed. This is not"
                " taken back."
            ),
            button=_("It is a full account"),
            back=back,
            run=run,
            row=account,
        )
        return show_act(self, request, act, forms.Form)

    @tool(_("Mark as not eligible"), icon="block", is_danger=True)
    def refuse_account(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It founds nothing and is invited nowhere (R-ORG-2, R-INV-5)."""
        return self._show_set_eligibility(
            request,
            self.row(request, object_id),
            is_eligible=False,
            title=_("Mark as not eligible"),
            lead=_(
                "From now on this account cannot found an organization, nor be invited into one. A"
                " membership, and an invitation that is open, stay as they are."
            ),
            button=_("Mark as not eligible"),
        )

    @tool(_("Mark as eligible"), icon="check")
    def admit_account(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It may found an organization and be invited again."""
        return self._show_set_eligibility(
            request,
            self.row(request, object_id),
            is_eligible=True,
            title=_("Mark as eligible"),
            lead=_(
                "This account may found an organization and be invited again, as far as the installation's"
                " own functions agree."
            ),
            button=_("Mark as eligible"),
        )

    def _show_set_eligibility(
        self, request: HttpRequest, account: Account, *, is_eligible: bool, **texts: Any
    ) -> HttpResponse:
        back = reverse("admin:orgs_account_change", args=[account.pk])

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            operations.accounts.set_eligibility(
                actor=actor, account_id=account.pk, is_eligible=is_eligible
            )
            told = (
                gettext("%(name)s is eligible.")
                if is_eligible
                else gettext("%(name)s is not eligible any more.")
            )
            return Done(told % {"name": account.name}, back)

        act = Act(row=account, back=back, run=run, is_danger=not is_eligible, **texts)
        return show_act(self, request, act, forms.Form)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Those that change something: only a resource account that is none yet becomes a full account."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        account = self.get_object(request, object_id)
        if not isinstance(account, Account):
            return offered
        idle = {f"orgs_account_{'admit' if account.is_eligible else 'refuse'}_account"}
        if departures.is_full(account):
            idle.add("orgs_account_convert_account")
        return [one for one in offered if one.action_name not in idle]
