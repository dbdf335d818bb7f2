"""R-DRY on the wire: how dry runs are set up, and the policies on trial, a set of their own."""

import json

import pytest

from orgs.models import DryRunRecord, Event, Policy, PolicyType
from tests.factories import AccountFactory
from tests.wire.conftest import DENY_LEAVING, make_policy, make_world, switch_on, switch_on_type
from tests.wire.policy_sets import PolicySet
from tests.wire.signing import ask, assert_refused, call, code_of

CONFIG = "/v1/organizations/dry-run-config"
POLICIES = "/v1/organizations/dry-run-policies"
ON_TRIAL = PolicySet(POLICIES)
create, made, attach = ON_TRIAL.create, ON_TRIAL.made, ON_TRIAL.attach
SCP = PolicyType.SERVICE_CONTROL_POLICY.value
PLACE = {"bucket_name": "logs", "region_id": "eu-1", "agency_name": "Writer"}
INVALID, NO_ROOT = (400, "Organizations.1050"), (404, "Organizations.1800")
NOT_THERE, NO_ENTITY = (404, "Organizations.1600"), (404, "Organizations.1850")
BUSY, NAME_TAKEN = (409, "Organizations.1003"), (409, "Organizations.1650")
MALFORMED, TOO_LONG = (400, "Organizations.1651"), (400, "Organizations.1652")
TOO_MANY, IN_USE, OFF = (
    (400, "Organizations.1653"),
    (400, "Organizations.1655"),
    (400, "Organizations.1656"),
)
ATTACHED_ALREADY, NOT_ATTACHED = (409, "Organizations.1659"), (400, "Organizations.1660")
TOO_MANY_ATTACHED = (400, "Organizations.1661")


@pytest.fixture
def organization(world, counted_by_nobody):
    switch_on(world.organization)
    return world.organization


def show(key, root_id, policy_type=SCP):
    return ask(key, "GET", f"{CONFIG}?root_id={root_id}&policy_type={policy_type}")


def update(key, root_id, **given):
    return ask(key, "POST", CONFIG, {"root_id": root_id, "policy_type": SCP} | given)


def listed(key, query="", path=POLICIES):
    return [row["name"] for row in ask(key, "GET", path + query).json()["policies"]]


# --- configuration --------------------------------------------------------------------------------


def test_r_dry_5_before_the_first_time_dry_runs_are_off_and_the_rest_is_null(world, manager):
    assert show(manager, world.root.pk).json() == {
        "root": {
            "root_id": world.root.pk,
            "status": "disabled",
            "bucket_name": None,
            "region_id": None,
            "bucket_prefix": None,
            "agency_name": None,
            "policy_type": SCP,
            "created_at": None,
            "updated_at": None,
        }
    }


def test_r_dry_5_a_change_of_the_state_is_told_as_far_as_it_has_got(world, manager, run_jobs):
    switch_on_type(world.organization, PolicyType.SERVICE_CONTROL_POLICY)

    def told():
        return show(manager, world.root.pk).json()["root"]

    answer = update(manager, world.root.pk, status="enabled", **PLACE, bucket_prefix="a/b")

    assert answer.json() == {"root": told()}
    begun = told()
    stamp = world.organization.dry_run_configurations.get().created_at
    assert begun == {
        "root_id": world.root.pk,
        "status": "pending_enable",
        **PLACE,
        "bucket_prefix": "a/b",
        "policy_type": SCP,
        "created_at": stamp.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": begun["updated_at"],
    }
    run_jobs()
    assert told()["status"] == "enabled"
    assert update(manager, world.root.pk, bucket_prefix="").json() == {"root": told()}
    # R-DRY-4: what is not sent stays.
    assert (told()["bucket_name"], told()["bucket_prefix"]) == ("logs", None)
    update(manager, world.root.pk, status="disabled", bucket_name=None)
    assert (told()["status"], told()["bucket_name"]) == ("pending_disable", "logs")
    run_jobs()
    assert told()["status"] == "disabled"


def test_r_dry_5_a_delegated_administrator_is_shown_it(world, manager):
    """The table of rights has the rest; what a reader of the management account sees is the same."""
    told = show(world.keys["reader"], world.root.pk)
    assert told.json() == show(manager, world.root.pk).json()


@pytest.mark.parametrize("missing", PLACE)
def test_r_dry_5_a_missing_field_when_enabling(world, organization, manager, missing):
    organization.dry_run_configurations.all().delete()
    place = {field: value for field, value in PLACE.items() if field != missing}

    said = assert_refused(
        lambda: update(manager, world.root.pk, status="enabled", **place), INVALID
    )

    assert said.startswith(f"{missing}: ")


def test_r_dry_3_service_control_policies_have_to_be_on(world, manager, counted_by_nobody):
    assert_refused(lambda: update(manager, world.root.pk, status="enabled", **PLACE), OFF)


def test_r_dry_2_the_other_way_meanwhile_is_a_conflict(world, organization, manager):
    update(manager, world.root.pk, status="disabled")

    assert_refused(lambda: update(manager, world.root.pk, status="enabled"), BUSY)


