"""R-TS-7, R-DA, R-CON-3, R-CON-4: services and delegated administrators in the console."""

import pytest
from django.test import Client

from orgs import operations
from orgs.models import Account, AccountStatus, DelegatedAdministrator, TrustedService
from tests.console.conftest import signed_in
from tests.console.pages.visitors import delegated, trusted
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_organization

pytestmark = pytest.mark.django_db

CTS, AOM = "service.CTS", "service.AOM"
READER = "You are signed in as a reader; administrators"
NOT_ALLOWED = "Only the management account"


def enabled(company) -> list[str]:
    services = company.organization.trusted_services.order_by("service")
    return list(services.values_list("service", flat=True))


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_catalogue_says_how_each_service_stands(company, administrator):
    delegated(company)

    page = text_of(administrator.get("/services/"))

    assert "1 of 20 services are enabled" in page
    assert page.count('<span class="badge ok">Enabled</span>') == 1
    assert "Cloud Trace Service" in page


def test_another_organizations_services_are_not_shown(company, administrator):
    other = make_organization()[1]
    operations.trusted_services.enable_trusted_service(actor=other, service_principal=CTS)

    assert "0 of 20 services are enabled" in text_of(administrator.get("/services/"))


def test_enable_shows_what_it_means_and_then_is_done(company, administrator):
    page = text_of(administrator.get(f"/services/{CTS}/enable/"))
    assert "It may act in all 2 accounts of the organization" in page
    assert enabled(company) == []

    response = administrator.post(f"/services/{CTS}/enable/", follow=True)

    assert response.redirect_chain == [(f"/services/{CTS}/", 302)]
    assert "Cloud Trace Service is enabled." in text_of(response)
    assert enabled(company) == [CTS]


def test_enable_again_is_a_conflict_in_its_place(company, administrator):
    trusted(company, CTS)
    before = digest_of_database()

    response = administrator.post(f"/services/{CTS}/enable/")

    assert response.status_code == 409
    assert "Cloud Trace Service is enabled already." in text_of(response)
    assert digest_of_database() == before


def test_r_ts_7_r_con_4_disable_shows_the_note_and_asks_for_a_word(company, administrator):
    trusted(company, AOM)
    assert "Delete the multi-account instances in AOM" in text_of(
        administrator.get(f"/services/{AOM}/disable/")
    )
    before = digest_of_database()

    for typed in ("", "confirm", "Confirmed"):
        response = administrator.post(f"/services/{AOM}/disable/", {"confirmation": typed})
        assert response.status_code == 422
    assert digest_of_database() == before

    response = administrator.post(f"/services/{AOM}/disable/", {"confirmation": "Confirm"})
    assert response.status_code == 302
    assert enabled(company) == []


def test_r_ts_5_disable_is_off_while_there_are_delegated_administrators(company, administrator):
    delegated(company)
    page = text_of(administrator.get(f"/services/{CTS}/"))
    assert "To disable it, deregister its delegated administrators first." in page
    before = digest_of_database()

    response = administrator.post(f"/services/{CTS}/disable/", {"confirmation": "Confirm"})

    assert response.status_code == 409
    assert "security-tooling" in text_of(response)
    assert digest_of_database() == before


@pytest.mark.parametrize("called", ["name", "id"])
def test_register_takes_a_name_or_an_id(company, administrator, called):
    trusted(company, CTS)
    account = company.member.name.upper() if called == "name" else company.member.pk

    response = administrator.post(
        "/services/administrators/register/", {"account": account, "service": CTS}, follow=True
    )

    assert response.redirect_chain == [(f"/services/{CTS}/", 302)]
    held = DelegatedAdministrator.objects.values_list("account", "trusted_service__service")
    assert list(held) == [(company.member.pk, CTS)]


def test_what_is_refused_stands_at_its_field(company, administrator):
    delegated(company)
    closed = AccountFactory(member_of=company.organization.root, name="closed-one")
    Account.objects.filter(pk=closed.pk).update(status=AccountStatus.SUSPENDED)
    foreign = AccountFactory(member_of=make_organization()[0].root, name="foreign-one")
    before = digest_of_database()

    for account, status, said in (
        ("nobody-of-that-name", 422, "No account of the organization is called this."),
        (foreign.name, 422, "No account of the organization is called this."),
        (foreign.pk, 422, "No account of the organization is called this."),
        ("closed-one", 409, "closed-one is not active."),
        (company.organization.management_account.name, 409, "which needs no delegation"),
        ("security-tooling", 409, "is a delegated administrator of Cloud Trace Service already."),
    ):
        response = administrator.post(
            "/services/administrators/register/", {"account": account, "service": CTS}
        )
        assert (account, response.status_code) == (account, status)
        assert said in text_of(response), account
        assert 'id="id_account_error"' in text_of(response)

    assert digest_of_database() == before


