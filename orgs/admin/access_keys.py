"""Access keys: whose they are, and when they were last used; never their secrets."""

from typing import Any

from django import forms
from django.contrib.admin import display, register
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orgs import operations
from orgs.actor import Actor
from orgs.admin.acting import Act, Done, show_act, tool
from orgs.admin.reading import ActiveFilter, DaysFilter, IdFilter, ReadOnlyAdmin, link, moment
from orgs.admin.site import site
from orgs.models import AccessKey


class AccountFilter(IdFilter):
    """Of the users of one account."""

    title = _("account id")
    parameter_name = "account"
    column = "user__account"


class UserFilter(IdFilter):
    """Of one user."""

    title = _("user name")
    parameter_name = "user"
    column = "user__username"


@register(AccessKey, site=site)
class AccessKeyAdmin(ReadOnlyAdmin):
    """Every access key. New ones are made on the page of a user."""

    list_display = (
        "id",
        "user_link",
        "account_link",
        "is_active",
        moment("created_at", _("created")),
        moment("last_used_at", _("last used")),
    )
    list_filter = (
        ActiveFilter,
        AccountFilter,
        UserFilter,
        ("created_at", DaysFilter),
        ("last_used_at", DaysFilter),
    )
    search_help_text = _("The access key, or a part of the name of its user")
    ordering = ("-created_at", "id")
    actions_detail = ("disable_key", "enable_key", "delete_key")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "user_link",
                    "account_link",
                    "is_active",
                    "created_at",
                    "last_used_at",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessKey]:
        """With user and account; the sealed secrets stay in the database."""
        found: QuerySet[AccessKey] = super().get_queryset(request)
        return found.select_related("user__account").defer("sealed_secret")

    def search_for(self, term: str) -> Q:
        """The key or its user."""
        return Q(pk=term) | Q(user__username__icontains=term)

    @display(description=_("user"), ordering="user__username")
    def user_link(self, key: AccessKey) -> str:
        """Whose it is."""
        return link("user", key.user_id, key.user)

    @display(description=_("account"), ordering="user__account__name_key")
    def account_link(self, key: AccessKey) -> str:
        """The account of its user."""
        return link("account", key.user.account_id, key.user.account)

    @tool(_("Disable"), icon="block", is_danger=True)
    def disable_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Refused from the next request on."""
        return self._show_set_active(
            request,
            self.row(request, object_id),
            is_active=False,
            title=_("Disable access key"),
            lead=_("Requests signed with it are refused from now on. It can be enabled again."),
            button=_("Disable"),
        )

    @tool(_("Enable"), icon="check")
    def enable_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Good for signing again."""
        return self._show_set_active(
            request,
            self.row(request, object_id),
            is_active=True,
            title=_("Enable access key"),
            lead=_("Requests signed with it are taken again."),
            button=_("Enable"),
        )

    @tool(_("Delete"), icon="delete", is_danger=True)
    def delete_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Gone for good."""
        key: AccessKey = self.row(request, object_id)

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            operations.access_keys.delete_access_key(actor=actor, access_key_id=key.pk)
            said = gettext("Access key %(id)s is deleted.") % {"id": key.pk}
            return Done(said, reverse("admin:orgs_accesskey_changelist"))

        act = Act(
            title=_("Delete access key"),
            lead=_("Requests signed with it are refused from now on, and it never comes back."),
            button=_("Delete"),
            back=reverse("admin:orgs_accesskey_change", args=[key.pk]),
            run=run,
            row=key,
            is_danger=True,
        )
        return show_act(self, request, act, forms.Form)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Of disabling and enabling the one that changes something."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        key = self.get_object(request, object_id)
        if not isinstance(key, AccessKey):
            return offered
        idle = "orgs_accesskey_enable_key" if key.is_active else "orgs_accesskey_disable_key"
        return [action for action in offered if action.action_name != idle]

    def _show_set_active(
        self, request: HttpRequest, key: AccessKey, *, is_active: bool, **texts: Any
    ) -> HttpResponse:
        back = reverse("admin:orgs_accesskey_change", args=[key.pk])

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            operations.access_keys.update_access_key(
                actor=actor, access_key_id=key.pk, is_active=is_active
            )
            said = (
                gettext("Access key %(id)s is enabled.")
                if is_active
                else gettext("Access key %(id)s is disabled.")
            )
            return Done(said % {"id": key.pk}, back)

        act = Act(row=key, back=back, run=run, is_danger=not is_active, **texts)
        return show_act(self, request, act, forms.Form)
