"""Before an account is removed or closed: every blocker with a way out, every consequence, the budgets."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs.models import Account, AccountStatus, ClosingRequest
from orgs.operations.creations import create_account
from orgs.operations.tags import tag_resource
from tests.console.conftest import signed_in
from tests.console.htmx import DIALOG
from tests.console.reading import read
from tests.digest import digest_of_database
from tests.factories import AccountFactory


@pytest.fixture
def made(company, manager, run_jobs) -> Account:
    """A created account as the service makes it, with its agencies."""
    create_account(actor=manager, name="brand-new", tags=[("team", "a")])
    run_jobs()
    return Account.objects.get(name="brand-new")


def make_full(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(
        is_converted=True, created_at=timezone.now() - timedelta(days=8)
    )


def at(account: Account, act: str) -> str:
    return f"/accounts/{account.pk}/{act}/"


def test_r_org_13_what_is_in_the_way_of_removing_and_what_to_do(administrator, made):
    page = read(administrator.get(at(made, "remove")))

    assert page.text("h1") == ["Remove brand-new from the organization?"]
    (blockers,) = page.text("ul", id="blockers")
    old_enough = made.created_at + timedelta(days=7)
    assert blockers == (
        "brand-new cannot stand alone yet. A created account has to be older than 7 days and to have"
        " been made a full account. Ask an operator of this installation to make it a full account."
        f" It is old enough at {old_enough:%Y-%m-%d %H:%M} UTC. Close it instead"
    ).replace("account. Ask", "account.Ask")
    (button,) = page.attributes("button", class_="danger")
    assert "disabled" in button
    assert button["aria-describedby"] == "blockers"
    assert at(made, "close") in [a["href"] for a in page.attributes("a")]


def test_r_org_16_what_removing_means(administrator, made):
    make_full(made)

    page = read(administrator.get(at(made, "remove")))

    (meaning,) = page.text("ul", class_="lines")
    for said in (
        "Its 1 tag in this organization is deleted.",
        "Policies of the organization no longer apply",
        "ServiceLinkedAgencyForOrganizations",
        "Its account-access agency OrganizationAccountAccessAgency stays: this management account",
    ):
        assert said in meaning
    assert page.text("dl", class_="allowances") == ["Removed in the last 24 hours0 of 5, 5 left"]
    assert "disabled" not in page.attributes("button", class_="danger")[0]


def test_an_account_is_removed(administrator, made):
    make_full(made)

    answer = administrator.post(at(made, "remove"))

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/former/")
    made.refresh_from_db()
    assert made.stands_alone
    page = read(administrator.get(answer["Location"]))
    assert page.text("div", id="toasts") == ["brand-new is removed; it stands alone now."]
    assert page.text("tr")[1].startswith("brand-new")


def test_an_account_removed_over_the_tree_leaves_its_unit_there(company, administrator):
    make_full(company.member)

    answer = administrator.post(
        at(company.member, "remove"),
        headers=DIALOG
        | {"HX-Current-URL": f"http://testserver/structure/accounts/{company.member.pk}/"},
    )

    assert answer["HX-Retarget"] == "#detail"
    assert read(answer).text("h1") == ["Workloads"]
    assert "structure-changed" in answer["HX-Trigger-After-Settle"]


def test_r_acc_41_when_the_next_one_can_be_removed(company, administrator, settings):
    settings.REMOVALS = 1
    other = AccountFactory(member_of=company.member.unit)
    make_full(company.member)
    make_full(other)
    administrator.post(at(other, "remove"))

    page = read(administrator.get(at(company.member, "remove")))

    free_at = company.organization.departures.get().departed_at + timedelta(days=1)
    when = f"at {free_at:%Y-%m-%d %H:%M} UTC"
    assert page.text("ul", id="blockers") == [
        f"At most 1 accounts can be removed in 24 hours. The next one can go {when}."
        "Wait until then. Nothing else has to be done."
    ]
    assert page.text("dl", class_="allowances") == [
        f"Removed in the last 24 hours1 of 1, the next one {when}"
    ]


def test_r_con_4_closing_asks_for_the_name(company, administrator, made):
    page = read(administrator.get(at(made, "close")))
    assert page.text("label", for_="id_confirmation") == ["Type brand-new to confirm"]
    before = digest_of_database()

    for typed in ("", "Brand-New", "brand-new2"):
        answer = administrator.post(at(made, "close"), {"confirmation": typed})
        assert answer.status_code == 422
        assert read(answer).text("p", id="id_confirmation_error") == [
            "This is not the name of the account."
        ]
    assert digest_of_database() == before

    answer = administrator.post(at(made, "close"), {"confirmation": "brand-new"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/closings/")
    assert ClosingRequest.objects.get().account == made
    made.refresh_from_db()
    assert made.status == AccountStatus.PENDING_CLOSURE


def test_r_clo_10_to_12_what_closing_means(administrator, made):
    page = read(administrator.get(at(made, "close")))

    (meaning,) = page.text("ul", class_="lines")
    for said in (
        "Nothing undoes it: what is in the account is deleted.",
        "At once its users and keys are refused: 0 users, 0 access keys.",
        "Closed, it stays listed at its place for 90 days",
        "Its name is never used again",
    ):
        assert said in meaning
    assert page.text("dl", class_="allowances") == [
        "Closed in the last 30 days0 of 10, 10 leftBeing closed now0 of 3, 3 left"
    ]


def test_r_clo_2_to_8_what_is_in_the_way_of_closing(company, administrator, settings):
    settings.UNPAID_RESOURCES = "tests.orgs.queries.test_departures.is_unpaid"
    settings.CLOSINGS_AT_ONCE = 0
    make_full(company.member)

    page = read(administrator.get(at(company.member, "close")))

    (blockers,) = page.text("ul", id="blockers")
    for said in (
        "only created accounts can be closed.It belongs to itself and can only be removed.",
        "has unpaid resources.Have everything paid first, then come back.",
        "The next one can begin as soon as one of them ends.Wait until then.",
    ):
        assert said in blockers
    assert page.attributes("input", name="confirmation") == []
    before = digest_of_database()
    answer = administrator.post(at(company.member, "close"), {"confirmation": company.member.name})
    assert answer.status_code == 409
    assert digest_of_database() == before


@pytest.mark.parametrize("act", ["remove", "close"])
def test_the_management_account_stays(company, administrator, act):
    page = read(administrator.get(at(company.organization.management_account, act)))

    assert "It goes only with the organization" in page.text("ul", id="blockers")[0]


@pytest.mark.parametrize("act", ["remove", "close"])
def test_an_account_that_is_being_closed_leads_to_its_request(administrator, made, act):
    administrator.post(at(made, "close"), {"confirmation": "brand-new"})

    page = read(administrator.get(at(made, act)))

    assert "Closing requests" in page.text("ul", id="blockers")[0]
    assert "/accounts/closings/" in [a["href"] for a in page.attributes("a")]


@pytest.mark.parametrize("act", ["remove", "close"])
def test_a_reader_sees_it_all_and_why_the_button_is_off(company, made, act):
    make_full(made)
    client = signed_in(company.reader)

    page = read(client.get(at(made, act)))

    assert "You are signed in as a reader" in page.text("p", id="why-off")[0]
    (button,) = page.attributes("button", class_="danger")
    assert "disabled" in button
    before = digest_of_database()
    assert client.post(at(made, act), {"confirmation": "brand-new"}).status_code == 403
    assert digest_of_database() == before
    assert signed_in(company.member_user).get(at(made, act)).status_code == 403


def offered(response) -> dict[str, bool]:
    """What the panel offers, and whether it is on."""
    page = read(response)
    (block,) = page.text("div", class_="offers")
    links = page.text("a", class_="button")
    return {name: name in links for name in ("Remove", "Close") if name in block}


def test_r_con_2_close_is_offered_for_created_accounts_and_remove_for_those_that_may_go(
    company, administrator, made
):
    url = f"/structure/accounts/{made.pk}/"
    assert offered(administrator.get(url)) == {"Remove": False, "Close": True}
    assert read(administrator.get(url)).text("div", id="why-not") == [
        "It cannot be removed yet. What is in the way"
    ]
    make_full(made)
    assert offered(administrator.get(url)) == {"Remove": True}
    reader = signed_in(company.reader).get(url)
    assert offered(reader) == {"Remove": False}
    assert "You are signed in as a reader" in read(reader).text("div", id="why-not")[0]
    manager = company.organization.management_account_id
    assert offered(administrator.get(f"/structure/accounts/{manager}/")) == {}


def test_r_con_2_the_list_offers_the_same(company, administrator, made):
    hrefs = [a["href"] for a in read(administrator.get("/accounts/")).attributes("a")]
    assert at(made, "close") in hrefs
    assert at(made, "remove") not in hrefs
    make_full(made)
    hrefs = [a["href"] for a in read(administrator.get("/accounts/")).attributes("a")]
    assert at(made, "close") not in hrefs
    assert at(made, "remove") in hrefs
    assert at(company.organization.management_account, "remove") not in hrefs
    readers = signed_in(company.reader).get("/accounts/").content.decode()
    assert "/remove/" not in readers
    assert "/close/" not in readers


def test_tags_that_would_go_are_counted(company, administrator, manager):
    make_full(company.member)
    tag_resource(actor=manager, resource_id=company.member.pk, tags=[("a", "1"), ("b", "2")])

    page = read(administrator.get(at(company.member, "remove")))

    assert (
        "All of its 2 tags in this organization are deleted." in page.text("ul", class_="lines")[0]
    )
