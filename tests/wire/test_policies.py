"""R-POL, R-PT on the wire: policies, where they are attached, and the types that are switched on."""

import json

import pytest

from orgs.models import Attachment, Event, Policy, PolicyType
from tests.factories import AccountFactory, UnitFactory
from tests.wire.conftest import (
    DENY_LEAVING,
    attach_tag_policy,
    attach_to_everything,
    make_policy,
    make_world,
    switch_on,
)
from tests.wire.policy_sets import PolicySet
from tests.wire.signing import ask, assert_refused, call, code_of

POLICIES = "/v1/organizations/policies"
BINDING = PolicySet(POLICIES)
create, made, attach = BINDING.create, BINDING.made, BINDING.attach
SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY.value, PolicyType.TAG_POLICY.value
FULL_ACCESS = "p-FullAccess"
INVALID = (400, "Organizations.1050")
NOT_THERE, NO_ENTITY = (404, "Organizations.1600"), (404, "Organizations.1850")
BUSY, NAME_TAKEN = (409, "Organizations.1003"), (409, "Organizations.1650")
MALFORMED, TOO_LONG = (400, "Organizations.1651"), (400, "Organizations.1652")
TOO_MANY, BUILTIN = (400, "Organizations.1653"), (400, "Organizations.1654")
IN_USE, TYPE_OFF = (400, "Organizations.1655"), (400, "Organizations.1656")
TYPE_ON_ALREADY, TYPE_OFF_ALREADY = (409, "Organizations.1657"), (400, "Organizations.1658")
ATTACHED_ALREADY, NOT_ATTACHED = (409, "Organizations.1659"), (400, "Organizations.1660")
TOO_MANY_ATTACHED, LAST_SCP = (400, "Organizations.1661"), (400, "Organizations.1662")
NO_ROOT = (404, "Organizations.1800")


@pytest.fixture
def organization(world, counted_by_nobody):
    switch_on(world.organization)
    return world.organization


def switch(key, how, root_id, policy_type):
    body = {"root_id": root_id, "policy_type": policy_type}
    return ask(key, "POST", f"{POLICIES}/{how}", body)


def listed(key, query=""):
    return [row["name"] for row in ask(key, "GET", POLICIES + query).json()["policies"]]


def attached_to(key, policy_id):
    rows = ask(key, "GET", f"{POLICIES}/{policy_id}/attached-entities").json()["attached_entities"]
    return [(row["type"], row["id"], row["name"]) for row in rows]


def scp(*actions):
    statement = {"Effect": "Deny", "Action": [*actions]}
    return json.dumps({"Version": "5.0", "Statement": [statement]})


# --- policies -------------------------------------------------------------------------------------


def test_a_policy_is_told_as_the_contract_says(organization, manager):
    content = f"\n {DENY_LEAVING} \n"
    tags = [{"key": "k", "value": "v"}]

    told = made(
        manager, name="不许 leave-1_", description=" Nobody leaves ", content=content, tags=tags
    )

    policy = Policy.objects.custom().get()
    urn = f"organizations::{organization.management_account_id}:policy:{organization.pk}"
    assert told == {
        "content": content,  # every character as it was sent
        "policy_summary": {
            "is_builtin": False,
            "description": "Nobody leaves",
            "id": policy.pk,
            "urn": f"{urn}/{SCP}/{policy.pk}",
            "name": "不许 leave-1_",
            "type": SCP,
        },
    }
    assert ask(manager, "GET", f"{POLICIES}/{policy.pk}").json() == {"policy": told}
    assert ask(manager, "GET", POLICIES).json()["policies"][-1] == told["policy_summary"]
    tagged = ask(manager, "GET", f"/v1/organizations/resources/{policy.pk}/tags").json()["tags"]
    assert tagged == tags


