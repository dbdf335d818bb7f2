"""R-TAG and R-TQ on the wire: two families of calls that do the same, and resources found by their tags."""

import pytest

from orgs.models import Tag
from tests.factories import AccountFactory, UnitFactory
from tests.wire.conftest import make_policy, make_world
from tests.wire.signing import call, code_of

INVALID, NOT_THERE = (400, "Organizations.1050"), (404, "Organizations.1701")
TYPES = {
    "organizations:roots": "root",
    "organizations:ous": "unit",
    "organizations:accounts": "member",
    "organizations:policies": "policy",
}


@pytest.fixture
def things(world):
    """What can be tagged, by its kind."""
    policy = make_policy(world.organization, "Nobody leaves")
    return {"root": world.root, "unit": world.unit, "member": world.member, "policy": policy}


def tags_of(key, resource_id):
    response = call(key, "GET", f"/v1/organizations/resources/{resource_id}/tags")
    return {tag["key"]: tag["value"] for tag in response.json()["tags"]}


@pytest.mark.parametrize(("resource_type", "thing"), TYPES.items())
def test_r_tag_10_both_families_do_the_same(things, manager, resource_type, thing):
    resource_id = things[thing].pk
    by_id = f"/v1/organizations/resources/{resource_id}"
    by_type = f"/v1/organizations/{resource_type}/{resource_id}/tags"
    tags = [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]

    assert call(manager, "POST", by_id + "/tag", {"tags": tags[:1]}).content == b""
    assert call(manager, "POST", by_type + "/create", {"tags": tags[1:]}).content == b""
    assert tags_of(manager, resource_id) == {"a": "1", "b": ""}
    assert call(manager, "GET", by_type).json()["tags"] == tags

    other = [{"key": "a", "value": "whatever it is"}]
    assert call(manager, "POST", by_type + "/delete", {"tags": other}).status_code == 200
    assert call(manager, "POST", by_id + "/untag", {"tag_keys": ["b", "c"]}).status_code == 200
    assert tags_of(manager, resource_id) == {}


@pytest.mark.parametrize("resource_type", TYPES)
@pytest.mark.parametrize("thing", ["root", "unit", "member", "policy"])
def test_r_tag_10_the_type_has_to_fit_the_id(things, manager, resource_type, thing):
    path = f"/v1/organizations/{resource_type}/{things[thing].pk}/tags"
    body = {"tags": [{"key": "a", "value": "1"}]}
    fits = TYPES.get(resource_type) == thing

    for method, url, content in (
        ("POST", path + "/create", body),
        ("GET", path, None),
        ("POST", path + "/delete", body),
    ):
        response = call(manager, method, url, content)
        assert (response.status_code == 200) if fits else (code_of(response) == NOT_THERE)
    bad = call(manager, "POST", path + "/create", {"tags": [{"key": "a b", "value": ""}]})
    assert code_of(bad) == INVALID


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_type_that_is_none_is_invalid(manager, method):
    suffix = "tags" if method == "GET" else "resource-instances/count"
    for resource_type in ("resources", "organizations:tags", "ous", "organizations%3AOUS"):
        response = call(
            manager,
            method,
            f"/v1/organizations/{resource_type}/{suffix}",
            None if method == "GET" else {},
        )
        assert code_of(response) == INVALID
        assert response.json()["error_msg"].startswith("resource_type: ")


def test_r_tag_7_a_key_that_is_there_is_a_conflict_and_nothing_is_added(world, manager):
    path = f"/v1/organizations/resources/{world.unit.pk}/tag"
    assert call(manager, "POST", path, {"tags": [{"key": "a", "value": "1"}]}).status_code == 200

    both = [{"key": "b", "value": "2"}, {"key": "a", "value": "2"}]
    response = call(manager, "POST", path, {"tags": both})

    assert code_of(response) == (409, "Organizations.1702")
    assert tags_of(manager, world.unit.pk) == {"a": "1"}


