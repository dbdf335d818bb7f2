"""What people say of an account: its description."""

from http import HTTPStatus

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console import offers
from console.forms.descriptions import DescriptionForm
from console.middleware import ActorRequest
from console.views.changes import Change, show_change, show_changed
from orgs import operations, queries
from orgs.permissions import Permission


@require_http_methods(["GET", "POST"])
def describe_account(request: ActorRequest, account_id: str) -> HttpResponse:
    """Another description for an account, or none."""
    if request.method == "GET":
        return show_description(request, account_id)
    form = DescriptionForm(request.POST)
    if not form.is_valid():
        return show_description(request, account_id, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    account = operations.accounts.update_account(
        actor=request.actor,
        account_id=account_id,
        description=form.cleaned_data["description"],
    )
    said = _("The description of %(name)s is saved.") % {"name": account.name}
    return show_changed(request, account_id=account.pk, said=said)


def show_description(
    request: ActorRequest,
    account_id: str,
    form: DescriptionForm | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form with the description there is, or with the one that was typed."""
    place = queries.structure.get_account(
        actor=request.actor, account_id=account_id, with_tree=False
    )
    change = Change(
        title=_("Describe %(name)s") % {"name": place.node.name},
        submit=_("Save description"),
        action=reverse("describe_account", args=[account_id]),
        back=reverse("account", args=[account_id]),
        why_not=offers.why_not(request, place, Permission.UPDATE_ACCOUNT),
    )
    if form is None:
        present = place.account.description if place.account else ""
        form = DescriptionForm(initial={"description": present})
    return show_change(request, change, form, status=status)
