"""How somebody protects the own sign-in: the page of it all, the password, the sessions."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console import sessions
from console.forms.security import PasswordForm
from console.middleware import ActorRequest
from console.rendering import page
from orgs import operations, queries


@require_GET
def security(request: ActorRequest) -> HttpResponse:
    """Password, second factor, recovery codes, sessions and access keys of the one who asks."""
    actor = request.actor
    context: dict[str, object] = {
        "second_factor": queries.second_factors.get_second_factor(actor=actor),
        "sessions": queries.sessions.list_sessions(
            actor=actor, session_key=request.session.session_key
        ),
        "access_keys": queries.access_keys.list_access_keys(actor=actor),
        "section": "security",
    }
    return page(request, "console/security.html", context, fragment="content")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def change_password(request: ActorRequest) -> HttpResponse:
    """Another password; everywhere else one has to sign in anew."""
    if request.method == "GET":
        return show_password(request, PasswordForm(user=request.user))
    form = PasswordForm(request.POST, user=request.user)
    if not form.is_valid():
        return show_password(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    user = operations.users.change_password(
        actor=request.actor,
        old_password=form.cleaned_data["old_password"],
        new_password=form.cleaned_data["new_password"],
        session_key=request.session.session_key,
    )
    update_session_auth_hash(request, user)
    sessions.note(request, now=True)  # its key is another now
    messages.success(request, _("Your password is changed. Your other sessions have ended."))
    return redirect("security")


def show_password(
    request: ActorRequest, form: PasswordForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """The form; a wrong password is typed anew."""
    context: dict[str, object] = {"form": form, "section": "security"}
    return page(request, "console/password.html", context, fragment="content", status=status)


@require_POST
def end_session(request: ActorRequest, session_id: int) -> HttpResponse:
    """Sign out somewhere else."""
    operations.sessions.end_session(actor=request.actor, session_id=session_id)
    messages.success(request, _("The session has ended."))
    return redirect("security")


@require_POST
def end_other_sessions(request: ActorRequest) -> HttpResponse:
    """Sign out everywhere else."""
    ended = operations.sessions.end_other_sessions(
        actor=request.actor, session_key=request.session.session_key or ""
    )
    said = ngettext("%(n)s other session has ended.", "%(n)s other sessions have ended.", ended)
    messages.success(request, said % {"n": ended})
    return redirect("security")
