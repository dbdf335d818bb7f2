"""Users of accounts, and the operators of this installation."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import action, display, register
from django.contrib.auth.models import Group
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orgs import operations
from orgs.actor import Actor
from orgs.admin.acting import Act, Done, show_act, tool
from orgs.admin.people import PersonForm, password_of
from orgs.admin.reading import (
    NOTHING,
    AccountFilter,
    ActiveFilter,
    ChoiceFilter,
    DaysFilter,
    ReadOnlyAdmin,
    link,
    list_links,
    moment,
)
from orgs.admin.site import operator_of, site
from orgs.errors import OrgsError
from orgs.models import Role, User


class KindFilter(ChoiceFilter):
    """Users of accounts, or operators."""

    title = _("kind")
    parameter_name = "kind"
    known = (("account", _("Of an account")), ("operator", _("Operator")))
    conditions = {
        "account": Q(account__isnull=False),
        "operator": Q(account=None, is_staff=True),
    }


@register(User, site=site)
class UserAdmin(ReadOnlyAdmin):
    """Everybody who can sign in. Of a password only whether there is one is shown."""

    list_display = (
        "username",
        "account_link",
        "role_label",
        "is_enabled",
        moment("last_login", _("last sign-in")),
        moment("date_joined", _("made")),
    )
    list_select_related = ("account",)
    list_filter = (
        KindFilter,
        ActiveFilter,
        AccountFilter,
        ("last_login", DaysFilter),
        ("date_joined", DaysFilter),
    )
    search_help_text = _("A part of the user name")
    ordering = ("username",)
    actions = ("disable_users", "enable_users")
    actions_list = ("create_operator",)
    actions_detail = ("create_access_key", "disable_user", "enable_user")
    fieldsets = (
        (
            None,
            {"fields": ("name", "account_link", "role_label", "is_enabled", "has_password")},
        ),
        (None, {"fields": ("date_joined", "last_login", "lists")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With account and role."""
        found: QuerySet[User] = super().get_queryset(request)
        groups = [Concat(OuterRef("account_id"), Value(f"/{role.value}")) for role in Role]
        held = Group.objects.filter(user=OuterRef("pk"), name__in=groups).order_by("name")
        return found.select_related("account").annotate(
            role_group=Subquery(held.values("name")[:1])
        )

    def search_for(self, term: str) -> Q:
        """The name."""
        return Q(username__icontains=term)

    @display(description=_("account"), ordering="account__name_key")
    def account_link(self, user: User) -> str:
        """The one it belongs to; operators belong to none."""
        return link("account", user.account_id, user.account)

    @display(description=_("role"))
    def role_label(self, user: Any) -> str:
        """In its account; or that it operates the installation."""
        if user.account_id is None:
            return gettext("Operator") if user.is_staff else NOTHING
        roles = {role.group_name(user.account_id): str(role.label) for role in Role}
        return roles.get(user.role_group, NOTHING)

    @display(description=_("user name"))
    def name(self, user: User) -> str:
        """What it signs in with."""
        return user.username

    @display(description=_("enabled"), boolean=True, ordering="is_active")
    def is_enabled(self, user: User) -> bool:
        """Whether it may sign in."""
        return user.is_active

    @display(description=_("has a password"), boolean=True)
    def has_password(self, user: User) -> bool:
        """Whether it can sign in with one."""
        return user.has_usable_password()

    @display(description=_("lists"))
    def lists(self, user: User) -> str:
        """What belongs to it."""
        return list_links(("accesskey", _("Access keys")), user=str(user.pk))

    @tool(_("New operator"), icon="add")
    def create_operator(self, request: HttpRequest) -> HttpResponse:
        """Somebody else for this site."""

        def run(actor: Actor, given: dict[str, Any]) -> Done:
            password, shown = password_of(given["password"])
            user = operations.users.create_operator(
                actor=actor, username=given["username"], password=password
            )
            shown = {gettext("User name"): user.username} | shown
            sentence = gettext("Operator %(name)s was made.") % {"name": user.username}
            return Done(sentence, reverse("admin:orgs_user_change", args=[user.pk]), shown)

        act = Act(
            title=_("New operator"),
            lead=_(
                "A user of no account, who signs in to this site and sees and does all that you do."
            ),
            button=_("Make operator"),
            back=reverse("admin:orgs_user_changelist"),
            run=run,
        )
        return show_act(self, request, act, PersonForm)

    @tool(_("New access key"), icon="key")
    def create_access_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Another key of this user; its secret is shown once."""
        user: User = self.row(request, object_id)
        back = reverse("admin:orgs_user_change", args=[user.pk])

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            key, secret = operations.access_keys.create_access_key(
                actor=actor, username=user.username
            )
            shown = {gettext("Access key"): key.pk, gettext("Secret key"): secret}
            return Done(gettext("The access key was made."), back, shown)

        act = Act(
            title=_("New access key"),
            lead=_(
                "Programs sign their requests with it, as this user. Its secret is shown this once."
            ),
            button=_("Make access key"),
            back=back,
            run=run,
            row=user,
        )
        return show_act(self, request, act, forms.Form)

    @tool(_("Disable"), icon="block", is_danger=True)
    def disable_user(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Refused from the next request on."""
        return self._show_set_active(
            request,
            self.row(request, object_id),
            is_active=False,
            title=_("Disable user"),
            lead=_(
                "Sessions and access keys of this user are refused from now on. Nothing is deleted."
            ),
            button=_("Disable"),
        )

    @tool(_("Enable"), icon="check")
    def enable_user(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Welcome again."""
        return self._show_set_active(
            request,
            self.row(request, object_id),
            is_active=True,
            title=_("Enable user"),
            lead=_("This user can sign in and sign requests again."),
            button=_("Enable"),
        )

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Of disabling and enabling the one that changes something; operators have no keys."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        user = self.get_object(request, object_id)
        if not isinstance(user, User):
            return offered
        idle = {"orgs_user_enable_user" if user.is_active else "orgs_user_disable_user"}
        if user.account_id is None:
            idle.add("orgs_user_create_access_key")
        return [action for action in offered if action.action_name not in idle]

    @action(description=_("Disable the selected users"))
    def disable_users(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Each in a change of its own."""
        set_each_active(request, chosen, is_active=False)

    @action(description=_("Enable the selected users"))
    def enable_users(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Each in a change of its own."""
        set_each_active(request, chosen, is_active=True)

    def _show_set_active(
        self, request: HttpRequest, user: User, *, is_active: bool, **texts: Any
    ) -> HttpResponse:
        back = reverse("admin:orgs_user_change", args=[user.pk])

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            set_active(actor, user, is_active=is_active)
            return Done(told([user.username], is_active=is_active), back)

        act = Act(row=user, back=back, run=run, is_danger=not is_active, **texts)
        return show_act(self, request, act, forms.Form)


def set_active(actor: Actor, user: User, *, is_active: bool) -> None:
    """Disable or enable, by the operation that is for this kind of user."""
    if user.account_id is None:
        operations.users.update_operator(actor=actor, username=user.username, is_active=is_active)
    else:
        operations.users.update_user(actor=actor, username=user.username, is_active=is_active)


def set_each_active(request: HttpRequest, chosen: QuerySet[User], *, is_active: bool) -> None:
    """The same for those of a list, each in a change of its own; who is refused, is told with the reason."""
    done = []
    for user in chosen:
        try:
            set_active(operator_of(request), user, is_active=is_active)
        except OrgsError as refusal:
            messages.error(request, f"{user.username}: {refusal}")
        else:
            done.append(user.username)
    if done:
        messages.success(request, told(done, is_active=is_active))


def told(usernames: list[str], *, is_active: bool) -> str:
    """What was done to whom."""
    sentence = gettext("Enabled: %(names)s") if is_active else gettext("Disabled: %(names)s")
    return sentence % {"names": ", ".join(usernames)}
