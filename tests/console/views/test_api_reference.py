"""The API as a page: every operation is found, and samples carry the key of who looks, and no secret."""

import pytest
from django.urls import reverse

from console.api_reference import list_operations
from orgs.api.urls import EXTENSIONS, ROUTES
from orgs.operations.access_keys import make_access_key
from tests.console.conftest import signed_in


def ask(client, **given):
    return client.get(reverse("api_reference"), given)


def test_every_operation_is_listed_and_shown(company):
    client = signed_in(company.administrator)
    names = [endpoint.name for *_route, endpoint in (*ROUTES, *EXTENSIONS)]
    listed = ask(client).text

    assert sorted(one.name for one in list_operations()) == sorted(names)
    for one in list_operations():
        assert f"<code>{one.name}</code>" in listed
        shown = ask(client, operation=one.name)
        assert shown.status_code == 200
        assert f'<h2 id="operation">{one.known_as}</h2>' in shown.text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("authorize", ["authorize", "authorize_batch"]),
        ("/X/V1/TREE", ["show_tree"]),
        ("LeaveOrganization", ["leave_organization"]),
        ("ous:delete", ["delete_organizational_unit"]),
        ("nothing of the kind", []),
    ],
)
def test_operations_are_found_by_name_path_and_action(company, text, found):
    answer = ask(signed_in(company.administrator), name=text)

    assert [
        one.name for one in list_operations() if f"operation={one.name}#" in answer.text
    ] == found
    assert ("No operation has this" in answer.text) == (not found)


def test_samples_carry_the_active_key_of_who_looks_and_no_secret(company):
    client = signed_in(company.administrator)
    assert "You have no active access key" in ask(client, operation="list_accounts").text

    key, secret = make_access_key(company.administrator)
    other, _secret = make_access_key(company.member_user)
    answer = ask(client, operation="list_accounts").text

    assert answer.count(key.pk) == 3
    assert secret not in answer
    assert other.pk not in answer
    assert "client.list_accounts(request)" in answer
    assert "http://testserver/v1/organizations/accounts" in answer
    key.is_active = False
    key.save()
    assert key.pk not in ask(client, operation="list_accounts").text


def test_a_search_that_is_too_long_is_refused_at_its_field(company):
    answer = ask(signed_in(company.administrator), name="x" * 500)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