@pytest.mark.parametrize(
    ("language", "begins"),
    [
        (None, "Allows every action"),
        ("en-us", "Allows every action"),
        ("zh-cn", "允许"),
        ("ZH-CN", "允许"),
        ("fr", "Allows every action"),
    ],
)
def test_r_pol_8_r_gen_11_the_built_in_policy_describes_itself_in_the_language_asked_for(
    organization, manager, language, begins
):
    headers = {"X-Language": language} if language else {}

    shown = call(manager, "GET", f"{POLICIES}/{FULL_ACCESS}", headers=headers).json()["policy"]

    assert shown["policy_summary"]["description"].startswith(begins)
    assert shown["policy_summary"] | {"description": ""} == {
        "is_builtin": True,
        "description": "",
        "id": FULL_ACCESS,
        "urn": f"organizations::system:policy:{SCP}/{FULL_ACCESS}",
        "name": "FullAccess",
        "type": SCP,
    }
    assert json.loads(shown["content"]) == {
        "Version": "5.0",
        "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}],
    }
    (row,) = call(manager, "GET", POLICIES, headers=headers).json()["policies"]
    assert row == shown["policy_summary"]


def test_a_policy_of_the_organization_describes_itself_as_it_was_written(organization, manager):
    policy_id = made(manager, description="Niemand geht")["policy_summary"]["id"]

    for language in ("zh-cn", "en-us"):
        headers = {"X-Language": language}
        shown = call(manager, "GET", f"{POLICIES}/{policy_id}", headers=headers).json()
        assert shown["policy"]["policy_summary"]["description"] == "Niemand geht"


def test_r_pol_13_all_policies_are_listed_or_those_of_one_entity_itself(
    world, organization, manager
):
    made(manager, name="zebra", type=TAG, content='{"tags":{}}')
    policy_id = made(manager, name="Anna")["policy_summary"]["id"]
    make_policy(organization, "On trial", is_dry_run=True)
    make_policy(make_world().organization, "Elsewhere")
    assert attach(manager, policy_id, world.root).content == b""

    assert listed(manager) == ["Anna", "FullAccess", "zebra"]
    assert listed(manager, f"?attached_entity_id={world.root.pk}") == ["Anna", "FullAccess"]
    # What is inherited is not attached.
    assert listed(manager, f"?attached_entity_id={world.unit.pk}") == ["FullAccess"]
    assert listed(manager, f"?attached_entity_id={world.member.pk}") == ["FullAccess"]


@pytest.mark.parametrize("entity_id", ["r-0000", "ou-00000000", "0" * 32, "foreign", "alone"])
def test_r_pol_13_an_entity_that_is_not_there(organization, manager, entity_id):
    if entity_id == "foreign":
        entity_id = make_world().root.pk
    elif entity_id == "alone":
        entity_id = AccountFactory().pk

    response = ask(manager, "GET", f"{POLICIES}?attached_entity_id={entity_id}")

    assert code_of(response) == NO_ENTITY


def test_r_pol_7_what_is_not_sent_stays(organization, manager):
    policy_id = made(manager, name="Old", description="old")["policy_summary"]["id"]

    def update(**body):
        response = ask(manager, "PATCH", f"{POLICIES}/{policy_id}", body)
        assert response.status_code == 200, response.content
        told = response.json()["policy"]
        assert ask(manager, "GET", f"{POLICIES}/{policy_id}").json()["policy"] == told
        summary = told["policy_summary"]
        return summary["name"], summary["description"], told["content"]

    assert update(name="New") == ("New", "old", DENY_LEAVING)
    assert update(description="") == ("New", "", DENY_LEAVING)
    assert update(content=scp("ecs:*:*")) == ("New", "", scp("ecs:*:*"))
    events = Event.objects.count()
    assert update() == update(name=None, content=None) == ("New", "", scp("ecs:*:*"))
    assert update(name="New", type=TAG) == ("New", "", scp("ecs:*:*"))  # R-POL-5
    assert Event.objects.count() == events


def test_a_deleted_policy_is_not_there_and_its_tags_are_gone(organization, manager):
    policy_id = made(manager, tags=[{"key": "k", "value": ""}])["policy_summary"]["id"]

    assert ask(manager, "DELETE", f"{POLICIES}/{policy_id}").content == b""

    assert code_of(ask(manager, "GET", f"{POLICIES}/{policy_id}")) == NOT_THERE
    tags = "/v1/organizations/organizations:policies/tags"
    assert ask(manager, "GET", tags).json() == {"tags": []}


