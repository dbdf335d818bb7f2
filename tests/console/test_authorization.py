"""T6 in the console: every page as every caller. What is shown or refused changes nothing."""

import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import ClassVar

import pytest
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from orgs import operations
from orgs.actor import Actor
from orgs.errors import OrgsError
from orgs.models import Account, AccountStatus, Invitation, Role, ScopedGrant, User
from orgs.operations.agencies import account_access_agency
from tests.authorization import CALLERS, GRANTEES
from tests.console.authorization import NO_ACCOUNT, SENT, SIGN_IN, SITE, TABLE
from tests.console.conftest import Company, make_company, signed_in
from tests.console.guardrails import FULL_ACCESS
from tests.console.pages import PAGES, address_of, routes
from tests.console.pages.policy_ids import of_policy
from tests.console.pages.row import Row
from tests.console.pages.visitors import delegated, visitor
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.orgs.admin.test_site import addresses
from tests.test_authorization import PASSWORD, a_session_of, give_rights, some_moves

pytestmark = pytest.mark.django_db

FORM = re.compile(r'<form\b[^>]*?method="post"(?:[^>]*?action="([^"]*)")?.*?</form>', re.DOTALL)
BUTTON = re.compile(r"<button\b[^>]*>")
LIST = re.compile(r"/operator/orgs/\w+/")
COLLEAGUE = "colleague-of-the-manager"  # whose doings only who sees everybody's reads of
PARTS = 3

# Posted to, these answer with a form.
ANSWERED_BY_A_FORM = {"move_accounts", "resource_tags"}
# Pages of what was done: whoever does not see everybody's sees its own.
OF_ACTIVITY = {"activity", "activity_csv", "activity_json", "refused_calls", "reads"}
# Pages in place of all others.
IN_PLACE = {
    "<h1>This user belongs to no account</h1>": NO_ACCOUNT,
    "<h1>Your account is being closed or is closed.</h1>": "CallerAccountClosed",
}
# To whom nothing of the company may show itself, whatever they ask for.
STRANGERS = {"operator", "outsider", "alone", "disabled", "removed", "nobody"}


@dataclass
class World:
    """A company with one of everything, where each page is in it, and a browser of each caller."""

    company: Company
    addresses: dict[str, str]
    fields: dict[str, str]  # what stands in what is sent for `{account}` and the like
    forms: set[str]  # the pages that take a form
    browsers: dict[str, Client]


def make_world() -> World:
    company = make_company()
    root, place = company.organization.root, company.member.unit
    manager = actor_for(company.administrator)
    long_ago = timezone.now() - timedelta(days=30)
    Account.objects.filter(pk=company.member.pk).update(created_at=long_ago)
    users = callers_of(company)  # before the type is on, which gives every account FullAccess
    (policy_id,) = of_policy(company)
    places = (place, UnitFactory(parent=root, name="Elsewhere"), place)
    for name, unit in zip(GRANTEES, places, strict=True):
        give_rights(manager, name, unit, policy_ids=[policy_id, FULL_ACCESS])
    ScopedGrant.objects.filter(user__username="grantee_expired").update(expires_at=timezone.now())
    special = addresses_of_targets(company, manager, policy_id)
    found = {
        name: special.get(name) or address_of(name, row, company) for name, row in PAGES.items()
    }
    colleague_does_something(company)
    browsers = browsers_of(users)
    return World(
        company,
        found,
        {"account": company.member.pk, "unit": place.pk, "policy": policy_id},
        {name for name in found if takes_a_form(browsers["manager"], found[name])},
        browsers,
    )