def test_r_tag_1_a_resource_holds_twenty_tags(world, manager):
    path = f"/v1/organizations/resources/{world.unit.pk}/tag"
    twenty = [{"key": f"k{number}", "value": ""} for number in range(20)]
    assert call(manager, "POST", path, {"tags": twenty}).status_code == 200

    response = call(manager, "POST", path, {"tags": [{"key": "one-more", "value": ""}]})

    assert code_of(response) == (400, "Organizations.1703")
    assert len(tags_of(manager, world.unit.pk)) == 20


@pytest.fixture
def tagged(world):
    """Accounts by name, with their tags."""
    Tag.objects.all().delete()
    found = {}
    for name, tags in {
        "prod-web": {"env": "prod", "team": "web"},
        "prod-data": {"env": "prod", "team": "data"},
        "test-web": {"env": "test", "team": "web"},
        "Prod-none": {},
        "prod-zone": {"zone": "a"},
    }.items():
        account = AccountFactory(member_of=world.unit, name=name)
        found[name] = account.pk
        Tag.objects.bulk_create(
            Tag(organization=world.organization, account=account, key=key, value=value)
            for key, value in tags.items()
        )
    return found


def found(key, body, kind="accounts", query=""):
    url = f"/v1/organizations/organizations:{kind}/resource-instances"
    response = call(key, "POST", f"{url}/filter{query}", body)
    assert response.status_code == 200, response.content
    content = response.json()
    counted = call(key, "POST", f"{url}/count", body).json()
    assert counted == {"total_count": content["total_count"]}
    return [row["resource_name"] for row in content["resources"]], content["total_count"]


PROD = [{"key": "resource_name", "value": "PROD-"}]


ENV = {"key": "env", "values": []}


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        ([{"key": "env", "values": ["prod"]}], ["prod-data", "prod-web"]),
        ([{"key": "env", "values": ["prod", "test"]}], ["prod-data", "prod-web", "test-web"]),
        (
            [{"key": "env", "values": ["prod"]}, {"key": "team", "values": ["web"]}],
            ["prod-web"],
        ),
        ([{"key": "Env", "values": []}], []),
    ],
)
def test_r_tq_2_resources_are_found_by_tags(tagged, manager, tags, wanted):
    assert found(manager, {"tags": tags}) == (wanted, len(wanted))


def test_r_tq_3_no_values_mean_any(tagged, manager):
    assert found(manager, {"tags": [ENV]}) == (["prod-data", "prod-web", "test-web"], 3)


@pytest.mark.parametrize("ignored", [{}, {"tags": [ENV, ENV]}])
def test_r_tq_4_resources_without_any_tag(tagged, manager, ignored):
    body = {"without_any_tag": True, "matches": PROD, **ignored}

    assert found(manager, body) == (["Prod-none"], 1)


@pytest.mark.parametrize(
    ("matches", "wanted"),
    [
        (PROD, ["prod-data", "Prod-none", "prod-web", "prod-zone"]),
        ([{"key": "account", "value": "test-"}], ["test-web"]),
        ([{"key": "resource_name", "value": "%"}], []),
        ([{"key": "resource_name", "value": "prod_"}], []),
    ],
)
def test_r_tq_5_r_tq_8_resources_are_found_by_the_beginning_of_their_names_and_in_their_order(
    tagged, manager, matches, wanted
):
    assert found(manager, {"matches": matches}) == (wanted, len(wanted))


def test_r_tq_6_conditions_combine(tagged, manager):
    assert found(manager, {"tags": [ENV], "matches": PROD}) == (["prod-data", "prod-web"], 2)


def test_r_tq_1_no_filter_finds_everything_of_the_kind(world, tagged, manager):
    everything = sorted(
        world.organization.accounts.values_list("name", flat=True), key=str.casefold
    )
    assert found(manager, {}) == (everything, len(everything))
    assert found(manager, {"tags": [], "matches": [{"key": "resource_name", "value": ""}]}) == (
        everything,
        len(everything),
    )
    assert found(manager, {}, "roots") == (["root"], 1)
    assert found(manager, {}, "ous") == (["Workloads"], 1)
    assert found(manager, {}, "policies") == ([], 0)


