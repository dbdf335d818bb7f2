"""Access keys: whose they are, and when they were last used; never their secrets."""

from django.contrib.admin import display, register
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

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
    # Disabling, enabling and deleting a key go here, as those of a user do in users.py.
    actions_detail = ()
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