def callers_of(company: Company) -> dict[str, User | None]:
    """Everybody, as they were before some of them were closed, taken out or disabled; now that is done."""
    management, root = company.organization.management_account, company.organization.root
    suspended, removed = (AccountFactory(member_of=root) for _ in range(2))
    users = {
        "operator": User.objects.create_user("an-operator", is_staff=True),
        "manager": company.administrator,
        "reader": company.reader,
        "member": company.member_user,
        "delegated": delegated(company),
        "outsider": User.objects.get(pk=make_organization()[1].user_id),
        "alone": visitor(Row(who="invited"), company),
        "disabled": make_administrator(management, username="disabled"),
        "suspended": make_administrator(suspended),
        "removed": make_administrator(removed),
        "nobody": None,
        "member_reader": make_administrator(company.member, role=Role.READER),
    }
    for name in GRANTEES:
        users[name] = make_administrator(AccountFactory(member_of=root), username=name)
    company.others["grantee"] = users["grantee"]
    User.objects.filter(username="disabled").update(is_active=False)
    Account.objects.filter(pk=suspended.pk).update(status=AccountStatus.SUSPENDED)
    removed.agencies.all().delete()
    Account.objects.filter(pk=removed.pk).update(
        organization=None, unit=None, join_method=None, joined_at=None
    )
    return users


def browsers_of(users: dict[str, User | None]) -> dict[str, Client]:
    User.objects.update(password=make_password(PASSWORD))
    for user in users.values():
        if user is not None:
            user.refresh_from_db()  # a session holds for the password that it began with
    return {name: signed_in(user) if user else Client() for name, user in users.items()}


def colleague_does_something(company: Company) -> None:
    """One thing is done, one refused, one read, by an administrator who is none of the callers."""
    organization = company.organization
    colleague = make_administrator(organization.management_account, username=COLLEAGUE)
    actor = actor_for(colleague)
    operations.units.create_organizational_unit(
        actor=actor, parent_id=company.member.unit_id, name="Made by a colleague"
    )
    for is_refused, status in ((True, HTTPStatus.FORBIDDEN), (False, HTTPStatus.OK)):
        operations.bookkeeping.note_call(
            caller=actor,
            organization_id=organization.pk,
            operation="show_tree",
            status=status,
            is_refused=is_refused,
        )


def addresses_of_targets(company: Company, manager: Actor, policy_id: str) -> dict[str, str]:
    """Where the table wants another target than the one by which a page is looked at."""
    place, member = company.member.unit, company.member
    empty = UnitFactory(parent=place, name="Empty")
    way_in = account_access_agency(
        member,
        name="WayIn",
        management_account_id=company.organization.management_account_id,
        now=timezone.now(),
    )
    way_in.save()
    invitation = operations.invitations.invite_account(
        actor=manager,
        target_type="account",
        target=AccountFactory().pk,
        destination_parent_id=place.pk,
    )
    Invitation.objects.filter(pk=invitation.pk).update(
        created_at=timezone.now() - timedelta(days=1)
    )
    moves = some_moves(place, manager)
    session = UserSession.objects.get(session_key=a_session_of(manager))
    targets: dict[str, list[object]] = {
        "delete_agency": [way_in.pk],
        "enter_account": [member.pk],
        "move_unit": [empty.pk],
        "delete_unit": [empty.pk],
        # Without guardrails that bind the callers themselves.
        "unit": [place.pk],
        "account": [member.pk],
        "attach_here": [place.pk],
        "set_attachments": [place.pk],
        "detach_here": [place.pk, policy_id],
        "cancel_invitation": [invitation.pk],
        "resend_invitation": [invitation.pk],
        "undo_move_of_accounts": [moves["accounts"]],
        "undo_move_of_unit": [moves["unit"]],
        # One that no other organization has: their numbers begin with 1 as well.
        "event": [moves["unit"]],
        "end_session": [session.pk],
    }
    found = {name: reverse(name, args=ids) for name, ids in targets.items()}
    compared = reverse("compare_versions", args=[policy_id]) + "?version=2&against=1"
    return found | {"compare_versions": compared}


def takes_a_form(browser: Client, address: str) -> bool:
    allowed = browser.options(address).get("Allow", "")
    return {"GET", "POST"} <= set(allowed.split(", "))


class Heard:
    """Middleware that keeps in mind which refusals the views have met."""

    refusals: ClassVar[list[str]] = []

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, _request, error):
        if isinstance(error, OrgsError):
            self.refusals.append(type(error).__name__)


