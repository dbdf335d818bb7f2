"""The users of an account by its administrators: added, disabled, given roles and passwords; their keys."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orgs.models import Role, User
from orgs.operations.access_keys import make_access_key
from tests.console.conftest import make_company, signed_in
from tests.digest import digest_of_database
from tests.factories import make_administrator

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(company):
    """An administrator of a member account."""
    return signed_in(company.member_user)


def test_an_administrator_of_any_account_adds_a_user_whose_password_is_shown_once(owner, company):
    answer = owner.post(reverse("create_user"), {"username": "anna", "role": "reader"})

    made = User.objects.get(username="anna")
    assert (made.account, made.role) == (company.member, Role.READER)
    (password,) = re.findall(r'<code class="secret">(.*?)</code>', answer.content.decode())
    assert made.check_password(password)
    assert "no-store" in answer["Cache-Control"]
    assert password not in owner.get(reverse("user", args=[made.pk])).content.decode()


def test_a_disabled_user_s_next_request_is_a_visitor_s(owner, company):
    anna = make_administrator(company.member, username="anna")
    client = signed_in(anna)
    assert client.get(reverse("my_account")).status_code == 200

    owner.post(reverse("switch_user", args=[anna.pk]), {"is_active": "0"})

    answer = client.get(reverse("my_account"))
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")
    anna.refresh_from_db()
    assert not anna.is_active
    owner.post(reverse("switch_user", args=[anna.pk]), {"is_active": "1"})
    anna.refresh_from_db()
    assert anna.is_active


def test_the_role_is_changed_but_not_the_last_administrator_s(owner, company):
    anna = make_administrator(company.member, username="anna", role=Role.READER)
    own = company.member_user

    owner.post(reverse("change_role", args=[anna.pk]), {"role": "administrator"})
    assert anna.role == Role.ADMINISTRATOR
    owner.post(reverse("change_role", args=[anna.pk]), {"role": "reader"})
    before = digest_of_database()
    refused = owner.post(reverse("change_role", args=[own.pk]), {"role": "reader"})

    assert refused.status_code == 409
    assert "last active administrator" in refused.content.decode()
    assert digest_of_database() == before
    page = owner.get(reverse("user", args=[own.pk])).content.decode()
    assert "This is the last active administrator of the account." in page


def test_a_reset_password_is_shown_once(owner, company):
    anna = make_administrator(company.member, username="anna")

    answer = owner.post(reverse("reset_password", args=[anna.pk]))

    (password,) = re.findall(r'<code class="secret">(.*?)</code>', answer.content.decode())
    anna.refresh_from_db()
    assert anna.check_password(password)


def test_keys_of_a_user_are_seen_with_their_last_use_and_disabled(owner, company):
    anna = make_administrator(company.member, username="anna")
    key, _secret = make_access_key(anna)
    page = owner.get(reverse("user", args=[anna.pk])).content.decode()
    assert key.pk in page

    owner.post(reverse("switch_users_key", args=[anna.pk, key.pk]), {"is_active": "0"})

    key.refresh_from_db()
    assert not key.is_active


def test_r_gen_3_users_of_another_account_are_not_there(owner):
    theirs = make_company().member_user

    for name in ("user", "switch_user", "reset_password"):
        answers = [owner.get(reverse(name, args=[pk])) for pk in (theirs.pk, 2**40)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert theirs.username not in answers[0].content.decode()


def test_a_reader_sees_the_users_and_why_it_changes_none(company):
    reader = signed_in(company.reader)
    page = reader.get(reverse("user", args=[company.administrator.pk])).content.decode()
    assert "You are signed in as a reader" in page
    before = digest_of_database()

    for name, given in [
        ("change_role", {"role": "reader"}),
        ("switch_user", {"is_active": "0"}),
        ("reset_password", {}),
    ]:
        answer = reader.post(reverse(name, args=[company.administrator.pk]), given)
        assert answer.status_code == 403
    answer = reader.post(reverse("create_user"), {"username": "new", "role": "reader"})
    assert answer.status_code == 403

    assert digest_of_database() == before


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    owner, company, django_assert_num_queries
):
    owner.get(reverse("users"))
    with CaptureQueriesContext(connection) as counted:
        owner.get(reverse("users"))
    for number in range(50):
        make_access_key(make_administrator(company.member, username=f"user-{number}"))

    with django_assert_num_queries(len(counted)):
        owner.get(reverse("users"))
