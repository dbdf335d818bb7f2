"""Every refusal has its row, and none leaves the API in another shape."""

import logging

import pytest

from orgs import errors
from orgs.api import accounts
from orgs.api.error_codes import CONDITIONS, OURS, condition_of
from tests.wire.signing import call, code_of

FAMILIES = {errors.Invalid, errors.Denied, errors.NotFound, errors.Conflict, errors.QuotaExceeded}


def leaves(kind=errors.OrgsError):
    below = kind.__subclasses__()
    here = [] if kind in FAMILIES or kind is errors.OrgsError else [kind]
    return here + [leaf for each in below for leaf in leaves(each)]


@pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.__name__)
def test_every_refusal_has_a_condition(leaf):
    assert condition_of(leaf) in CONDITIONS | OURS


def test_our_own_codes_collide_with_none_of_the_vendor():
    vendors = {row.code for row in CONDITIONS.values()}
    ours = [row.code for row in OURS.values()]
    assert len(set(ours)) == len(ours)
    assert not vendors & set(ours)
    assert not set(OURS) & set(CONDITIONS)


def test_r_perm_1_permission_denied_names_the_action(world):
    response = call(world.keys["reader"], "DELETE", "/v1/organizations")

    assert code_of(response) == (403, "Organizations.1007")
    assert "organizations:organizations:delete" in response.json()["error_msg"]
    assert response.json()["encoded_authorization_message"]


def test_our_own_fault_tells_the_request_id_and_nothing_else(manager, monkeypatch, caplog, world):
    def fail(**_kwargs):
        raise RuntimeError("inside")

    monkeypatch.setattr(accounts.queries.members, "get_member", fail)
    caplog.set_level(logging.CRITICAL, "orgs.api.endpoint")

    response = call(manager, "GET", f"/v1/organizations/accounts/{world.member.pk}")

    assert code_of(response) == (500, "Organizations.1051")
    assert "inside" not in response.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1"),
        ("GET", "/v1/"),
        ("GET", "/v1/organizations/"),
        ("PUT", "/v1/organizations"),
        ("HEAD", "/v1/organizations"),
        ("OPTIONS", "/v1/organizations"),
        ("GET", "/v1/organizations/nowhere"),
        ("POST", "/v2/organizations/nowhere"),
        ("GET", "/v1/organizations/accounts/a/b/c"),
        ("GET", "/v9"),
    ],
)
def test_a_path_without_operation_is_not_found_for_who_signed_it(manager, method, path):
    response = call(manager, method, path)

    assert response.status_code == 404
    assert method == "HEAD" or code_of(response) == (404, "APIGW.0101")


@pytest.mark.parametrize("path", ["/v1/organizations", "/v1/nowhere", "/v1/organizations/accounts"])
def test_every_answer_is_told_apart_and_kept_nowhere(manager, path):
    responses = [call(manager, "GET", path) for _ in range(2)]

    assert len({response["X-Request-Id"] for response in responses}) == 2
    for response in responses:
        assert response["Content-Type"] == "application/json"
        assert response["Cache-Control"] == "no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert not response.cookies
