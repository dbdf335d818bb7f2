"""The tabs beside the list of accounts: what they show, what is polled and when that ends."""

import re

import pytest

from orgs.models import Account, CreationRequest, Invitation
from orgs.operations.closings import close_account
from orgs.operations.creations import create_account, fail_creation
from orgs.operations.invitations import cancel_invitation, invite_account
from orgs.queries import comings_and_goings
from tests.console.conftest import signed_in
from tests.console.growing import add_comings_and_goings
from tests.console.htmx import targeting
from tests.console.reading import Page, read
from tests.factories import AccountFactory

TABS = {
    "/accounts/invitations/": "Invitations",
    "/accounts/creations/": "Creation requests",
    "/accounts/closings/": "Closing requests",
    "/accounts/former/": "Former members",
}
RUNNING = targeting("running")


def rows(page: Page) -> list[str]:
    return page.text("tr")[1:]


@pytest.mark.parametrize("url", TABS)
def test_each_tab_says_that_it_is_empty_and_counts_the_others(company, administrator, url):
    page = read(administrator.get(url))

    assert page.text("h1") == ["Accounts"]
    assert page.text("title") == [f"{TABS[url]} · Banyan"]
    assert len(page.text("div", class_="empty")) == 1
    tabs = page.attributes("a", aria_current="page")
    assert [a["href"] for a in tabs] == ["/accounts/", url]
    assert page.text("span", class_="tab-count") == ["2", "0", "0", "0", "0"]


@pytest.mark.parametrize("url", TABS)
def test_a_tab_is_for_those_who_see_the_structure(company, url):
    assert signed_in(company.member_user).get(url).status_code == 403
    page = read(signed_in(company.reader).get(url))
    assert [button["disabled"] for button in page.attributes("button", aria_describedby="why-not")]
    assert "You are signed in as a reader" in page.text("div", id="why-not")[0]


@pytest.mark.parametrize("url", TABS)
def test_a_tab_comes_in_parts_and_is_narrowed_by_state(company, administrator, url, monkeypatch):
    monkeypatch.setattr(comings_and_goings, "PART", 2)
    add_comings_and_goings(company.organization, company.member, each=6)

    page = read(administrator.get(url))
    seen = len(rows(page)) - 1
    while more := page.attributes("a", id="show-more"):
        answer = administrator.get(more[0]["hx-get"], headers=targeting("more"))
        assert "HX-Replace-Url" not in answer
        page = read(answer)
        seen += len([row for row in page.text("tr") if "Show 50 more" not in row])
    assert seen == 6 + 1  # and the line that says that it is the end

    answer = administrator.get(f"{url}?state=nothing")
    assert answer.status_code == 422
    assert "Select a valid choice" in answer.content.decode()
    assert administrator.get(f"{url}?after=nonsense").status_code == 422


def test_the_state_is_kept_in_the_address(company, administrator):
    answer = administrator.get(
        "/accounts/invitations/?state=pending", headers=targeting("requests")
    )

    assert answer.content.decode().lstrip().startswith('<div id="requests"')
    assert answer["HX-Replace-Url"] == "/accounts/invitations/?state=pending"
    assert "No invitation is in this state." in answer.content.decode()


def test_r_con_2_an_open_invitation_can_be_cancelled_and_sent_again(
    company, administrator, manager
):
    for name in ("north-office", "south-office"):
        AccountFactory(name=name)
        invite_account(actor=manager, target_type="name", target=name)
    gone, still_open = Invitation.objects.order_by("created_at")
    cancel_invitation(actor=manager, invitation_id=gone.pk)

    page = read(administrator.get("/accounts/invitations/"))

    hrefs = [a["href"] for a in page.attributes("a", class_="button")]
    assert [href for href in hrefs if "/invitations/" in (href or "")] == [
        f"/accounts/invitations/{still_open.pk}/resend/",
        f"/accounts/invitations/{still_open.pk}/cancel/",
    ]
    south, north = rows(page)
    assert south.startswith("south-office root Pending")
    assert "not mailed" in south
    assert north.startswith("north-office root Cancelled")
    readers = read(signed_in(company.reader).get("/accounts/invitations/"))
    assert "cancel" not in readers.text("table")[0].lower().replace("cancelled", "")


def test_an_account_that_was_named_by_its_id_is_shown_by_both(company, administrator, manager):
    invited = AccountFactory(name="by-its-id")
    invite_account(actor=manager, target_type="account", target=invited.pk)

    (row,) = rows(read(administrator.get("/accounts/invitations/")))

    assert row.replace("id invited", "idinvited").startswith(f"by-its-idinvited as {invited.pk}")


def test_r_acc_17_a_failed_creation_says_why(administrator, manager):
    request = create_account(actor=manager, name="never-made")
    fail_creation(request.pk, "INVALID_PHONE", "no such prefix")

    page = read(administrator.get("/accounts/creations/"))

    (row,) = rows(page)
    assert "FailedThe phone number was not accepted. no such prefix" in row
    assert page.attributes("tbody", id="running") == []
    assert page.text("p", role="status") == ["No account is being created now."]


def test_what_runs_is_polled_and_the_polling_ends_by_itself(administrator, manager, run_jobs):
    request = create_account(actor=manager, name="on-its-way")

    page = read(administrator.get("/accounts/creations/"))
    (body,) = page.attributes("tbody", id="running")
    assert body["hx-trigger"] == "every 2s"
    assert body["hx-get"] == f"/accounts/creations/?watch={request.pk}&ran=1"
    assert page.text("p", role="status") == ["1 account is being created."]
    assert page.text("noscript") == ["See how it stands now"]

    still = administrator.get(body["hx-get"], headers=RUNNING).content.decode()
    assert 'hx-trigger="every 2s"' in still
    assert "hx-swap-oob" not in still

    run_jobs()
    done = administrator.get(body["hx-get"], headers=RUNNING).content.decode()
    assert "hx-trigger" not in done
    assert re.search(r'hx-swap-oob="innerHTML:#running-status">\s*No account is being', done)
    made = Account.objects.get(name="on-its-way")
    assert f'href="/structure/accounts/{made.pk}/"' in done
    # Asked for as a page, the address is that of the list.
    assert read(administrator.get(body["hx-get"])).text("h1") == ["Accounts"]


def test_a_closing_is_polled_too(company, administrator, manager, run_jobs):
    close_account(actor=manager, account_id=company.member.pk)

    page = read(administrator.get("/accounts/closings/"))
    (body,) = page.attributes("tbody", id="running")
    assert rows(page)[0].startswith(f"{company.member.name} Being closed")
    run_jobs()
    done = administrator.get(body["hx-get"], headers=RUNNING)

    assert "hx-trigger" not in done.content.decode()
    assert "Closed" in read(done).text("tr")[0]


def test_polling_tells_nobody_elses_requests(company, administrator, manager):
    other = CreationRequest.objects.create(
        organization=company.organization, account_name="mine", created_at=company.member.created_at
    )
    answer = signed_in(company.member_user).get(
        f"/accounts/creations/?watch={other.pk}", headers=RUNNING
    )
    assert answer.status_code == 403
    assert "mine" not in answer.content.decode()


def test_r_org_18_former_members_lead_to_what_they_did(company, administrator):
    add_comings_and_goings(company.organization, company.member, each=1)

    page = read(administrator.get("/accounts/former/"))

    (row,) = rows(page)
    assert row.startswith("went-0")
    # Its membership went on since: it is a member to this day.
    assert "Member again" in row
    hrefs = [a["href"] for a in page.attributes("a")]
    assert f"/activity/?entity={company.member.pk}" in hrefs