@pytest.mark.parametrize("root_id", ["r-0000", "foreign"])
def test_a_root_that_is_not_there(organization, manager, root_id):
    if root_id == "foreign":
        root_id = make_world().root.pk

    assert code_of(show(manager, root_id)) == NO_ROOT
    assert_refused(lambda: update(manager, root_id, status="disabled"), NO_ROOT)
    # The parts of a request are judged first.
    assert_refused(lambda: update(manager, root_id, bucket_name=".."), INVALID)


@pytest.mark.parametrize("policy_type", ["tag_policy", "", "resource_control_policy"])
def test_r_dry_2_other_types_have_no_dry_runs(world, organization, manager, policy_type):
    response = show(manager, world.root.pk, policy_type)

    assert code_of(response) == INVALID
    assert response.json()["error_msg"].startswith("policy_type: ")
    assert_refused(lambda: update(manager, world.root.pk, policy_type=policy_type), INVALID)


@pytest.mark.parametrize("query", ["", "root_id={root}", f"policy_type={SCP}", "root_id=x"])
def test_both_parameters_have_to_be_there(world, manager, query):
    response = ask(manager, "GET", f"{CONFIG}?{query.format(root=world.root.pk)}")

    assert code_of(response) == INVALID


# --- policies on trial ----------------------------------------------------------------------------


def test_a_policy_on_trial_is_told_like_one_that_binds(organization, manager):
    tags = [{"key": "k", "value": "v"}]
    told = made(manager, name="不许 leave", description="Nobody leaves", tags=tags)

    policy = Policy.objects.dry_run().get()
    urn = f"organizations::{organization.management_account_id}:policy:{organization.pk}"
    assert told == {
        "content": DENY_LEAVING,
        "policy_summary": {
            "is_builtin": False,
            "description": "Nobody leaves",
            "id": policy.pk,
            "urn": f"{urn}/{SCP}/{policy.pk}",
            "name": "不许 leave",
            "type": SCP,
        },
    }
    assert ask(manager, "GET", f"{POLICIES}/{policy.pk}").json() == {"policy": told}
    assert ask(manager, "GET", POLICIES).json()["policies"] == [told["policy_summary"]]
    tagged = ask(manager, "GET", f"/v1/organizations/resources/{policy.pk}/tags").json()["tags"]
    assert tagged == tags


def test_r_dry_6_the_two_sets_do_not_meet(world, organization, manager):
    bound = make_policy(organization, "Same")
    tried = make_policy(organization, "Same", is_dry_run=True)
    enforced = "/v1/organizations/policies"
    assert listed(manager) == ["Same"]
    assert listed(manager, path=enforced) == ["FullAccess", "Same"]
    entity = {"entity_id": world.unit.pk}
    for family, policy_id in (
        (POLICIES, bound.pk),
        (POLICIES, "p-FullAccess"),
        (enforced, tried.pk),
        (POLICIES, "p-00000000"),
        (POLICIES, make_policy(make_world().organization, "Foreign", is_dry_run=True).pk),
    ):
        url = f"{family}/{policy_id}"
        for method, path, body in (
            ("GET", url, None),
            ("PATCH", url, {"name": "New"}),
            ("DELETE", url, None),
            ("POST", f"{url}/attach", entity),
            ("POST", f"{url}/detach", entity),
            ("GET", f"{url}/attached-entities", None),
        ):
            assert_refused(lambda sent=(method, path, body): ask(manager, *sent), NOT_THERE)


def test_what_is_not_sent_stays(organization, manager):
    policy_id = made(manager, name="Old", description="old")["policy_summary"]["id"]

    changed = ask(manager, "PATCH", f"{POLICIES}/{policy_id}", {"name": "New"}).json()["policy"]

    assert (changed["policy_summary"]["name"], changed["policy_summary"]["description"]) == (
        "New",
        "old",
    )
    assert changed["content"] == DENY_LEAVING
    events = Event.objects.count()
    same = ask(manager, "PATCH", f"{POLICIES}/{policy_id}", {"content": None}).json()["policy"]
    assert same == changed
    assert Event.objects.count() == events


def test_the_grammar_and_the_limits_are_those_of_policies_that_bind(
    organization, manager, settings
):
    policy_id = made(manager, name="Anna")["policy_summary"]["id"]
    for given, refusal in (
        ({"content": "{"}, MALFORMED),
        ({"content": DENY_LEAVING.ljust(5_121)}, TOO_LONG),
        ({"name": "ANNA"}, NAME_TAKEN),
        ({"name": " "}, INVALID),
        ({"type": "tag_policy"}, INVALID),
    ):
        assert_refused(lambda given=given: create(manager, **given), refusal)
        if "type" not in given and refusal != NAME_TAKEN:
            url = f"{POLICIES}/{policy_id}"
            assert_refused(lambda url=url, given=given: ask(manager, "PATCH", url, given), refusal)
    settings.POLICY_QUOTA = 1
    assert_refused(lambda: create(manager), TOO_MANY)
    settings.POLICY_QUOTA, settings.TAG_QUOTA = 2, 1
    tags = [{"key": key, "value": ""} for key in ("a", "b")]
    assert_refused(lambda: create(manager, tags=tags), (400, "Organizations.1703"))


