"""From the invitation to leaving, and into an account and back, as people go through it in a browser."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from orgs import operations
from orgs.models import Account, Invitation, Organization, User
from orgs.operations.agencies import account_access_agency
from tests.console.conftest import signed_in
from tests.console.test_sign_in_in_browser import complaints, require_sound  # noqa: F401  (a fixture)
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "calm-banyan-shade-42"


@pytest.fixture
def inviter(transactional_db) -> Organization:
    cache.clear()
    organization = make_organization("harbour-group")[0]
    UnitFactory(parent=organization.root, name="Studios")
    yield organization
    cache.clear()


@pytest.fixture
def account(inviter) -> Account:
    made = AccountFactory(name="harbour-studio")
    make_administrator(made, username="owner")
    User.objects.filter(username="owner").update(password=make_password(PASSWORD))
    return made


@pytest.fixture
def invitation(inviter, account) -> Invitation:
    return operations.invitations.invite_account(
        actor=actor_for(inviter.management_account.users.get()),
        target_type="name",
        target=account.name,
        notes="Dear owner,\n\nplease join us.",
        tags=[("team", "studio")],
        destination_parent_id=inviter.units.get(name="Studios").pk,
    )


@pytest.fixture
def without_javascript(browser, live_server):
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    yield context.new_page()
    context.close()


def arrive(page: Page, base: str, path: str) -> None:
    """Follow the link of the e-mail: sign in, and be there."""
    page.goto(base + path)
    page.get_by_label("User name").fill("owner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Invitation to join harbour-group")


def come_in(page: Page, base: str, user: User) -> None:
    session = signed_in(user).cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": session, "url": base}])


def accept(page: Page) -> None:
    expect(page.get_by_text("please join us.")).to_be_visible()
    expect(page.get_by_text("It is placed in the unit Studios")).to_be_visible()
    page.get_by_role("link", name="Accept…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Join harbour-group?")
    page.get_by_role("button", name="Join the organization").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("harbour-studio")
    expect(page.get_by_role("status")).to_contain_text("a member of harbour-group now")
    expect(page.get_by_role("list", name="Path")).to_contain_text("Studios")


def decline(page: Page) -> None:
    page.get_by_role("link", name="Decline…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Decline the invitation of harbour-group?"
    )
    page.get_by_role("button", name="Decline for good").click()
    expect(page.get_by_text("Your account declined. That is final")).to_be_visible()
    expect(page.get_by_role("link", name="Accept…")).to_have_count(0)


def leave(page: Page) -> None:
    page.get_by_role("link", name="My account").click()
    page.get_by_role("link", name="Leave…").click()
    expect(page.get_by_text("Nothing stands in the way")).to_be_visible()
    page.get_by_label("Name of your account").fill("something else")
    page.get_by_role("button", name="Leave the organization").click()
    expect(page.get_by_text("This is not the name of your account.")).to_be_visible()
    page.get_by_label("Name of your account").fill("harbour-studio")
    page.get_by_role("button", name="Leave the organization").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Create your organization")


def test_an_invited_owner_reads_accepts_and_leaves(
    invitation,
    account,
    live_server,
    page,
    complaints,  # noqa: F811  (the fixture)
):
    arrive(page, live_server.url, f"/invitations/{invitation.pk}/")
    require_sound(page, complaints, "Invitation to join harbour-group")

    accept(page)
    require_sound(page, complaints, "harbour-studio")
    account.refresh_from_db()
    assert account.unit.name == "Studios"
    Account.objects.filter(pk=account.pk).update(created_at=timezone.now() - timedelta(days=30))
    leave(page)
    account.refresh_from_db()
    assert account.stands_alone


def test_an_invited_owner_declines(invitation, live_server, page, complaints):  # noqa: F811  (the fixture)
    arrive(page, live_server.url, f"/invitations/{invitation.pk}/")

    decline(page)

    require_sound(page, complaints, "Invitation to join harbour-group")
    invitation.refresh_from_db()
    assert invitation.state == "declined"


def test_accepting_and_leaving_without_javascript(
    invitation, account, live_server, without_javascript
):
    arrive(without_javascript, live_server.url, f"/invitations/{invitation.pk}/")

    without_javascript.get_by_role("link", name="Accept…").click()
    without_javascript.get_by_role("button", name="Join the organization").click()
    expect(without_javascript.get_by_role("heading", level=1)).to_have_text("harbour-studio")
    leave(without_javascript)

    account.refresh_from_db()
    assert account.stands_alone


def test_declining_without_javascript(invitation, live_server, without_javascript):
    arrive(without_javascript, live_server.url, f"/invitations/{invitation.pk}/")

    decline(without_javascript)

    invitation.refresh_from_db()
    assert invitation.state == "declined"


@pytest.fixture
def created(inviter) -> Account:
    made = AccountFactory(name="brand-new", member_of=inviter.root)
    account_access_agency(
        made,
        name="WayIn",
        management_account_id=inviter.management_account_id,
        now=timezone.now(),
    ).save()
    return made


def enter_and_go_back(page: Page, base: str, created: Account) -> None:
    page.goto(f"{base}/structure/accounts/{created.pk}/")
    page.get_by_role("link", name="Enter account").click()
    expect(page.get_by_text("You act in it as its administrator")).to_be_visible()
    page.get_by_role("button", name="Enter account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("brand-new")
    banner = page.get_by_role("region", name="You are in another account")
    expect(banner).to_contain_text("harbour-group")
    page.get_by_role("link", name="Activity").click()
    expect(banner).to_contain_text("brand-new")
    banner.get_by_role("button", name="Back to harbour-group").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("harbour-group")
    expect(banner).to_have_count(0)


def test_a_manager_enters_an_account_and_goes_back(
    inviter,
    created,
    live_server,
    page,
    complaints,  # noqa: F811  (the fixture)
):
    come_in(page, live_server.url, inviter.management_account.users.get())
    enter_and_go_back(page, live_server.url, created)

    page.goto(f"{live_server.url}/switch/{created.pk}/")
    page.get_by_role("button", name="Enter account").click()
    require_sound(page, complaints, "brand-new")
    page.goto(f"{live_server.url}/security/")
    require_sound(page, complaints, "Not while you are in another account")


def test_a_manager_enters_and_goes_back_without_javascript(
    inviter, created, live_server, without_javascript
):
    come_in(without_javascript, live_server.url, inviter.management_account.users.get())

    enter_and_go_back(without_javascript, live_server.url, created)
