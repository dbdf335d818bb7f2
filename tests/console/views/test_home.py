"""Where one arrives: the overview, and for whom it is not, another page."""

import pytest

from orgs import operations
from orgs.models import Account, AccountStatus, Organization, Role
from tests.console.conftest import HTMX, signed_in
from tests.console.growing import grow
from tests.console.reading import read
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)


def test_home_shows_the_management_account_the_overview(company):
    for user in (company.administrator, company.reader):
        page = read(signed_in(user).get("/"))

        assert page.text("h1") == [company.organization.name]
        assert page.text("title") == ["Overview · Banyan"]
        assert [a["href"] for a in page.attributes("a", aria_current="page")] == ["/"]
        assert page.text("span", class_="menu-count") == ["3", "2"]
        (numbers,) = page.text("dl", class_="numbers")
        assert numbers == "Accounts2 2 active Units1 Levels of units1 of 5 Tags0 0 keys"


def test_home_gives_htmx_the_content(administrator):
    answer = administrator.get("/", headers=HTMX)

    assert answer.content.decode().lstrip().startswith('<section class="listing overview"')


def test_home_leads_to_what_wants_attention(company, administrator):
    assert read(administrator.get("/")).text("ul", class_="lines")[0].startswith("Nothing:")
    unit = UnitFactory(parent=company.member.unit, name="Deserted")
    Account.objects.filter(pk=company.member.pk).update(status=AccountStatus.SUSPENDED)
    Organization.objects.filter(pk=company.organization.pk).update(account_quota=2)

    page = read(administrator.get("/"))

    (lines, _statuses) = page.text("ul", class_="lines")
    assert lines == (
        "The account quota is used up; an operator of the installation can raise it.All accounts"
        " 1 account is closed, and still listed.Show the closed ones"
        " 1 unit holds nothing: Deserted in Workloads"
    )
    hrefs = [a["href"] for a in page.attributes("a")]
    assert f"/structure/units/{unit.pk}/" in hrefs
    closed = administrator.get("/accounts/", {"status": "suspended"})
    assert "/accounts/?status=suspended" in hrefs
    assert company.member.name in closed.content.decode()


def test_home_shows_the_quotas_as_meters(company, administrator, settings):
    settings.ORGANIZATIONAL_UNIT_QUOTA = 1
    Organization.objects.filter(pk=company.organization.pk).update(account_quota=50)

    page = read(administrator.get("/"))

    assert page.text("div", class_="meters") == [
        "Accounts2 of 50 Set for this organization by an operator."
        " Units1 of 1 The same for every organization."
    ]
    meters = [svg["aria-label"] for svg in page.attributes("svg", role="img")]
    assert meters == ["4 % used", "100 % used"]
    assert [rect["width"] for rect in page.attributes("rect", class_="meter-used")] == ["4", "100"]
    assert page.attributes("div", class_="meter full") != []


def test_home_shows_the_last_changes_with_a_way_to_the_activity(company, administrator):
    actor = actor_for(company.administrator)
    unit = company.organization.units.get(name="Workloads")
    operations.units.update_organizational_unit(actor=actor, unit_id=unit.pk, name="Runtime")
    gone = operations.units.create_organizational_unit(actor=actor, parent_id=unit.pk, name="Gone")
    operations.units.delete_organizational_unit(actor=actor, unit_id=gone.pk)

    page = read(administrator.get("/"))

    (recent,) = page.text("ol", class_="lines recent")
    name = company.administrator.username
    assert recent.startswith(f"Unit deleted: Gone · by {name}")
    assert f"Unit renamed: Runtime · by {name}" in recent
    assert f"Organization created: {company.organization} and 2 more · by {name}" in recent
    assert len(page.attributes("a", href=f"/structure/units/{unit.pk}/")) == 1
    assert page.attributes("a", href=f"/structure/units/{gone.pk}/") == []
    assert page.text("a", href="/activity/") == ["Activity", "All activity"]


def test_home_shows_a_new_organization_its_first_steps(db):
    organization, actor = make_organization()
    root = organization.root.pk
    administrator = organization.management_account.users.get()

    page = read(signed_in(administrator).get("/"))

    assert page.text("h2")[0] == "First steps"
    hrefs = [a["href"] for a in page.attributes("a")]
    assert f"/structure/units/{root}/new/" in hrefs
    assert f"/structure/units/{root}/tags/" in hrefs
    operations.units.create_organizational_unit(actor=actor, parent_id=root, name="Work")
    page = read(signed_in(administrator).get("/"))
    assert len(page.attributes("li", class_="done")) == 1
    operations.tags.tag_resource(actor=actor, resource_id=root, tags=[("owner", "us")])
    assert "First steps" not in read(signed_in(administrator).get("/")).text("h2")


def test_home_offers_a_reader_no_step_that_it_may_not_take(db):
    organization, _actor = make_organization()
    reader = make_administrator(organization.management_account, role=Role.READER)

    page = read(signed_in(reader).get("/"))

    hrefs = [str(a["href"]) for a in page.attributes("a")]
    # The page of all tags is in the navigation; steps lead to the tags of one place.
    steps = [href for href in hrefs if href.endswith(("/new/", "/tags/")) and href != "/tags/"]
    assert steps == []
    assert page.text("p", class_="hint box-foot") == [
        "Only administrators of the management account can take these steps."
    ]


@pytest.mark.parametrize(("units", "accounts"), [(5, 60), (300, 2_000)])
def test_home_takes_the_same_statements_at_any_size(db, units, accounts, django_assert_num_queries):
    organization, _actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    client = signed_in(organization.management_account.users.get())

    with django_assert_num_queries(7):  # session, user, grants, and the query's four
        client.get("/")


def test_home_leads_a_member_to_its_own_account(company):
    assert signed_in(company.member_user).get("/")["Location"] == "/account/"


def test_home_leads_an_account_that_stands_alone_to_create_an_organization(db):
    user = make_administrator(AccountFactory())

    assert signed_in(user).get("/")["Location"] == "/organization/new/"


@pytest.mark.parametrize("path", ["/", "/account/", "/structure/", "/theme/"])
def test_pages_answer_no_other_method(administrator, path):
    assert administrator.delete(path).status_code == 405


def test_r_quo_1_home_says_what_else_counts_against_the_account_quota(company, administrator):
    actor = actor_for(company.administrator)
    operations.creations.create_account(actor=actor, name="on-its-way")
    for number in range(2):
        name = AccountFactory(name=f"invited-{number}").name
        operations.invitations.invite_account(actor=actor, target_type="name", target=name)

    page = read(administrator.get("/"))

    assert "Accounts5 of 10" in page.text("p")
    assert "Of these 1 is being created, 2 are open invitations." in page.text("p", class_="hint")
    assert page.text("span", class_="menu-count") == ["3", "2"]
    (numbers,) = page.text("dl", class_="numbers")
    assert numbers.startswith("Accounts2 2 active")