def test_only_services_that_take_another_are_to_choose(company, administrator):
    for principal in (CTS, "service.COC", "service.CostCenter"):
        trusted(company, principal)
    operations.delegated_administrators.register_delegated_administrator(
        actor=actor_for(company.administrator),
        account_id=company.member.pk,
        service_principal="service.COC",
    )

    page = administrator.get("/services/administrators/register/").content.decode()

    choices = page.partition("<select")[2].partition("</select>")[0]
    assert [each.partition('"')[0] for each in choices.split('<option value="')[1:]] == [CTS]


def test_deregister_says_what_ends_and_ends_it(company, administrator):
    account_id = delegated(company).account_id
    address = f"/services/{CTS}/administrators/{account_id}/deregister/"
    assert "Its users see nothing of the organization but their own account" in text_of(
        administrator.get(address)
    )

    response = administrator.post(address, follow=True)

    assert "security-tooling does not administer Cloud Trace Service any more." in text_of(response)
    assert DelegatedAdministrator.objects.count() == 0
    assert administrator.get(address).status_code == 404


def test_r_con_3_the_page_of_an_account_shows_what_it_administers(company, administrator):
    account_id = delegated(company).account_id

    page = text_of(administrator.get(f"/structure/accounts/{account_id}/"))
    other = text_of(administrator.get(f"/structure/accounts/{company.member.pk}/"))

    assert (
        f'<dt>Delegated services</dt><dd><ul class="bare"><li><a href="/services/{CTS}/">' in page
    )
    assert "It is a delegated administrator, so it can neither be removed nor closed." in page
    assert "Register it for a service" in other


def test_r_da_8_the_pages_of_going_say_what_is_in_the_way(company, administrator):
    user = delegated(company)
    said = "is a delegated administrator of Cloud Trace Service"

    for what in ("remove", "close"):
        page = text_of(administrator.get(f"/accounts/{user.account_id}/{what}/"))
        assert said in page
        assert "Deregister it first; then come back." in page
    own = text_of(signed_in(user).get("/leave/"))
    assert "Your account is a delegated administrator of Cloud Trace Service." in own
    assert f'<a href="/services/{CTS}/">' in text_of(signed_in(user).get("/account/"))


# --- who may ---


def who(company, name: str) -> Client:
    user = delegated(company) if name == "delegated" else getattr(company, name)
    return signed_in(user)


PAGES = {
    "/services/": None,
    f"/services/{CTS}/": None,
    "/services/service.LTS/enable/": {},
    f"/services/{AOM}/disable/": {"confirmation": "Confirm"},
    "/services/administrators/": None,
    "/services/administrators/register/": {"account": "{member}", "service": CTS},
    f"/services/{CTS}/administrators/{{delegated}}/deregister/": {},
}


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("name", ["administrator", "reader", "delegated", "member_user"])
def test_who_may_see_and_who_may_change(company, name, address):
    """R-DA-5, R-DA-6: a delegated administrator sees them like a reader, each control off with its reason."""
    ids = {"delegated": delegated(company).account_id, "member": company.member.pk}
    trusted(company, AOM)
    sent = PAGES[address]
    sent = {key: value.format(**ids) for key, value in sent.items()} if sent is not None else None
    address, client = address.format(**ids), who(company, name)
    before = digest_of_database()

    page = client.get(address)
    assert page.status_code == (403 if name == "member_user" else 200)
    said = text_of(page)
    if name in ("reader", "delegated"):
        assert (READER if name == "reader" else NOT_ALLOWED) in said
        assert "<button" in said
        assert 'class="button primary"' not in said
    if sent is not None and name != "administrator":
        assert client.post(address, sent).status_code == 403
        assert digest_of_database() == before
    if sent is not None and name == "administrator":
        assert client.post(address, sent).status_code == 302
        assert digest_of_database() != before


@pytest.mark.parametrize(
    "address", ["/structure/", "/accounts/", "/policies/", "/tags/", "/simulator/"]
)
def test_r_da_5_a_delegated_administrator_sees_the_organization(company, address):
    client = who(company, "delegated")

    assert client.get(address).status_code == 200
    assert 'href="/services/"' in text_of(client.get("/account/"))


def test_r_aud_5_its_activity_is_what_it_caused(company):
    page = text_of(who(company, "delegated").get("/activity/"))

    assert "Organization created" not in page.partition("<main")[2].partition("<table")[2]


@pytest.mark.parametrize("accounts", [2, 30])
def test_the_pages_take_as_many_statements_for_many(
    company, administrator, accounts, django_assert_num_queries
):
    trusted(company, CTS)
    for _ in range(accounts):
        account = AccountFactory(member_of=company.organization.root)
        operations.delegated_administrators.register_delegated_administrator(
            actor=actor_for(company.administrator), account_id=account.pk, service_principal=CTS
        )
    assert TrustedService.objects.count() == 1

    for address, statements in (
        ("/services/", 7),
        ("/services/administrators/", 8),
        (f"/services/{CTS}/", 10),
    ):
        administrator.get(address)
        with django_assert_num_queries(statements):
            assert administrator.get(address).status_code == 200