@pytest.mark.parametrize(
    ("policy_type", "length", "refusal"),
    [(SCP, 5_120, None), (SCP, 5_121, TOO_LONG), (TAG, 10_000, None), (TAG, 10_001, TOO_LONG)],
)
def test_r_pol_2_every_character_counts(organization, manager, policy_type, length, refusal):
    text = DENY_LEAVING if policy_type == SCP else '{"tags":{}}'
    given = {"type": policy_type, "content": text.ljust(length)}

    if refusal is None:
        assert made(manager, **given)["content"] == given["content"]
    else:
        said = assert_refused(lambda: create(manager, **given), refusal)
        assert str(length) in said


def test_a_text_that_is_too_long_is_not_read_first(organization, manager):
    assert_refused(lambda: create(manager, content="{" * 5_121), TOO_LONG)
    assert_refused(lambda: create(manager, content="x" * 1_000_000), INVALID)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"Version": "1.1"}', '{"tags":{}}', scp(""), scp("nonsense")],
)
def test_r_pol_6_what_breaks_the_grammar_is_refused_with_its_place(organization, manager, content):
    said = assert_refused(lambda: create(manager, content=content), MALFORMED)

    assert said.startswith("Line 1, column ")


def test_r_pol_3_a_name_is_taken_once_for_each_type(organization, manager):
    policy_id = made(manager, name="Anna")["policy_summary"]["id"]
    other_id = made(manager, name="Other")["policy_summary"]["id"]

    assert_refused(lambda: create(manager, name="ANNA"), NAME_TAKEN)
    assert_refused(lambda: create(manager, name="FullAccess"), NAME_TAKEN)
    renamed = {"name": "anna"}
    assert_refused(lambda: ask(manager, "PATCH", f"{POLICIES}/{other_id}", renamed), NAME_TAKEN)
    assert ask(manager, "PATCH", f"{POLICIES}/{policy_id}", renamed).status_code == 200
    made(manager, name="Anna", type=TAG, content='{"tags":{}}')


def test_r_pol_1_a_thousand_of_each_type(organization, manager, settings):
    settings.POLICY_QUOTA = 2
    for name in ("one", "two"):
        made(manager, name=name)
        made(manager, name=name, type=TAG, content='{"tags":{}}')

    assert_refused(lambda: create(manager, name="three"), TOO_MANY)


def test_a_policy_takes_twenty_tags(organization, manager, settings):
    settings.TAG_QUOTA = 1
    tags = [{"key": key, "value": ""} for key in ("a", "b")]

    assert_refused(lambda: create(manager, tags=tags), (400, "Organizations.1703"))


def test_r_pol_8_the_built_in_policy_is_not_changed_deleted_or_tagged(organization, manager):
    url = f"{POLICIES}/{FULL_ACCESS}"
    tags = f"/v1/organizations/resources/{FULL_ACCESS}"
    typed = f"/v1/organizations/organizations:policies/{FULL_ACCESS}/tags"
    tag = {"tags": [{"key": "k", "value": "v"}]}
    for method, path, body in (
        ("PATCH", url, {"name": "New"}),
        ("PATCH", url, {}),
        ("DELETE", url, None),
        ("POST", f"{tags}/tag", tag),
        ("POST", f"{tags}/untag", {"tag_keys": ["k"]}),
        ("POST", f"{typed}/create", tag),
        ("POST", f"{typed}/delete", tag),
    ):
        assert_refused(lambda sent=(method, path, body): ask(manager, *sent), BUILTIN)
    assert ask(manager, "GET", f"{tags}/tags").json()["tags"] == []


@pytest.mark.parametrize("policy_id", ["p-00000000", "p-" + "0" * 128, "foreign", "on trial"])
def test_a_policy_that_is_not_there(world, organization, manager, policy_id):
    if policy_id == "foreign":
        policy_id = make_policy(make_world().organization, "Elsewhere").pk
    elif policy_id == "on trial":  # R-DRY-6
        policy_id = make_policy(organization, "On trial", is_dry_run=True).pk
    url, entity = f"{POLICIES}/{policy_id}", {"entity_id": world.unit.pk}
    for method, path, body in (
        ("GET", url, None),
        ("PATCH", url, {"name": "New"}),
        ("DELETE", url, None),
        ("POST", f"{url}/attach", entity),
        ("POST", f"{url}/detach", entity),
        ("GET", f"{url}/attached-entities", None),
    ):
        assert_refused(lambda sent=(method, path, body): ask(manager, *sent), NOT_THERE)


