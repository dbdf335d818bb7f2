"""Who gets through, and how a refusal looks."""

import json

import pytest
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxDetails

from console.middleware import RefusalMiddleware
from orgs import errors
from orgs.models import Account, AccountStatus, RecordedCall, Role, User
from tests.console.conftest import HTMX, make_company, signed_in
from tests.console.reading import Page
from tests.factories import AccountFactory, UnitFactory, make_administrator

PAGES = ["/", "/account/", "/organization/new/", "/structure/", "/structure/units/ou-00000000/"]


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_is_sent_to_sign_in_and_comes_back(db, path):
    response = Client().get(path, {"after": "x"})

    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next={path}%3Fafter%3Dx"


def test_a_visitor_whose_fragment_was_asked_for_leaves_the_page(db):
    response = Client().get(
        "/structure/units/ou-00000000/",
        headers=HTMX | {"HX-Current-URL": "http://testserver/structure/?x=1"},
    )

    assert response.status_code == 200
    assert response["HX-Redirect"] == "/sign-in/?next=/structure/%3Fx%3D1"


@pytest.mark.parametrize("path", PAGES)
def test_an_operator_is_told_that_there_is_no_account(db, path):
    operator = User.objects.create_user("operator")

    response = signed_in(operator).get(path)

    assert response.status_code == 403
    assert Page(response.text).text("h1") == ["This user belongs to no account"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("status", [AccountStatus.PENDING_CLOSURE, AccountStatus.SUSPENDED])
def test_r_clo_11_users_of_a_closed_account_are_told_so_on_every_page(company, path, status):
    client = signed_in(company.member_user)
    Account.objects.filter(pk=company.member.pk).update(status=status)

    page = client.get(path)
    part = client.get(path, headers=HTMX)

    assert page.status_code == 403
    assert Page(page.text).text("h1") == ["Your account is being closed or is closed."]
    assert Page(page.text).text("button") == ["Sign out"]
    assert (part.status_code, part["HX-Redirect"]) == (200, "/")
    assert RecordedCall.objects.filter(account_id=company.member.pk, status=403).count() == 2


def test_r_clo_11_an_account_whose_closing_failed_is_let_in_again(company):
    client = signed_in(company.member_user)
    Account.objects.filter(pk=company.member.pk).update(status=AccountStatus.PENDING_CLOSURE)
    assert client.get("/account/").status_code == 403

    Account.objects.filter(pk=company.member.pk).update(status=AccountStatus.ACTIVE)

    assert client.get("/account/").status_code == 200


def test_an_operator_who_is_superuser_is_no_actor_either(db):
    operator = User.objects.create_superuser("operator")

    assert signed_in(operator).get("/structure/").status_code == 403


def test_an_operator_is_told_where_its_site_is(db):
    operator = User.objects.create_user("olga", is_staff=True)

    response = signed_in(operator).get("/account/")

    assert response.status_code == 403
    assert Page(response.text).attributes("a", class_="button primary")[0]["href"] == "/operator/"


def test_a_member_sees_no_structure(company):
    client = signed_in(company.member_user)

    for path in (
        "/structure/",
        f"/structure/units/{company.member.unit_id}/",
        f"/structure/units/{company.member.unit_id}/children/",
        f"/structure/accounts/{company.member.pk}/",
        "/structure/units/ou-00000000/",
    ):
        response = client.get(path)

        assert response.status_code == 403
        assert Page(response.text).text("h1") == [
            "Only the management account and delegated administrators may see this."
        ]


def test_a_reader_of_the_management_account_sees_the_structure(company):
    assert signed_in(company.reader).get("/structure/").status_code == 200


def test_a_user_without_role_is_refused_with_the_missing_permission(company):
    company.administrator.groups.clear()

    response = signed_in(company.administrator).get("/structure/")

    assert response.status_code == 403
    assert Page(response.text).text("h1")[0].startswith("Your role in this account does not allow")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_foreign_id_answers_byte_for_byte_like_an_absent_one(company, administrator, headers):
    foreign = make_company()
    unit = UnitFactory(parent=foreign.organization.root)
    pairs = [
        ("/structure/units/{}/", unit.pk, "ou-" + "0" * 32),
        ("/structure/units/{}/", foreign.organization.root.pk, "r-" + "0" * 12),
        ("/structure/units/{}/children/", unit.pk, "ou-" + "0" * 32),
        ("/structure/accounts/{}/", foreign.member.pk, "0" * 32),
        ("/structure/accounts/{}/", AccountFactory().pk, "0" * 32),
    ]
    for path, of_others, absent in pairs:
        answers = []
        for entity_id in (of_others, absent):
            response = administrator.get(path.format(entity_id), headers=headers)
            said = {**response.headers, "": response.text}
            answers.append({k: v.replace(entity_id, "ID") for k, v in said.items()})

            assert response.status_code == 404
            assert "csrf" not in response.text
        answers[0]["Content-Length"] = answers[1]["Content-Length"] = ""
        assert answers[0] == answers[1]


def test_a_404_for_htmx_is_a_toast(administrator):
    response = administrator.get("/structure/units/ou-00000000/", headers=HTMX)

    sentence = "There is no organizational unit ou-00000000 in your organization."
    assert json.loads(response["HX-Trigger"]) == {"toast": {"text": sentence, "kind": "error"}}
    assert "<html" not in response.text


def test_a_bad_part_is_answered_in_its_place(company, administrator):
    path = f"/structure/units/{company.organization.root.pk}/children/"

    page = administrator.get(path, {"after": "x"})
    part = administrator.get(path, {"after": "x"}, headers=HTMX)

    assert [page.status_code, part.status_code] == [422, 422]
    assert "<html" in page.text
    assert "<html" not in part.text
    assert Page(part.text).text("p", role="alert") == [
        "after: This does not look like an id of the expected kind."
    ]
    assert "HX-Trigger" not in part


@pytest.mark.parametrize(
    ("error", "status", "toast"),
    [
        (errors.OuNameConflict(name="A", parent_name="B"), 409, False),
        (errors.ConcurrentModification(), 409, False),
        (errors.AccountQuotaExceeded(limit=1, wanted=2), 409, False),
        (errors.NotManagementAccount(permission="x"), 403, True),
        (errors.OrganizationNotFound(organization_id="<i>"), 404, True),
    ],
)
def test_each_family_has_its_status(error, status, toast):
    request = RequestFactory(headers=HTMX).get("/")
    request.htmx = HtmxDetails(request)

    response = RefusalMiddleware(lambda _request: None).process_exception(request, error)

    assert response.status_code == status
    assert ("HX-Trigger" in response) == toast
    assert Page(response.text).text("p", role="alert") == [str(error)]


def test_other_errors_stay_errors():
    request = RequestFactory().get("/")

    assert RefusalMiddleware(lambda _r: None).process_exception(request, ValueError()) is None


def test_the_way_back_is_a_page_of_ours(company, administrator):
    path = f"/structure/units/{company.organization.root.pk}/children/?after=x"

    ours = administrator.get(path, headers={"Referer": "http://testserver/account/"})
    theirs = administrator.get(path, headers={"Referer": "http://elsewhere.example/"})

    assert Page(ours.text).attributes("a")[0]["href"] == "http://testserver/account/"
    assert Page(theirs.text).attributes("a")[0]["href"] == "/"


def test_pages_know_the_role_without_asking_again(company):
    both = make_administrator(company.organization.management_account, username="both-roles")
    for user, role in (
        (company.administrator, "Administrator"),
        (company.reader, "Reader"),
        (both, "Administrator"),
    ):
        facts = Page(signed_in(user).get("/structure/").text).text("dd")
        assert facts[1] == role

    assert Role.READER.label == "Reader"
