"""The users of the own account: added, disabled and enabled, given roles and passwords; their keys."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.forms.users import NewUserForm, RoleForm
from console.middleware import ActorRequest
from console.rendering import page
from console.views.changes import Change, show_change
from orgs import identifiers, operations, queries
from orgs.models import Role
from orgs.queries.users import UserRow

SECTION = "users"


@require_GET
def users(request: ActorRequest) -> HttpResponse:
    """Everybody who signs in to the account."""
    context: dict[str, object] = {
        "users": queries.users.list_users(actor=request.actor),
        "why_not": why_not(request),
        "section": SECTION,
    }
    return page(request, "console/users.html", context, fragment="content")


@never_cache
@require_http_methods(["GET", "POST"])
def create_user(request: ActorRequest) -> HttpResponse:
    """Somebody more; the password is on the page that answers, and nowhere afterwards."""
    if request.method == "GET":
        return show_new(request, NewUserForm())
    form = NewUserForm(request.POST)
    if form.is_valid():
        password = identifiers.new_password()
        with form.keeps_refusals():
            made = operations.users.create_user(
                actor=request.actor,
                account_id=request.actor.account_id or "",
                username=form.cleaned_data["username"],
                role=Role(form.cleaned_data["role"]),
                password=password,
            )
            return show_password(request, made.pk, made.username, password)
    return show_new(request, form, status=form.status)


@require_GET
def user(request: ActorRequest, user_id: int) -> HttpResponse:
    """One user, and the keys."""
    row, keys = queries.users.get_user(actor=request.actor, user_id=user_id)
    context: dict[str, object] = {
        "row": row,
        "access_keys": keys,
        "form": RoleForm(initial={"role": row.role}),
        "why_not": why_not(request),
        "why_not_role": why_not(request) or why_kept(row),
        "why_not_disable": why_not(request) or why_not_disable(row),
        "why_not_password": why_not(request) or why_not_password(row),
        "section": SECTION,
    }
    return page(request, "console/user.html", context, fragment="content")


@require_POST
def change_role(request: ActorRequest, user_id: int) -> HttpResponse:
    """Another role, from the next request on."""
    row, _keys = queries.users.get_user(actor=request.actor, user_id=user_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    role = Role(form.cleaned_data["role"])
    operations.users.update_user(actor=request.actor, username=row.username, role=role)
    said = _("%(name)s is %(role)s now.") % {"name": row.username, "role": role.label}
    messages.success(request, said)
    return redirect("user", user_id) if role == Role.ADMINISTRATOR else redirect("users")


@require_http_methods(["GET", "POST"])
def switch_user(request: ActorRequest, user_id: int) -> HttpResponse:
    """Disable a user, after what it means was said, or enable one again."""
    row, _keys = queries.users.get_user(actor=request.actor, user_id=user_id)
    if request.method == "POST":
        wanted = request.POST.get("is_active")
        if wanted not in {"0", "1"}:
            return HttpResponseBadRequest()
        operations.users.update_user(
            actor=request.actor, username=row.username, is_active=wanted == "1"
        )
        said = _("%(name)s is enabled.") if wanted == "1" else _("%(name)s is disabled.")
        messages.success(request, said % {"name": row.username})
        return redirect("user", user_id)
    change = Change(
        title=_("Disable %(name)s?") % {"name": row.username},
        lead=_(
            "All sessions end at once, and access keys are refused from the next request on."
            " Rights on units that were granted in person end for good."
        ),
        submit=_("Disable"),
        action=reverse("switch_user", args=[user_id]),
        back=reverse("user", args=[user_id]),
        section=SECTION,
        why_not=why_not(request) or why_not_disable(row),
        hidden=(("is_active", "0"),),
        destroys=True,
    )
    return show_change(request, change, forms.Form())


@never_cache
@require_http_methods(["GET", "POST"])
def reset_password(request: ActorRequest, user_id: int) -> HttpResponse:
    """First what it means, then a password that is on the page that answers."""
    row, _keys = queries.users.get_user(actor=request.actor, user_id=user_id)
    if request.method == "POST":
        _user, password = operations.users.reset_password(
            actor=request.actor, username=row.username
        )
        return show_password(request, user_id, row.username, password)
    change = Change(
        title=_("Reset the password of %(name)s?") % {"name": row.username},
        lead=_(
            "A new password is made and shown to you once. All sessions of the user end;"
            " its second factor stays."
        ),
        submit=_("Reset password"),
        action=reverse("reset_password", args=[user_id]),
        back=reverse("user", args=[user_id]),
        section=SECTION,
        why_not=why_not(request) or why_not_password(row),
    )
    # The answer is a page of its own, which no dialog holds.
    return show_change(request, change, forms.Form())


@require_POST
def switch_users_key(request: ActorRequest, user_id: int, access_key_id: str) -> HttpResponse:
    """Disable a key of a user, or enable it again."""
    wanted = request.POST.get("is_active")
    if wanted not in {"0", "1"}:
        return HttpResponseBadRequest()
    operations.access_keys.update_access_key(
        actor=request.actor, access_key_id=access_key_id, is_active=wanted == "1"
    )
    said = (
        _("Access key %(id)s is enabled.") if wanted == "1" else _("Access key %(id)s is disabled.")
    )
    messages.success(request, said % {"id": access_key_id})
    return redirect("user", user_id)


def show_new(
    request: ActorRequest, form: NewUserForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """The form for a new user, or why there is none to send."""
    form.takes_the_keyboard()
    change = Change(
        title=_("Add a user"),
        lead=_(
            "A password is made and shown to you once; hand it over, it can be changed at once."
        ),
        submit=_("Add user"),
        action=reverse("create_user"),
        back=reverse("users"),
        section=SECTION,
        why_not=why_not(request),
    )
    return show_change(request, change, form, status=status)


def show_password(
    request: ActorRequest, user_id: int, username: str, password: str
) -> HttpResponse:
    """The password, this once."""
    context: dict[str, object] = {
        "user_id": user_id,
        "username": username,
        "password": password,
        "section": SECTION,
    }
    return page(request, "console/user_password.html", context, fragment="content")


def why_not(request: ActorRequest) -> str:
    """Why the actor may not change users, or nothing if it may."""
    if request.role == Role.ADMINISTRATOR:
        return ""
    return _("You are signed in as a reader; administrators of the account manage its users.")


def why_kept(row: UserRow) -> str:
    """Why the role has to stay, or nothing if it can be another."""
    if not row.is_last_administrator:
        return ""
    return _("This is the last active administrator of the account. Make another one first.")


def why_not_disable(row: UserRow) -> str:
    """Why the user cannot be disabled, or nothing if it can."""
    if row.is_oneself:
        return _("This is you; somebody else has to disable this user.")
    return why_kept(row)


def why_not_password(row: UserRow) -> str:
    """Why the password cannot be reset, or nothing if it can."""
    return _("This is you; change your own under Sign-in and keys.") if row.is_oneself else ""