def test_the_parts_of_a_request_are_judged_before_what_it_speaks_of(world, organization, manager):
    absent = f"{POLICIES}/p-00000000"
    for method, path, body, field in (
        ("PATCH", absent, {"name": " "}, "name"),
        ("PATCH", absent, {"description": "\t"}, "description"),
        ("PATCH", f"{POLICIES}/{FULL_ACCESS}", {"name": ""}, "name"),
        ("POST", f"{absent}/attach", {"entity_id": "x"}, "entity_id"),
        ("POST", f"{absent}/detach", {"entity_id": "x"}, "entity_id"),
        ("POST", f"{POLICIES}/enable", {"policy_type": "x", "root_id": "r-0000"}, "policy_type"),
    ):
        said = assert_refused(lambda sent=(method, path, body): ask(manager, *sent), INVALID)
        assert said.startswith(f"{field}: ")


# --- attachments ----------------------------------------------------------------------------------


def test_a_policy_is_attached_to_root_unit_and_account_and_detached(world, organization, manager):
    policy = make_policy(organization, "Nobody leaves")
    for entity in (world.unit, world.member, world.root):
        assert attach(manager, policy, entity).content == b""

    assert attached_to(manager, policy.pk) == [
        ("organizational_unit", world.unit.pk, "Workloads"),
        ("account", world.member.pk, world.member.name),
        ("root", world.root.pk, "root"),
    ]
    assert attach(manager, policy, world.member, "detach").content == b""
    assert [row[0] for row in attached_to(manager, policy.pk)] == ["organizational_unit", "root"]


def test_r_pol_9_an_attached_policy_stays(world, organization, manager):
    policy = make_policy(organization, "Nobody leaves")
    attach(manager, policy, world.unit)

    assert_refused(lambda: ask(manager, "DELETE", f"{POLICIES}/{policy.pk}"), IN_USE)

    attach(manager, policy, world.unit, "detach")
    assert ask(manager, "DELETE", f"{POLICIES}/{policy.pk}").status_code == 204


def test_r_pol_10_five_of_them_on_an_entity(world, organization, manager):
    for number in range(4):
        attach(manager, make_policy(organization, f"number {number}"), world.unit)
    one_more = make_policy(organization, "one more")

    assert_refused(lambda: attach(manager, one_more, world.unit), TOO_MANY_ATTACHED)
    assert attach(manager, one_more, world.member).status_code == 200  # inherited ones do not count


def test_r_pol_11_attaching_twice_and_detaching_what_is_not_attached(world, organization, manager):
    policy = make_policy(organization, "Nobody leaves")
    assert_refused(lambda: attach(manager, policy, world.unit, "detach"), NOT_ATTACHED)
    attach(manager, policy, world.unit)
    assert_refused(lambda: attach(manager, policy, world.unit), ATTACHED_ALREADY)


def test_r_pol_12_every_entity_keeps_one(world, organization, manager):
    for entity in (world.root, world.unit, world.member):
        assert_refused(lambda at=entity: attach(manager, FULL_ACCESS, at, "detach"), LAST_SCP)

    attach(manager, make_policy(organization, "Nobody leaves"), world.unit)
    assert attach(manager, FULL_ACCESS, world.unit, "detach").status_code == 200


def test_r_pol_12_tag_policies_have_no_minimum(world, organization, manager):
    policy_id = made(manager, type=TAG, content='{"tags":{}}')["policy_summary"]["id"]
    attach(manager, policy_id, world.unit)

    assert attach(manager, policy_id, world.unit, "detach").status_code == 200


@pytest.mark.parametrize("entity_id", ["r-0000", "ou-00000000", "0" * 32, "foreign", "alone"])
@pytest.mark.parametrize("how", ["attach", "detach"])
def test_an_entity_that_is_not_there(organization, manager, entity_id, how):
    if entity_id == "foreign":
        entity_id = make_world().unit.pk
    elif entity_id == "alone":
        entity_id = AccountFactory().pk
    policy = make_policy(organization, "Nobody leaves")

    assert_refused(lambda: attach(manager, policy, entity_id, how), NO_ENTITY)


