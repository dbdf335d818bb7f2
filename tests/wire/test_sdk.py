"""The vendor's SDK, unchanged but for endpoint and key, against a live server, as every class of caller."""

import re
from datetime import datetime

import huaweicloudsdkorganizations.v1 as sdk
import pytest
from django.db import connection
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.region.region import Region

from tests.wire.conftest import World, fill, make_world
from tests.wire.contract import CONTRACT, OPERATIONS, PRESENT, codes_of
from tests.wire.signing import Key
from tests.wire.test_authorization import delegate

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # What the SDK and its HTTP library are told off for is not ours to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PAGES = re.compile(r"array<(.*)>")


@pytest.fixture
def world(live_server) -> World:
    found = make_world()
    delegate(found.member, found.organization)
    found.keys["delegated"] = found.keys.pop("member")
    return found


def client(live_server, key: Key, *, domain_id=None):
    credentials = GlobalCredentials(key.id, key.secret)
    if domain_id is not None:
        credentials = credentials.with_domain_id(domain_id)
    builder = sdk.OrganizationsClient.new_builder().with_credentials(credentials)
    return builder.with_endpoints([live_server.url]).build()


def requests_of(world: World) -> dict[str, dict]:
    """A good request of every operation, in an order in which each can be made."""
    account, unit = {"account_id": world.member.pk}, {"organizational_unit_id": world.unit.pk}
    typed, resource = {"resource_type": "organizations:ous"}, {"resource_id": world.unit.pk}
    tags = [sdk.TagDto(key="env", value="测试"), sdk.TagDto(key="cost", value="")]
    return {
        "show_organization": {},
        "list_roots": {"limit": 1},
        "create_organizational_unit": {
            "body": sdk.CreateOrganizationalUnitReqBody(
                name="Zürich – 東京", parent_id=world.root.pk, tags=tags
            )
        },
        "update_organizational_unit": unit
        | {"body": sdk.UpdateOrganizationalUnitReqBody(name="R&D")},
        "show_organizational_unit": unit,
        "list_organizational_units": {"parent_id": world.root.pk},
        "list_accounts": {"with_register_contact_info": True},
        "show_account": account | {"with_register_contact_info": True},
        "update_account": account | {"body": sdk.UpdateAccountReqBody(description="new")},
        "list_entities": {"child_id": world.member.pk},
        "tag_resource": resource | {"body": sdk.TagResourceReqBody(tags=tags[:1])},
        "create_tag_resource": typed | resource | {"body": sdk.TagResourceReqBody(tags=tags[1:])},
        "list_tags_for_resource": resource,
        "list_tag_resources": typed | resource | {"limit": 2000},
        "list_resource_tags": typed,
        "list_resource_instances": typed
        | {
            "limit": 10,
            "offset": "0",
            "body": sdk.ResourceInstanceReqBody(
                tags=[sdk.TagsDTO(key="env", values=["测试"])],
                matches=[sdk.Match(key="resource_name", value="r&")],
            ),
        },
        "show_resource_instances_count": typed | {"body": sdk.ResourceInstanceReqBody()},
        "untag_resource": resource | {"body": sdk.UntagResourceReqBody(tag_keys=["env"])},
        "delete_tag_resource": typed | resource | {"body": sdk.TagResourceReqBody(tags=tags[1:])},
        "move_account": account
        | {
            "body": sdk.MoveAccountReqBody(
                source_parent_id=world.unit.pk, destination_parent_id=world.root.pk
            )
        },
        "delete_organizational_unit": unit,
        "list_quotas": {},
        "list_services": {},
        "list_tag_policy_services": {},
        "create_organization": {},
        "delete_organization": {},
    }


def ask(of, name: str, arguments: dict):
    """Call an operation; the answer, or its status and code."""
    kind = "".join(part.capitalize() for part in name.split("_")) + "Request"
    try:
        return getattr(of, name)(getattr(sdk, kind)(**arguments))
    except ClientRequestException as refusal:
        # Without a request id in the header it would not be this condition.
        return refusal.status_code, refusal.error_code if refusal.request_id else ""


def assert_filled(answer, fields: dict) -> None:
    """Every field of the contract is there, of its type; null only where it may be."""
    for name, facts in fields.items():
        value = getattr(answer, name)
        if value is None:
            assert facts["nullable"], name
            continue
        assert_kind(value, facts["type"], facts.get("format"), name)