@pytest.fixture
def heard(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Heard"]
    settings.MAILS_ARE_SENT = True


@dataclass
class Answer:
    """What a page answered, and what the table calls that."""

    status: int
    location: str
    text: str
    is_told_off: bool  # by a message on the page that it leads to
    outcome: str = ""


def answer_of(world: World, caller: str, name: str) -> Answer:
    """What a page answers a caller. What was done is taken back."""
    Heard.refusals.clear()
    browser, address = world.browsers[caller], world.addresses[name]
    if name not in SENT:
        return answered(browser.get(address), world, name)
    sent = {
        field: world.fields.get(value.strip("{}"), value) for field, value in SENT[name].items()
    }
    with transaction.atomic():
        answer = answered(browser.post(address, sent), world, name)
        transaction.set_rollback(answer.outcome == "ok")
    return answer


def answered(response, world: World, name: str) -> Answer:
    location = response.headers.get("Location", "")
    told = [message.level for message in get_messages(response.wsgi_request)]
    text = response.getvalue().decode()
    answer = Answer(response.status_code, location, text, messages.ERROR in told)
    answer.outcome = called(answer, world, name)
    return answer


def called(answer: Answer, world: World, name: str) -> str:
    if Heard.refusals:
        return Heard.refusals[0]
    if answer.location:
        return "off" if answer.is_told_off else led_to(answer.location, name)
    if answer.status == HTTPStatus.OK:
        return called_page(answer, world, name)
    return next(
        (word for said, word in IN_PLACE.items() if said in answer.text), str(answer.status)
    )


def called_page(answer: Answer, world: World, name: str) -> str:
    if name in OF_ACTIVITY:
        return "shown" if COLLEAGUE in answer.text else "own"
    if name in world.forms | ANSWERED_BY_A_FORM and not can_be_sent(answer, world, name):
        return "off"
    return "ok" if name in SENT else "shown"


def led_to(location: str, name: str) -> str:
    found = resolve(location.partition("?")[0]).view_name
    if found == "account_login":
        return SIGN_IN
    return "ok" if name in SENT else f"to {found}"


def can_be_sent(answer: Answer, world: World, name: str) -> bool:
    """Whether a form of this page has a button that is on."""
    path = world.addresses[name].partition("?")[0]
    return any(
        "disabled" not in button and "unseen" not in button
        for form in FORM.finditer(answer.text)
        if (form[1] or path).partition("?")[0] == path
        for button in BUTTON.findall(form[0])
    )


def test_the_table_of_pages_has_a_row_for_every_route():
    assert set(TABLE) == routes() | {SITE}
    assert set(SENT) < routes()


def test_what_is_sent_is_for_the_pages_that_are_never_only_looked_at(heard):
    world = make_world()

    looked_at = {
        name
        for name in SENT
        if world.browsers["manager"].get(world.addresses[name]).status_code
        != HTTPStatus.METHOD_NOT_ALLOWED
    }

    assert looked_at == set()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_answers_every_caller_as_the_table_says(part, heard):
    world = make_world()
    callers = CALLERS[part::PARTS]
    outcomes, changed, told = {name: {} for name in PAGES}, [], []
    hidden = (world.company.member.name, COLLEAGUE)

    for caller in callers:
        with transaction.atomic():
            before = digest_of_database()
            for name in PAGES:
                answer = answer_of(world, caller, name)
                outcomes[name][caller] = answer.outcome
                if caller in STRANGERS and any(one in answer.text for one in hidden):
                    told.append((caller, name))
            if digest_of_database() != before:
                changed.append(caller)
            transaction.set_rollback(True)  # nobody hears of what another did

    assert outcomes == {name: {one: TABLE[name][one] for one in callers} for name in PAGES}
    assert changed == []
    assert told == []


def test_the_operators_site_answers_every_caller_as_the_table_says(heard):
    browsers = make_world().browsers
    lists = [path for path in addresses() if LIST.fullmatch(path)]
    before = digest_of_database()

    outcomes = {
        caller: {site_answer(browsers[caller].get(path, follow=True)) for path in lists}
        for caller in CALLERS
    }

    assert lists
    assert outcomes == {caller: {TABLE[SITE][caller]} for caller in CALLERS}
    assert digest_of_database() == before


def site_answer(response) -> str:
    """The last of where it led: who comes without a right is sent through the site's own door."""
    if response.redirect_chain and response.redirect_chain[-1][0].startswith(
        reverse("account_login")
    ):
        return SIGN_IN
    return "shown" if response.status_code == HTTPStatus.OK else str(response.status_code)