@pytest.mark.parametrize("policy_type", [SCP, TAG])
def test_r_pt_7_attaching_needs_the_type_switched_on(world, manager, policy_type, run_jobs):
    content = DENY_LEAVING if policy_type == SCP else '{"tags":{}}'
    policy_id = made(manager, type=policy_type, content=content)["policy_summary"]["id"]
    assert_refused(lambda: attach(manager, policy_id, world.unit), TYPE_OFF)

    switch(manager, "enable", world.root.pk, policy_type)
    assert_refused(lambda: attach(manager, policy_id, world.unit), TYPE_OFF)
    run_jobs()
    assert attach(manager, policy_id, world.unit).status_code == 200


# --- policy types ---------------------------------------------------------------------------------


def statuses(root):
    return {each["type"]: each["status"] for each in root["policy_types"]}


def test_r_pt_2_the_root_tells_how_far_a_type_has_got(world, manager, run_jobs):
    def root():
        (found,) = ask(manager, "GET", "/v1/organizations/roots").json()["roots"]
        return found

    answer = switch(manager, "enable", world.root.pk, SCP)
    assert answer.status_code == 202
    assert answer.json() == {"root": root()}
    assert statuses(root()) == {SCP: "pending_enable", TAG: "disabled"}
    run_jobs()
    assert statuses(root()) == {SCP: "enabled", TAG: "disabled"}
    unit = UnitFactory(parent=world.unit)  # made without the operation, so it has none
    wanted = {world.root.pk, world.unit.pk, world.member.pk}
    assert wanted <= {row[1] for row in attached_to(manager, FULL_ACCESS)}
    assert unit.pk not in {row[1] for row in attached_to(manager, FULL_ACCESS)}

    switch(manager, "enable", world.root.pk, TAG)
    run_jobs()
    assert statuses(root()) == {SCP: "enabled", TAG: "enabled"}

    answer = switch(manager, "disable", world.root.pk, SCP)
    assert answer.status_code == 202
    assert statuses(answer.json()["root"]) == {SCP: "pending_disable", TAG: "enabled"}
    run_jobs()
    assert statuses(root()) == {SCP: "disabled", TAG: "enabled"}
    assert attached_to(manager, FULL_ACCESS) == []


def test_r_pt_2_switching_where_it_is_already_or_on_its_way(
    world, manager, run_jobs, counted_by_nobody
):
    root_id = world.root.pk
    for again in (False, True):
        assert_refused(lambda: switch(manager, "disable", root_id, TAG), TYPE_OFF_ALREADY)
        switch(manager, "enable", root_id, TAG)
        assert_refused(lambda: switch(manager, "enable", root_id, TAG), TYPE_ON_ALREADY)
        assert_refused(lambda: switch(manager, "disable", root_id, TAG), BUSY)
        run_jobs()
        assert_refused(lambda: switch(manager, "enable", root_id, TAG), TYPE_ON_ALREADY)
        switch(manager, "disable", root_id, TAG)
        assert_refused(lambda: switch(manager, "disable", root_id, TAG), TYPE_OFF_ALREADY)
        assert_refused(lambda: switch(manager, "enable", root_id, TAG), BUSY)
        if not again:
            run_jobs()


@pytest.mark.parametrize("root_id", ["r-0000", "foreign"])
@pytest.mark.parametrize("how", ["enable", "disable"])
def test_a_root_that_is_not_there(manager, root_id, how, counted_by_nobody):
    if root_id == "foreign":
        root_id = make_world().root.pk

    assert_refused(lambda: switch(manager, how, root_id, SCP), NO_ROOT)


# --- once, and how much ---------------------------------------------------------------------------


def test_p4_what_is_sent_twice_is_done_once(world, organization, manager):
    policy = make_policy(organization, "Nobody leaves")
    body = {"name": "New", "description": "", "type": SCP, "content": DENY_LEAVING}
    entity, types = {"entity_id": world.unit.pk}, {"policy_type": TAG, "root_id": world.root.pk}
    url = f"{POLICIES}/{policy.pk}"
    for number, (method, path, content) in enumerate(
        [
            ("POST", POLICIES, body),
            ("PATCH", url, {"name": "Renamed"}),
            ("POST", f"{url}/attach", entity),
            ("POST", f"{url}/detach", entity),
            ("DELETE", url, None),
            ("POST", f"{POLICIES}/disable", types),
        ]
    ):
        events, token = Event.objects.count(), {"X-Idempotency-Key": f"order-{number}"}
        first, second = (call(manager, method, path, content, headers=token) for _ in range(2))
        assert first.status_code < 300, first.content
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert Event.objects.count() == events + 1


