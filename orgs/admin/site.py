"""The site itself: who comes in, and under which content policy."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from unfold.sites import UnfoldAdminSite

from orgs import client_address, errors
from orgs.actor import Actor
from orgs.models import User

View = Callable[..., HttpResponse]

# Unfold's pages run on Alpine, which evaluates strings, and carry styles of their own.
POLICY = settings.SECURE_CSP | {
    "script-src": [CSP.SELF, CSP.UNSAFE_EVAL],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
}
# Passwords are changed by operations, and nothing here has a page on another site.
LEFT_OUT = {"password_change", "password_change_done", "view_on_site", "autocomplete"}


class OperatorSite(UnfoldAdminSite):
    """Django's admin for operators, who sign in where everybody does."""

    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Operators, and nobody else; which rows they see and what they do is the same for all of them."""
        return isinstance(request.user, User) and request.user.is_operator

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Only what an operator gets has the wider policy; whoever is turned away gets the strict one."""
        wrapped: View = super().admin_view(csp_override(POLICY)(view), cacheable)
        return wrapped

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Those of Django's admin that are needed here."""
        patterns: list[URLPattern | URLResolver] = super().get_urls()
        return [pattern for pattern in patterns if getattr(pattern, "name", "") not in LEFT_OUT]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """The lists by application, made where they are asked for: the search does, and no page."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """One arrives at the organizations."""
        return redirect("admin:orgs_organization_changelist")

    def app_index(
        self,
        request: HttpRequest,
        app_label: str,
        extra_context: Any = None,
    ) -> HttpResponse:
        """The same: there is one application, and its lists stand at the side."""
        del app_label
        return self.index(request, extra_context)

    def search(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The lists by name. Unfold's own fails at a page that is none."""
        try:
            found: HttpResponse = super().search(request, extra_context)
        except (InvalidPage, ValueError) as error:
            raise Http404 from error
        return found

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """To the one sign-in page there is, and back.

        Raises:
            PermissionDenied: for who is signed in and no operator, with the reason as a sentence.
        """
        wanted = LoginView(request=request).get_redirect_url() or reverse("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(wanted)
        if request.user.is_authenticated:
            raise PermissionDenied(errors.OperatorOnly())
        return redirect_to_login(wanted)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign out, and on to the sign-in page."""
        return LogoutView.as_view(next_page=settings.LOGIN_URL)(request)


site = OperatorSite()


def operator_of(request: HttpRequest) -> Actor:
    """The operator who is signed in, as an actor; operations judge it again."""
    assert isinstance(request.user, User)  # noqa: S101  (the site lets nobody else through)
    return Actor.operator(
        request.user.username,
        user_id=request.user.pk,
        address=client_address.address_of(request.META),
    )


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """What stands at the side."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    return [
        _group(
            here,
            _("Structure"),
            (_("Organizations"), "domain", "admin:orgs_organization_changelist"),
            (_("Units"), "account_tree", "admin:orgs_organizationalunit_changelist"),
            (_("Accounts"), "deployed_code", "admin:orgs_account_changelist"),
            (_("Tags"), "sell", "admin:orgs_tag_changelist"),
        ),
        _group(
            here,
            _("Guardrails"),
            (_("Policies"), "policy", "admin:orgs_policy_changelist"),
            (_("Versions"), "difference", "admin:orgs_policyversion_changelist"),
            (_("Attachments"), "attach_file", "admin:orgs_attachment_changelist"),
            (_("Policy types"), "toggle_on", "admin:orgs_rootpolicytype_changelist"),
            (_("Dry runs"), "science", "admin:orgs_dryrunconfiguration_changelist"),
            (_("Findings"), "rule", "admin:orgs_dryrunrecord_changelist"),
        ),
        _group(
            here,
            _("Coming and going"),
            (_("Creations"), "add_circle", "admin:orgs_creationrequest_changelist"),
            (_("Invitations"), "mail", "admin:orgs_invitation_changelist"),
            (_("Closings"), "cancel", "admin:orgs_closingrequest_changelist"),
            (_("Departures"), "logout", "admin:orgs_departure_changelist"),
            (_("Agencies"), "handshake", "admin:orgs_agency_changelist"),
        ),
        _group(
            here,
            _("Services"),
            (_("Trusted services"), "verified", "admin:orgs_trustedservice_changelist"),
            (
                _("Delegated administrators"),
                "supervisor_account",
                "admin:orgs_delegatedadministrator_changelist",
            ),
        ),
        _group(
            here,
            _("Access"),
            (_("Users"), "person", "admin:orgs_user_changelist"),
            (_("Access keys"), "key", "admin:orgs_accesskey_changelist"),
        ),
        _group(
            here,
            _("Catalogues"),
            (_("Integrable services"), "extension", "admin:orgs_integrableservice_changelist"),
            (_("Tag policy services"), "label", "admin:orgs_tagpolicyservice_changelist"),
        ),
        _group(
            here,
            _("Care"),
            (_("Events"), "history", "admin:orgs_event_changelist"),
            (_("Refused calls"), "block", "admin:orgs_recordedcall_changelist"),
            (_("Subscriptions"), "notifications", "admin:orgs_subscription_changelist"),
            (_("Deliveries"), "outbox", "admin:orgs_delivery_changelist"),
            (_("Jobs"), "pending_actions", "admin:orgs_job_changelist"),
            (_("Job health"), "monitor_heart", "admin:job_health"),
            (_("Integrity"), "verified", "admin:integrity"),
            (_("Key ring"), "encrypted", "admin:key_ring"),
            (_("Runs of care"), "fact_check", "admin:orgs_carerun_changelist"),
        ),
    ]


def _group(here: str, title: Any, *items: tuple[Any, str, str]) -> dict[str, Any]:
    """Items under a heading; the pages of a row and what is done with it belong to its list.

    What Unfold's templates ask for has a name here even where it is nothing: Django looks everywhere for a
    name that is not there, which was some 1 ms of the 14 of a page.
    """
    return {
        "title": title,
        **dict.fromkeys(("collapsible", "separator")),
        "items": [
            {
                "title": label,
                "icon": icon,
                "link": reverse(name),
                **dict.fromkeys(("link_callback", "link_attrs", "icon_template")),
                "active": here.startswith(name.removesuffix("changelist")),
            }
            for label, icon, name in items
        ],
    }
