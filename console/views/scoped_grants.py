"""Who can do what where: the list of rights on units, granting them, changing and taking them back."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from console.forms.scoped_grants import GrantFilterForm, GrantForm, RightsForm
from console.middleware import ActorRequest
from console.rendering import address, page
from console.views.changes import Change, show_change
from orgs import errors, operations, queries
from orgs.models import Account
from orgs.permissions import SCOPED, Permission
from orgs.queries.scoped_grants import GrantRow, Grants

SECTION = "grants"
OWN_SECTION = "own_rights"


@require_GET
def scoped_grants(request: ActorRequest) -> HttpResponse:
    """The matrix: a row for each grantee and unit, a column for each right."""
    form = GrantFilterForm(request.GET)
    wanted = form.wanted()
    after = form.cleaned_data.get("after", "") if form.is_valid() else ""
    part = queries.scoped_grants.list_scoped_grants(actor=request.actor, only=wanted, after=after)
    context: dict[str, object] = {
        "form": form,
        "part": part,
        "columns": SCOPED,
        "why_not": why_not(request, part),
        "more": address(request, after=part.next) if part.next else "",
        "is_later_part": bool(after),
        "beginning": address(request, after=None),
        "is_filtered": any(request.GET.get(name) for name in ("name", "permission", "unit")),
        "permissions": part.permissions,
        "section": SECTION,
    }
    return page(request, "console/scoped_grants.html", context, fragment="grants-list")


@require_GET
def own_rights(request: ActorRequest) -> HttpResponse:
    """What who is signed in may do, where and until when."""
    if request.actor.organization_id is None:
        return redirect("create_organization")
    own = queries.scoped_grants.list_own_rights(actor=request.actor)
    context: dict[str, object] = {"own": own, "section": OWN_SECTION}
    return page(request, "console/own_rights.html", context, fragment="content")


@require_http_methods(["GET", "POST"])
def create_scoped_grant(request: ActorRequest) -> HttpResponse:
    """Rights for a user or an account, on a unit and everything below it."""
    policies = queries.scoped_grants.list_policies_to_name(actor=request.actor)
    if request.method == "GET":
        initial = {
            name: request.GET[name]
            for name in ("unit_id", "grantee", "kind")
            if name in request.GET
        }
        return show_form(request, GrantForm(initial=initial, policies=policies))
    form = GrantForm(request.POST, policies=policies)
    if form.is_valid():
        with form.keeps_refusals():
            grant = operations.scoped_grants.create_scoped_grant(
                actor=request.actor, **form.grant()
            )
            messages.success(
                request, _("%(name)s has the rights now.") % {"name": grant.grantee_name}
            )
            return redirect("scoped_grants")
    return show_form(request, form, status=form.status)


@require_http_methods(["GET", "POST"])
def update_scoped_grant(request: ActorRequest, grant_id: int) -> HttpResponse:
    """Other rights, other policies or another time; whose it is and where stay."""
    view, row = queries.scoped_grants.get_scoped_grant(actor=request.actor, grant_id=grant_id)
    policies = queries.scoped_grants.list_policies_to_name(actor=request.actor)
    if request.method == "GET":
        initial = {
            "permissions": [right.value for right in row.permissions],
            "policy_ids": [
                policy_id for policy_id, name, _kind in policies if name in row.policies
            ],
            "expires_at": row.expires_at,
        }
        form = RightsForm(initial=initial, policies=policies)
        return show_form(request, form, row=row, view=view)
    form = RightsForm(request.POST, policies=policies)
    if form.is_valid():
        with form.keeps_refusals():
            operations.scoped_grants.update_scoped_grant(
                actor=request.actor, grant_id=grant_id, **form.rights()
            )
            messages.success(
                request, _("The rights of %(name)s are saved.") % {"name": row.grantee}
            )
            return redirect("scoped_grants")
    return show_form(request, form, row=row, view=view, status=form.status)


@require_http_methods(["GET", "POST"])
def revoke_scoped_grant(request: ActorRequest, grant_id: int) -> HttpResponse:
    """First what goes, then the deed."""
    view, row = queries.scoped_grants.get_scoped_grant(actor=request.actor, grant_id=grant_id)
    if request.method == "POST":
        operations.scoped_grants.revoke_scoped_grant(actor=request.actor, grant_id=grant_id)
        said = _("The rights of %(name)s on %(unit)s are taken back.")
        messages.success(request, said % {"name": row.grantee, "unit": row.path[-1]})
        return redirect("scoped_grants")
    change = Change(
        title=_("Take the rights of %(name)s on %(unit)s back?")
        % {"name": row.grantee, "unit": row.path[-1]},
        lead=_("The next request is judged without them. What was done with them stays done."),
        submit=_("Take back"),
        action=reverse("revoke_scoped_grant", args=[grant_id]),
        back=reverse("scoped_grants"),
        section=SECTION,
        why_not=why_not(request, view),
        about=tuple(str(right.label) for right in SCOPED if right in row.permissions),
        destroys=True,
    )
    return show_change(request, change, forms.Form())


@require_http_methods(["GET", "POST"])
def revoke_scoped_grants(request: ActorRequest) -> HttpResponse:
    """Everything from a user, or from an account and its users, at once."""
    account_id, username = request.GET.get("account", ""), request.GET.get("user", "")
    if not account_id and not username:
        raise errors.UserNotFound(username="")
    view, grantee = queries.scoped_grants.get_grantee(
        actor=request.actor, account_id=account_id, username=username
    )
    query = urlencode({"account": account_id} if account_id else {"user": username})
    if request.method == "POST":
        count = operations.scoped_grants.revoke_scoped_grants(
            actor=request.actor,
            account_id=account_id or None,
            username=None if account_id else username,
        )
        said = ngettext(
            "%(n)s grant of %(name)s is taken back.",
            "%(n)s grants of %(name)s are taken back.",
            count,
        )
        messages.success(request, said % {"n": count, "name": str(grantee)})
        return redirect("scoped_grants")
    lead = (
        _("Every right on units that the account and its users have goes, in one change.")
        if isinstance(grantee, Account)
        else _("Every right on units that the user has in person goes, in one change.")
    )
    change = Change(
        title=_("Take everything from %(name)s?") % {"name": str(grantee)},
        lead=lead,
        submit=_("Take everything back"),
        action=f"{reverse('revoke_scoped_grants')}?{query}",
        back=reverse("scoped_grants"),
        section=SECTION,
        why_not=why_not(request, view)
        or ("" if view.rows else _("There is nothing to take back.")),
        about=tuple(f"{row.grantee}: {' / '.join(row.path)}" for row in view.rows),
        destroys=True,
    )
    return show_change(request, change, forms.Form())


def show_form(
    request: ActorRequest,
    form: RightsForm,
    *,
    row: GrantRow | None = None,
    view: Grants | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form for a grant, or why there is none to send."""
    if view is None:
        view = queries.scoped_grants.list_scoped_grants(actor=request.actor, most=0)
    context: dict[str, object] = {
        "form": form,
        "row": row,
        "why_not": why_not(request, view),
        "permissions": view.permissions,
        "section": SECTION,
    }
    form.takes_the_keyboard()
    return page(request, "console/scoped_grant.html", context, fragment="content", status=status)


def why_not(request: ActorRequest, view: Grants) -> str:
    """Why the actor may not grant and take back, or nothing if it may."""
    if Permission.MANAGE_GRANTS in view.permissions:
        return ""
    if request.actor.account_id == view.organization.management_account_id:
        return _("You are signed in as a reader; administrators grant rights and take them back.")
    return _("Only the management account grants rights and takes them back.")