def test_r_quo_1_policies_are_counted_and_what_hangs_on_one_entity(world, organization, manager):
    def used():
        rows = ask(manager, "GET", "/v1/organizations/quotas").json()["quotas"]["resources"]
        return {row["type"]: (row["used"], row["quota"]) for row in rows}

    assert used()["policy"] == (0, 2_000)
    assert used()["service_control_policy_per_entity"] == (1, 5)
    for name in ("one", "two"):
        attach(manager, make_policy(organization, name), world.unit)
    made(manager, type=TAG, content='{"tags":{}}')
    attach_to_everything(make_policy(organization, "On trial", is_dry_run=True))

    assert used()["policy"] == (3, 2_000)
    assert used()["service_control_policy_per_entity"] == (3, 5)
    assert Attachment.objects.dry_run().count() == 4


# --- effective policies ---------------------------------------------------------------------------

EFFECTIVE = "/v1/organizations/entities/effective-policies"
UNSUPPORTED, NONE_REACHES = (400, "Organizations.1663"), (404, "Organizations.1664")


def effective(key, entity_id, policy_type=TAG):
    return ask(key, "GET", f"{EFFECTIVE}?entity_id={entity_id}&policy_type={policy_type}")


def test_r_tp_2_what_tag_policies_come_to_for_an_account(world, organization, manager):
    policy = attach_tag_policy(world.unit)

    told = effective(manager, world.member.pk).json()

    assert told == {
        "last_updated_at": told["last_updated_at"],
        "policy_content": told["policy_content"],
        "policy_type": TAG,
        "entity_id": world.member.pk,
    }
    assert json.loads(told["policy_content"]) == {"tags": {"env": {"tag_key": "Env"}}}
    stamp = policy.attachments.get().attached_at.strftime("%Y-%m-%dT%H:%M")
    assert told["last_updated_at"].startswith(stamp)
    assert told["last_updated_at"].endswith("Z")


@pytest.mark.parametrize("entity", ["member", "root", "nonsense", "nobody"])
@pytest.mark.parametrize("policy_type", [SCP, "resource_control_policy", "", "TAG_POLICY"])
def test_r_tp_1_other_types_have_none_whatever_the_entity(
    world, organization, manager, entity, policy_type
):
    entity_id = {
        "member": world.member.pk,
        "root": world.root.pk,
        "nonsense": "x",
        "nobody": "0" * 32,
    }[entity]

    assert code_of(effective(manager, entity_id, policy_type)) == UNSUPPORTED


def test_r_tp_1_accounts_alone_have_one(world, organization, manager):
    attach_tag_policy(world.root)
    for entity_id in (world.root.pk, world.unit.pk, "x", ""):
        refused = effective(manager, entity_id)
        assert code_of(refused) == INVALID
        assert refused.json()["error_msg"].startswith("entity_id: ")
    for account_id in ("0" * 32, make_world().member.pk, AccountFactory().pk):
        assert code_of(effective(manager, account_id)) == NO_ENTITY


def test_r_tp_3_no_tag_policy_on_the_path_or_the_type_off(world, organization, manager, run_jobs):
    management = organization.management_account_id
    assert code_of(effective(manager, world.member.pk)) == NONE_REACHES

    attach_tag_policy(world.unit)
    assert effective(manager, world.member.pk).status_code == 200
    assert code_of(effective(manager, management)) == NONE_REACHES

    switch(manager, "disable", world.root.pk, TAG)
    assert code_of(effective(manager, world.member.pk)) == NONE_REACHES
    run_jobs()
    assert code_of(effective(manager, world.member.pk)) == NONE_REACHES


@pytest.mark.parametrize("query", ["", "entity_id={member}", "policy_type=tag_policy"])
def test_an_effective_policy_is_asked_for_with_both(world, manager, query):
    response = ask(manager, "GET", f"{EFFECTIVE}?{query.format(member=world.member.pk)}")

    assert code_of(response) == INVALID
