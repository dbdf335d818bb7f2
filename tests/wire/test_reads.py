"""What the reads of the wire answer, beyond their fields."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from orgs.actor import Actor
from orgs.models import Account, AccountStatus, TagPolicyService
from orgs.operations import services
from tests.factories import AccountFactory, UnitFactory
from tests.wire.conftest import World, fill, make_world
from tests.wire.signing import call, code_of, send, signed_headers

ENTITIES = "/v1/organizations/entities"
INVALID = (400, "Organizations.1050")
OPERATOR = Actor.operator("operator")


@pytest.fixture
def world(db) -> World:
    return make_world()


def kinds(key, query=""):
    rows = call(key, "GET", ENTITIES + query).json()["entities"]
    return [(row["type"], row["id"]) for row in rows]


def test_r_ou_15_entities_are_the_children_of_a_parent_or_the_parent_of_a_child(world, manager):
    inner = UnitFactory(parent=world.unit)
    account = AccountFactory(member_of=inner)
    root, unit = ("root", world.root.pk), ("organizational_unit", world.unit.pk)
    management = ("account", world.organization.management_account_id)

    assert kinds(manager, f"?parent_id={world.root.pk}") == [unit, management]
    assert kinds(manager, f"?parent_id={world.unit.pk}") == [
        ("organizational_unit", inner.pk),
        ("account", world.member.pk),
    ]
    assert kinds(manager, f"?child_id={account.pk}") == [("organizational_unit", inner.pk)]
    assert kinds(manager, f"?child_id={inner.pk}") == [unit]
    assert kinds(manager, f"?child_id={world.unit.pk}") == [root]
    assert kinds(manager, f"?child_id={management[1]}") == [root]
    everything = kinds(manager)
    assert everything[:3] == [root, unit, ("organizational_unit", inner.pk)]
    assert len(everything) == 6


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("?child_id=ou-00000000", (404, "Organizations.1850")),
        ("?child_id=" + "0" * 32, (404, "Organizations.1850")),
        ("?child_id=r-0000", INVALID),
        ("?parent_id=ou-00000000", (404, "Organizations.1252")),
        ("?parent_id=" + "0" * 32, INVALID),
        ("?parent_id=ou-00000000&child_id=ou-00000000", INVALID),
    ],
)
def test_r_ou_15_entities_of_nothing_are_refused(manager, query, refusal):
    assert code_of(call(manager, "GET", ENTITIES + query)) == refusal


def test_an_account_that_stands_alone_is_nobodys_child(world, manager):
    alone = Account.objects.get(users__access_keys=world.keys["alone"].id)

    assert code_of(call(manager, "GET", f"{ENTITIES}?child_id={alone.pk}"))[0] == 404
    assert code_of(call(manager, "GET", f"/v1/organizations/accounts/{alone.pk}"))[0] == 404


def test_quotas_count_what_there_is(world, manager, settings):
    settings.ACCOUNT_QUOTA_MAX = 500
    UnitFactory(parent=world.unit)
    AccountFactory(member_of=world.unit, status=AccountStatus.SUSPENDED)

    rows = call(manager, "GET", "/v1/organizations/quotas").json()["quotas"]["resources"]

    assert [list(row.values()) for row in rows] == [
        ["account", 10, 3, 1, 500],
        ["organizational_unit", 1_000, 2, 1_000, 1_000],
        ["policy", 2_000, 0, 2_000, 2_000],
        ["close_account_count_in_30_days", 10, 0, 10, 10],
        ["service_control_policy_per_entity", 5, 0, 5, 5],
    ]


def test_closings_in_thirty_days_are_a_tenth_of_the_active_members(world, manager):
    fill(world, 259)

    rows = call(manager, "GET", "/v1/organizations/quotas").json()["quotas"]["resources"]

    assert rows[3]["quota"] == 26


def principals(key):
    return call(key, "GET", "/v1/organizations/services").json()["services"]


def test_r_ts_1_the_catalogues_are_there_from_the_beginning(world):
    key = world.keys["alone"]
    seeded = principals(key)
    assert seeded == sorted(seeded)
    assert len(seeded) == 20
    assert "service.RMSMultiAccountSetup" in seeded

    rows = call(key, "GET", "/v1/organizations/tag-policy-services").json()["services"]
    assert len(rows) == TagPolicyService.objects.count() == 63
    assert rows[0] == {
        "service_name": "aad",
        "resource_types": ["instance"],
        "support_all": True,
    }


def enforceable(key):
    rows = call(key, "GET", "/v1/organizations/tag-policy-services").json()["services"]
    return {row["service_name"]: (row["resource_types"], row["support_all"]) for row in rows}


def test_a_service_that_an_operator_adds_or_removes_is_there_or_gone_with_the_next_request(world):
    key, before = world.keys["alone"], principals(world.keys["alone"])

    services.create_integrable_service(actor=OPERATOR, principal="service.Ours", name="Ours")
    assert principals(key) == sorted([*before, "service.Ours"])

    services.delete_integrable_service(actor=OPERATOR, principal="service.CTS")
    assert principals(key) == sorted({*before, "service.Ours"} - {"service.CTS"})


def test_types_that_an_operator_adds_changes_or_removes_are_told_with_the_next_request(world):
    key, before = world.keys["alone"], enforceable(world.keys["alone"])

    made = services.create_tag_policy_service(
        actor=OPERATOR, service_name="ours", name="Ours", resource_types=["box"]
    )
    assert enforceable(key) == before | {"ours": (["box"], False)}

    services.update_tag_policy_service(
        actor=OPERATOR,
        service_name="ours",
        version=made.version,
        name="Ours",
        resource_types=["lid", "box"],
        supports_all=True,
    )
    assert enforceable(key) == before | {"ours": (["lid", "box"], True)}

    services.delete_tag_policy_service(actor=OPERATOR, service_name="ours")
    assert enforceable(key) == before


def test_an_organization_is_told_to_all_its_members_alike(world):
    said = [
        call(world.keys[name], "GET", "/v1/organizations").json()
        for name in ("manager", "reader", "member", "member_reader")
    ]

    management = world.organization.management_account
    assert (
        said
        == [
            {
                "organization": {
                    "id": world.organization.pk,
                    "urn": f"organizations::{management.pk}:organization:{world.organization.pk}",
                    "management_account_id": management.pk,
                    "management_account_name": management.name,
                    "created_at": world.organization.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
            }
        ]
        * 4
    )


def test_r_ou_2_both_policy_types_of_a_root_are_disabled(world, manager):
    (root,) = call(manager, "GET", "/v1/organizations/roots").json()["roots"]

    assert root["policy_types"] == [
        {"type": "service_control_policy", "status": "disabled"},
        {"type": "tag_policy", "status": "disabled"},
    ]


def test_r_gen_11_refusals_are_in_english_whatever_a_browser_would_like(world, manager):
    path = "/v1/organizations/accounts/" + "0" * 32
    plain = call(manager, "GET", path).json()["error_msg"]
    for headers in ({"Accept-Language": "zh-CN"}, {"X-Language": "zh-cn"}, {"X-Language": "?"}):
        assert call(manager, "GET", path, headers=headers).json()["error_msg"] == plain


def test_over_plain_http_nothing_is_answered_where_tls_is_declared(manager, settings):
    assert call(manager, "GET", "/v1/organizations").status_code == 200

    settings.SECURE_SSL_REDIRECT = True

    response = call(manager, "GET", "/v1/organizations")
    assert code_of(response) == (401, "APIGW.0301")
    assert not response.has_header("Location")


@pytest.mark.parametrize(
    ("trusted", "said", "status"),
    [
        (None, "https", 401),  # anybody can say so
        ("HTTP_X_FORWARDED_PROTO", "https", 200),
        ("HTTP_X_FORWARDED_PROTO", "http", 401),
        ("HTTP_X_FORWARDED_PROTO", "", 401),
        ("HTTP_X_FORWARDED_PROTO", "http, https", 401),
    ],
)
def test_tls_that_ends_at_a_proxy_is_known_by_the_header_that_is_trusted(
    manager, settings, trusted, said, status
):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = trusted and (trusted, "https")
    headers = signed_headers(manager, "GET", "/v1/organizations")

    response = send("GET", "/v1/organizations", headers | {"X-Forwarded-Proto": said})

    assert response.status_code == status


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.1")])
def test_the_event_of_a_change_tells_the_address_that_trusted_proxies_tell(
    world, manager, settings, proxies, address
):
    settings.TRUSTED_PROXIES = proxies
    url = f"/v1/organizations/accounts/{world.member.pk}"
    body = b'{"description":"new"}'
    headers = signed_headers(manager, "PATCH", url, body=body)

    response = send("PATCH", url, headers | {"X-Forwarded-For": "203.0.113.9, 198.51.100.1"}, body)

    assert response.status_code == 200
    assert world.organization.events.latest("number").source_address == address


@pytest.mark.django_db(transaction=True)
def test_what_another_process_did_to_a_catalogue_is_told_with_the_next_request(transactional_db):
    key = make_world().keys["alone"]
    before = principals(key)

    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ORGS_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
    }
    other = [sys.executable, "-m", "tests.wire.other_process"]
    subprocess.run(other, check=True, env=environment)

    assert principals(key) == sorted({*before, "service.Ours"} - {"service.CTS"})