def test_r_tq_7_a_page_of_resources_begins_at_its_offset(tagged, manager):
    body = {"matches": PROD}
    assert found(manager, body, query="?limit=2&offset=1") == (["Prod-none", "prod-web"], 4)
    assert found(manager, body, query="?offset=4") == ([], 4)
    assert found(manager, body, query="?limit=1000&offset=99999") == ([], 4)


def test_resources_are_found_with_all_their_tags(tagged, manager):
    body = {"tags": [{"key": "team", "values": ["data"]}]}
    url = "/v1/organizations/organizations:accounts/resource-instances/filter"

    (resource,) = call(manager, "POST", url, body).json()["resources"]

    assert resource == {
        "resource_id": tagged["prod-data"],
        "resource_name": "prod-data",
        "tags": [{"key": "env", "value": "prod"}, {"key": "team", "value": "data"}],
    }


def test_r_tq_10_the_keys_of_a_kind_come_with_all_their_values(world, tagged, manager):
    Tag.objects.create(organization=world.organization, unit=world.root, key="at", value="root")
    unit = UnitFactory(parent=world.root)
    Tag.objects.create(organization=world.organization, unit=unit, key="at", value="unit")

    def keys(kind):
        path = f"/v1/organizations/organizations:{kind}/tags"
        return {tag["key"]: tag["values"] for tag in call(manager, "GET", path).json()["tags"]}

    assert keys("accounts") == {
        "env": ["prod", "test"],
        "team": ["data", "web"],
        "zone": ["a"],
    }
    assert keys("ous") == {"at": ["unit"]}
    assert keys("roots") == {"at": ["root"]}
    assert keys("policies") == {}


def test_r_tq_9_policies_are_found_but_those_built_in_and_on_trial(world, manager):
    """R-DRY-6: those on trial have tags of their own."""
    tag = {"tags": [{"key": "env", "value": "prod"}]}
    bound = make_policy(world.organization, "Prod one")
    make_policy(world.organization, "prod two")
    on_trial = make_policy(world.organization, "Prod on trial", is_dry_run=True)
    elsewhere = make_world()
    foreign = make_policy(elsewhere.organization, "Prod elsewhere")
    for key, policy in (
        (manager, bound),
        (manager, on_trial),
        (elsewhere.keys["manager"], foreign),
    ):
        url = f"/v1/organizations/resources/{policy.pk}/tag"
        assert call(key, "POST", url, tag).status_code == 200
    tags_of_key = [{"key": "env", "values": []}]

    assert found(manager, {}, "policies") == (["Prod one", "prod two"], 2)
    assert found(manager, {"tags": tags_of_key}, "policies") == (["Prod one"], 1)
    assert found(manager, {"without_any_tag": True}, "policies") == (["prod two"], 1)
    matches = [{"key": "policy", "value": "full"}]
    assert found(manager, {"matches": matches}, "policies") == ([], 0)
    assert tags_of(manager, on_trial.pk) == {"env": "prod"}
    keys = call(manager, "GET", "/v1/organizations/organizations:policies/tags").json()["tags"]
    assert keys == [{"key": "env", "values": ["prod"]}]

    call(manager, "POST", f"/v1/organizations/resources/{bound.pk}/untag", {"tag_keys": ["env"]})
    assert found(manager, {"tags": tags_of_key}, "policies") == ([], 0)


@pytest.mark.parametrize("suffix", ["tags", "tag", "untag"])
def test_a_policy_that_is_not_there_has_no_tags(world, manager, suffix):
    foreign = make_policy(make_world().organization, "Elsewhere").pk
    body = {"tag": {"tags": [{"key": "a", "value": ""}]}, "untag": {"tag_keys": ["a"]}}
    for policy_id in ("p-00000000", foreign):
        url = f"/v1/organizations/resources/{policy_id}/{suffix}"
        response = call(manager, "GET" if suffix == "tags" else "POST", url, body.get(suffix))
        assert code_of(response) == NOT_THERE