def assert_kind(value, kind: str, kind_format: str | None, name: str) -> None:
    if found := PAGES.fullmatch(kind):
        assert isinstance(value, list)
        for each in value:
            assert_kind(each, found[1], None, name)
    elif kind.startswith("#/schemas/"):
        assert_filled(value, CONTRACT["schemas"][kind.removeprefix("#/schemas/")]["fields"])
    elif kind_format == "datetime":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        assert moment.microsecond == 0
        assert isinstance(value, datetime) or re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value
        )
    else:
        assert type(value) is {"string": str, "integer": int, "boolean": bool}[kind], name


def test_the_sdk_calls_every_operation_that_stands(live_server, world):
    manager, alone = (client(live_server, world.keys[name]) for name in ("manager", "alone"))
    requests = requests_of(world)
    assert set(requests) == set(PRESENT)

    for name, arguments in requests.items():
        of = alone if name in ("create_organization", "delete_organization") else manager
        answer = ask(of, name, arguments)

        assert not isinstance(answer, tuple), (name, answer)
        assert answer.status_code == PRESENT[name]["success_status"]
        assert_filled(answer, PRESENT[name]["response"]["fields"])

    world.member.refresh_from_db()
    assert (world.member.unit_id, world.member.description) == (world.root.pk, "new")


# What each hears of a read and of a write of the organization, and of founding one.
CLASSES = {
    "reader": (None, (403, "Organizations.1007"), (403, "Organizations.1007")),
    "delegated": (None, (401, "Organizations.1001"), (409, "Organizations.1150")),
    "member_reader": (
        (401, "Organizations.1002"),
        (403, "Organizations.1007"),
        (403, "Organizations.1007"),
    ),
    "alone": ((401, "Organizations.1015"), (401, "Organizations.1015"), None),
}


@pytest.mark.parametrize("caller", CLASSES)
def test_the_sdk_is_told_what_each_class_of_caller_may(live_server, world, caller):
    reads, writes, founds = CLASSES[caller]
    of = client(live_server, world.keys[caller])
    wanted = {
        "management_or_delegated_admin": reads,
        "management_only": writes,
        "org_member": (401, "Organizations.1015") if caller == "alone" else None,
        "any_account": None,
    }
    for name, arguments in requests_of(world).items():
        if name == "delete_organization" and caller == "alone":
            continue  # by then it has one
        answer = ask(of, name, arguments)

        expected = (
            founds if name == "create_organization" else wanted[OPERATIONS[name]["caller_rule"]]
        )
        if isinstance(answer, tuple):
            assert answer in codes_of(name)
        assert (answer if isinstance(answer, tuple) else None) == expected, name


ONCE = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="so many requests are made on SQLite"
)


@pytest.mark.parametrize(
    ("accounts", "limits"),
    [(45, (1, 7, 45)), (2_345, (200, 2_000)), pytest.param(2_345, (1, 7), marks=ONCE)],
)
def test_the_sdk_pages_through_accounts_and_misses_none(
    live_server, world, settings, accounts, limits
):
    settings.RATE_PER_KEY = settings.RATE_PER_ORGANIZATION = 0
    fill(world, accounts - 2)
    of = client(live_server, world.keys["manager"])
    for limit in limits:
        seen, marker = [], None
        while True:
            page = ask(of, "list_accounts", {"limit": limit, "marker": marker})
            seen += [account.id for account in page.accounts]
            marker = page.page_info.next_marker
            if marker is None:
                break
            assert page.page_info.current_count == len(page.accounts) == limit
        assert len(seen) == len(set(seen)) == accounts


def test_the_sdk_learns_whose_key_it_has(live_server, world, monkeypatch):
    """With a region instead of an endpoint it asks for the account first."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", live_server.url)
    monkeypatch.setenv("HUAWEICLOUD_SDK_STS_ENDPOINT", live_server.url)
    key = world.keys["manager"]
    of = (
        sdk.OrganizationsClient.new_builder()
        .with_credentials(GlobalCredentials(key.id, key.secret))
        .with_region(Region("any", live_server.url))
        .build()
    )

    answer = ask(of, "show_organization", {})

    assert answer.organization.id == world.organization.pk
    assert of._credentials.domain_id == world.organization.management_account_id


def test_the_sdk_names_the_account_and_a_wrong_one_is_refused(live_server, world):
    key, own = world.keys["manager"], world.organization.management_account_id
    assert ask(client(live_server, key, domain_id=own), "list_quotas", {}).status_code == 200
    wrong = client(live_server, key, domain_id=world.member.pk)
    assert ask(wrong, "list_quotas", {}) == (401, "APIGW.0301")
    stranger = client(live_server, Key(key.id, "wrong"))
    assert ask(stranger, "list_quotas", {}) == (401, "APIGW.0301")