def test_attached_listed_detached_and_deleted(world, organization, manager):
    policy = make_policy(organization, "Nobody leaves", is_dry_run=True)
    assert_refused(lambda: attach(manager, policy, world.unit, "detach"), NOT_ATTACHED)
    for entity in (world.root, world.unit, world.member):
        assert attach(manager, policy, entity).content == b""
    assert_refused(lambda: attach(manager, policy, world.unit), ATTACHED_ALREADY)
    assert_refused(lambda: ask(manager, "DELETE", f"{POLICIES}/{policy.pk}"), IN_USE)

    rows = ask(manager, "GET", f"{POLICIES}/{policy.pk}/attached-entities").json()
    assert [(row["type"], row["id"]) for row in rows["attached_entities"]] == [
        ("root", world.root.pk),
        ("organizational_unit", world.unit.pk),
        ("account", world.member.pk),
    ]
    assert listed(manager, f"?attached_entity_id={world.unit.pk}") == ["Nobody leaves"]
    by_entity = f"?attached_entity_id={world.unit.pk}"
    assert listed(manager, by_entity, "/v1/organizations/policies") == ["FullAccess"]

    for entity in (world.root, world.unit, world.member):  # R-DRY-7: no minimum
        assert attach(manager, policy, entity, "detach").content == b""
    assert ask(manager, "DELETE", f"{POLICIES}/{policy.pk}").content == b""
    assert code_of(ask(manager, "GET", f"{POLICIES}/{policy.pk}")) == NOT_THERE


def test_r_dry_7_five_on_an_entity(world, organization, manager):
    for number in range(5):
        policy = make_policy(organization, f"number {number}", is_dry_run=True)
        assert attach(manager, policy, world.unit).status_code == 200
    one_more = make_policy(organization, "one more", is_dry_run=True)

    assert_refused(lambda: attach(manager, one_more, world.unit), TOO_MANY_ATTACHED)


def test_r_dry_7_attaching_needs_dry_runs_on(world, organization, manager):
    policy = make_policy(organization, "Nobody leaves", is_dry_run=True)
    update(manager, world.root.pk, status="disabled")

    assert_refused(lambda: attach(manager, policy, world.unit), OFF)


@pytest.mark.parametrize("entity_id", ["r-0000", "ou-00000000", "0" * 32, "foreign", "alone"])
def test_an_entity_that_is_not_there(organization, manager, entity_id):
    if entity_id == "foreign":
        entity_id = make_world().unit.pk
    elif entity_id == "alone":
        entity_id = AccountFactory().pk
    policy = make_policy(organization, "Nobody leaves", is_dry_run=True)

    for how in ("attach", "detach"):
        assert_refused(lambda how=how: attach(manager, policy, entity_id, how), NO_ENTITY)
    response = ask(manager, "GET", f"{POLICIES}?attached_entity_id={entity_id}")
    assert code_of(response) == NO_ENTITY


def test_p4_what_is_sent_twice_is_done_once(world, organization, manager):
    policy = make_policy(organization, "Nobody leaves", is_dry_run=True)
    body = {"name": "New", "description": "", "type": SCP, "content": DENY_LEAVING}
    entity, url = {"entity_id": world.unit.pk}, f"{POLICIES}/{policy.pk}"
    off = {"root_id": world.root.pk, "policy_type": SCP, "status": "disabled"}
    for number, (method, path, content) in enumerate(
        [
            ("POST", POLICIES, body),
            ("PATCH", url, {"name": "Renamed"}),
            ("POST", f"{url}/attach", entity),
            ("POST", f"{url}/detach", entity),
            ("DELETE", url, None),
            ("POST", CONFIG, off),
        ]
    ):
        events, token = Event.objects.count(), {"X-Idempotency-Key": f"order-{number}"}
        first, second = (call(manager, method, path, content, headers=token) for _ in range(2))
        assert first.status_code < 300, first.content
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert Event.objects.count() == events + 1


def test_r_dry_9_a_member_s_call_is_answered_and_recorded(
    world, organization, manager, django_capture_on_commit_callbacks
):
    """What policies on trial would have denied is never denied."""
    statement = {"Effect": "Deny", "Action": ["organizations:organizations:get"]}
    text = json.dumps({"Version": "5.0", "Statement": [statement]})
    policy_id = made(manager, content=text)["policy_summary"]["id"]
    attach(manager, policy_id, world.unit)

    for name, number in (("member", 1), ("manager", 1), ("member_reader", 2), ("alone", 2)):
        with django_capture_on_commit_callbacks(execute=True):
            ask(world.keys[name], "GET", "/v1/organizations")
        assert DryRunRecord.objects.count() == number
    record = DryRunRecord.objects.earliest("pk")
    assert (record.account_id, record.action) == (
        world.member.pk,
        "organizations:organizations:get",
    )
    assert record.decision["policy_id"] == policy_id
