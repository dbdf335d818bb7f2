"""An authenticator app as second factor, and recovery codes for when it is lost."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from console.authentication import password_again
from console.forms.security import AppCodeForm, RecoveryCodesFileForm
from console.middleware import ActorRequest
from console.qr_code import qr_code
from console.rendering import page
from orgs import operations, queries, second_factor

WAITING_SECRET = "second_factor_secret"  # noqa: S105  (where the session keeps it, sealed)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
@password_again
def add_second_factor(request: ActorRequest) -> HttpResponse:
    """A secret for the app; and once a code shows that the app has it, the recovery codes."""
    if queries.second_factors.get_second_factor(actor=request.actor) is not None:
        return redirect("security")
    secret = waiting_secret(request)
    if request.method == "GET":
        return show_secret(request, AppCodeForm(secret=secret))
    form = AppCodeForm(request.POST, secret=secret)
    if not form.is_valid():
        return show_secret(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    codes = operations.second_factors.add_second_factor(
        actor=request.actor, secret=secret, code=form.cleaned_data["code"]
    )
    del request.session[WAITING_SECRET]
    return show_codes(request, codes, title=_("Your sign-in has a second factor"))


@never_cache
@require_http_methods(["GET", "POST"])
@password_again
def remove_second_factor(request: ActorRequest) -> HttpResponse:
    """Back to the password alone."""
    if queries.second_factors.get_second_factor(actor=request.actor) is None:
        return redirect("security")
    if request.method == "GET":
        context: dict[str, object] = {"section": "security"}
        return page(request, "console/second_factor_remove.html", context, fragment="content")
    operations.second_factors.remove_second_factor(
        actor=request.actor, username=request.actor.username
    )
    messages.success(request, _("The second factor is removed. Your password is enough again."))
    return redirect("security")


@never_cache
@require_http_methods(["GET", "POST"])
@password_again
def renew_recovery_codes(request: ActorRequest) -> HttpResponse:
    """Other recovery codes in place of the present ones."""
    present = queries.second_factors.get_second_factor(actor=request.actor)
    if present is None:
        return redirect("security")
    if request.method == "GET":
        context: dict[str, object] = {"second_factor": present, "section": "security"}
        return page(request, "console/recovery_codes_renew.html", context, fragment="content")
    codes = operations.second_factors.renew_recovery_codes(actor=request.actor)
    return show_codes(request, codes, title=_("Your new recovery codes"))


@sensitive_post_parameters()
@never_cache
@require_POST
def recovery_codes_file(request: ActorRequest) -> HttpResponse:
    """The codes that the page shows, as a file. Nothing here knows them but that page."""
    form = RecoveryCodesFileForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    heading = _("Recovery codes of %(name)s for Banyan. Each works once.") % {
        "name": request.actor.username
    }
    lines = [heading, "", *form.cleaned_data["codes"], ""]
    headers = {"Content-Disposition": 'attachment; filename="banyan-recovery-codes.txt"'}
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8", headers=headers)


def waiting_secret(request: ActorRequest) -> str:
    """The secret that the app is being given: one until it is confirmed, sealed in the session."""
    sealed = request.session.get(WAITING_SECRET)
    if sealed is not None:
        return second_factor.unseal_secret(sealed, user_id=request.user.pk)
    secret = second_factor.new_secret()
    request.session[WAITING_SECRET] = second_factor.seal_secret(secret, user_id=request.user.pk)
    return secret


def show_secret(
    request: ActorRequest, form: AppCodeForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """The secret as a picture and as text, and a field for the code."""
    url = second_factor.SealingAdapter().build_totp_url(request.user, form.secret)
    context: dict[str, object] = {"form": form, "qr_code": qr_code(url), "section": "security"}
    return page(
        request, "console/second_factor_add.html", context, fragment="content", status=status
    )


def show_codes(request: ActorRequest, codes: list[str], *, title: str) -> HttpResponse:
    """The recovery codes, this once."""
    context: dict[str, object] = {
        "title": title,
        "codes": codes,
        "together": "\n".join(codes),
        "section": "security",
    }
    return page(request, "console/recovery_codes.html", context, fragment="content")
