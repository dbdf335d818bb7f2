"""R-PERM-3 to R-PERM-5: what policies may ask of calls of this service itself, here and on the wire."""

import json

import pytest
from django.test import Client

from orgs import errors, operations
from orgs.models import Invitation, OrganizationalUnit, PolicyType, User
from orgs.permissions import SCOPED
from orgs.queries import own_decisions
from orgs.queries.own_calls import OwnCall
from tests.authorization import CONDITIONS
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.standing import as_made, standing
from tests.wire.signing import ask, assert_refused, code_of, key_for

pytestmark = pytest.mark.django_db
SCP = PolicyType.SERVICE_CONTROL_POLICY
PERMISSION_DENIED = (403, "Organizations.1007")
RESOURCES = "/v1/organizations/resources"
ADMINISTRATORS = "/v1/organizations/delegated-administrators"


class World:
    """A member with every right on a unit that holds another account, under policies that are on."""

    def __init__(self) -> None:
        self.organization, self.manager = make_organization()
        root = self.organization.root
        self.unit = UnitFactory(parent=root, name="Shop")
        self.below, self.beside = (
            UnitFactory(parent=self.unit, name=name) for name in ("Below", "Beside")
        )
        self.account = AccountFactory(member_of=self.below)
        self.home = AccountFactory(member_of=UnitFactory(parent=root, name="Home"))
        self.user = make_administrator(self.home)
        self.actor = actor_for(self.user)
        operations.policy_types.enable_policy_type(
            actor=self.manager, root_id=root.pk, policy_type=SCP
        )
        operations.policy_types.finish_policy_type_switches(root.pk)
        self.policy = self.make_policy("Loose", [{"Effect": "Deny", "Action": ["signin::*"]}])
        operations.scoped_grants.create_scoped_grant(
            actor=self.manager,
            unit_id=self.unit.pk,
            username=self.user.username,
            permissions=SCOPED,
            policy_ids=[self.policy.pk, "p-FullAccess"],
        )

    def make_policy(self, name, statements, *, is_dry_run=False):
        return operations.policies.create_policy(
            actor=self.manager,
            name=name,
            policy_type=SCP,
            content=json.dumps({"Version": "5.0", "Statement": statements}),
            is_dry_run=is_dry_run,
        )

    def deny(self, *actions, **condition):
        """Deny the member's users, by a policy of its unit, what the condition says."""
        statement = {"Sid": "Keep", "Effect": "Deny", "Action": list(actions)}
        if condition:
            statement["Condition"] = condition
        guard = self.make_policy("Guard", [statement])
        operations.attachments.attach_policy(
            actor=self.manager, policy_id=guard.pk, entity_id=self.home.unit_id
        )
        return guard

    def tag(self, thing, **tags):
        operations.tags.tag_resource(
            actor=self.manager, resource_id=thing.pk, tags=list(tags.items())
        )

    def attach(self, policy, entity):
        operations.attachments.attach_policy(
            actor=self.manager, policy_id=policy.pk, entity_id=entity.pk
        )

    def delegate(self):
        """Make the member a delegated administrator: it reads."""
        for principal in ("service.CTS", "service.COC"):
            operations.trusted_services.enable_trusted_service(
                actor=self.manager, service_principal=principal
            )
        operations.delegated_administrators.register_delegated_administrator(
            actor=self.manager, account_id=self.home.pk, service_principal="service.CTS"
        )


@pytest.fixture(scope="module")
def world_made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield World()


@pytest.fixture
def world(world_made_once, db):
    return as_made(world_made_once)


def refused(operation, **given):
    """The sentence of the denial; nothing has changed."""
    before = digest_of_database()
    with pytest.raises(errors.DeniedByPolicy) as refusal:
        operation(**given)
    assert digest_of_database() == before
    return str(refusal.value)


def tags_of(thing):
    return dict(thing.tags.values_list("key", "value"))


# --- tags that are sent ---------------------------------------------------------------------------


def test_r_perm_4_the_value_of_a_sent_tag_is_denied_and_the_statement_is_named(world):
    world.deny("organizations:resources:tag", StringEquals={"g:RequestTag/owner": ["x", "y"]})
    tag = {"actor": world.actor, "resource_id": world.account.pk}

    sentence = refused(operations.tags.tag_resource, **tag, tags=[("a", "1"), ("owner", "x")])

    assert sentence == (
        "The policies of your organization do not let you do this: organizations:resources:tag. "
        'Denied by statement 1 ("Keep") of policy Guard at Home.'
    )
    operations.tags.tag_resource(**tag, tags=[("a", "1"), ("owner", "z"), ("b", "x")])
    assert tags_of(world.account) == {"a": "1", "owner": "z", "b": "x"}


def test_r_perm_4_a_tag_that_is_missing_is_asked_for(world):
    world.deny("organizations:ous:create", Null={"g:RequestTag/owner": ["true"]})
    create = operations.units.create_organizational_unit
    given = {"actor": world.actor, "parent_id": world.below.pk, "name": "New"}

    refused(create, **given)
    refused(create, **given, tags=[("cost", "1")])
    unit = create(**given, tags=[("owner", "")])

    assert tags_of(unit) == {"owner": ""}


def test_r_perm_4_the_keys_of_sent_tags_are_a_list(world):
    only = {"g:TagKeys": ["owner", "cost"]}
    world.deny("organizations:resources:*", **{"ForAnyValue:StringNotEquals": only})
    tag = {"actor": world.actor, "resource_id": world.account.pk}

    refused(operations.tags.tag_resource, **tag, tags=[("owner", "x"), ("team", "y")])
    refused(operations.tags.untag_resource, **tag, tag_keys=["team"])
    operations.tags.tag_resource(**tag, tags=[("owner", "x"), ("cost", "y")])
    operations.tags.untag_resource(**tag, tag_keys=["owner"])

    assert tags_of(world.account) == {"cost": "y"}


def test_r_perm_3_a_call_with_tags_needs_the_right_to_tag_as_well(world):
    world.deny("organizations:resources:tag", StringEquals={"g:RequestTag/owner": "x"})
    owned = {"tags": [("owner", "x")]}
    unit = {"actor": world.actor, "parent_id": world.below.pk, "name": "New"}
    target = AccountFactory()
    invitation = {
        "actor": world.actor,
        "target_type": "account",
        "target": target.pk,
        "destination_parent_id": world.below.pk,
    }

    assert "organizations:resources:tag" in refused(
        operations.units.create_organizational_unit, **unit, **owned
    )
    assert "organizations:resources:tag" in refused(
        operations.invitations.invite_account, **invitation, **owned
    )
    operations.units.create_organizational_unit(**unit)
    operations.invitations.invite_account(**invitation, tags=[("owner", "y")])

    assert Invitation.objects.get(account=target).tags == {"owner": "y"}


def test_r_perm_3_changing_tags_is_tagging_untagging_or_both(world):
    world.tag(world.account, owner="x", cost="1")
    world.deny("organizations:resources:untag")
    change = {"actor": world.actor, "resource_id": world.account.pk}

    assert "organizations:resources:untag" in refused(
        operations.tags.update_tags, **change, removed_keys=["owner"]
    )
    refused(operations.tags.update_tags, **change, tags=[("cost", "2")], removed_keys=["owner"])
    operations.tags.update_tags(**change, tags=[("cost", "2")])

    assert tags_of(world.account) == {"owner": "x", "cost": "2"}


def test_r_perm_3_setting_attachments_is_detaching_where_a_policy_goes(world):
    world.attach(world.policy, world.below)
    world.deny("organizations:policies:detach")
    given = {"actor": world.actor, "entity_id": world.below.pk, "policy_type": SCP}
    full, loose = "p-FullAccess", world.policy.pk
    present = [row.policy_id for row in world.below.attachments.order_by("place")]
    assert present == [full, loose]

    sentence = refused(operations.attachments.set_attachments, **given, policy_ids=[full])
    operations.attachments.set_attachments(**given, policy_ids=[loose, full])

    assert "organizations:policies:detach" in sentence
    left = [row.policy_id for row in world.below.attachments.order_by("place")]
    assert left == [loose, full]


# --- tags of what it is about ---------------------------------------------------------------------

KEPT = {"StringEquals": {"g:ResourceTag/keep": "yes"}}


def test_r_perm_4_what_carries_a_tag_is_not_deleted(world):
    world.deny("organizations:ous:delete", **KEPT)
    world.tag(world.beside, keep="yes")
    delete = operations.units.delete_organizational_unit
    spare = UnitFactory(parent=world.below, name="Spare")
    world.tag(spare, keep="no")

    assert refused(delete, actor=world.actor, unit_id=world.beside.pk).endswith(
        'Denied by statement 1 ("Keep") of policy Guard at Home.'
    )
    delete(actor=world.actor, unit_id=spare.pk)
    assert not OrganizationalUnit.objects.filter(pk=spare.pk).exists()


def every_act(world):
    """Each operation that is about something that may carry tags, with what that is."""
    of_account = {"resource_id": world.account.pk}
    within = {"source_parent_id": world.below.pk, "destination_parent_id": world.beside.pk}
    out = {"source_parent_id": world.unit.pk, "destination_parent_id": world.below.pk}
    hook = {"policy_id": world.policy.pk, "entity_id": world.below.pk}
    exactly = {"policy_type": SCP, "policy_ids": [world.policy.pk]}
    units, tags, attachments = operations.units, operations.tags, operations.attachments
    move = operations.accounts.move_account
    return {
        "create": (units.create_organizational_unit, world.below, parent(world.below)),
        "rename": (units.update_organizational_unit, world.beside, named(world.beside)),
        "move_unit": (
            units.move_organizational_unit,
            world.beside,
            {"unit_id": world.beside.pk, **out},
        ),
        "delete": (units.delete_organizational_unit, world.beside, {"unit_id": world.beside.pk}),
        "move": (move, world.account, {"account_id": world.account.pk, **within}),
        "move_from": (move, world.below, {"account_id": world.account.pk, **within}),
        "move_to": (move, world.beside, {"account_id": world.account.pk, **within}),
        "tag": (tags.tag_resource, world.account, {**of_account, "tags": [("a", "1")]}),
        "untag": (tags.untag_resource, world.account, {**of_account, "tag_keys": ["keep"]}),
        "change_tags": (tags.update_tags, world.account, {**of_account, "removed_keys": ["keep"]}),
        "attach_to": (attachments.attach_policy, world.below, hook),
        "attach": (attachments.attach_policy, world.policy, hook),
        "detach": (attachments.detach_policy, world.policy, hook | {"entity_id": world.unit.pk}),
        "set": (attachments.set_attachments, world.below, {"entity_id": world.below.pk, **exactly}),
    }


def parent(unit):
    return {"parent_id": unit.pk, "name": "New"}


def named(unit):
    return {"unit_id": unit.pk, "name": "Renamed"}


ACTS = (
    *("create", "rename", "move_unit", "delete", "move", "move_from", "move_to"),
    *("tag", "untag", "change_tags", "attach_to", "attach", "detach", "set"),
)


@pytest.mark.parametrize("act", ACTS)
def test_r_perm_4_every_operation_is_judged_by_the_tags_of_what_it_is_about(world, act):
    world.attach(world.policy, world.unit)
    world.attach(world.make_policy("Else", [{"Effect": "Deny", "Action": ["x:y:z"]}]), world.unit)
    operation, thing, given = every_act(world)[act]
    world.deny("organizations:*:*", **KEPT)
    world.tag(thing, keep="yes")

    refused(operation, actor=world.actor, **given)

    operations.tags.update_tags(actor=world.manager, resource_id=thing.pk, tags=[("keep", "no")])
    operation(actor=world.actor, **given)


def test_r_perm_4_of_many_resources_each_is_judged_and_one_keeps_all(world):
    others = [AccountFactory(member_of=world.below) for _ in range(3)]
    world.tag(others[1], keep="yes")
    world.deny("organizations:*:*", **KEPT)
    moves = [operations.accounts.Move(one.pk, world.below.pk) for one in others]
    ids = [one.pk for one in others]
    move, change = operations.accounts.move_accounts, operations.tags.update_tags_of_resources
    to = {"actor": world.actor, "destination_parent_id": world.beside.pk}

    refused(move, **to, moves=moves)
    refused(change, actor=world.actor, resource_ids=ids, tags=[("a", "1")])
    move(**to, moves=[moves[0], moves[2]])


@pytest.mark.parametrize("kind", ["unit", "account"])
def test_r_perm_4_a_move_of_what_carries_a_tag_is_not_undone(world, kind):
    if kind == "unit":
        thing, module = world.beside, operations.units
        given = {"unit_id": thing.pk, "source_parent_id": world.unit.pk}
        module.move_organizational_unit(
            actor=world.actor, destination_parent_id=world.below.pk, **given
        )
    else:
        thing, module = world.account, operations.accounts
        given = {"account_id": thing.pk, "source_parent_id": world.below.pk}
        module.move_account(actor=world.actor, destination_parent_id=world.beside.pk, **given)
    number = world.organization.events.order_by("-number").first().number
    world.deny("organizations:*:*", **KEPT)
    world.tag(thing, keep="yes")

    refused(module.undo_move, actor=world.actor, number=number)

    operations.tags.untag_resource(actor=world.manager, resource_id=thing.pk, tag_keys=["keep"])
    module.undo_move(actor=world.actor, number=number)


def test_r_perm_4_a_variable_of_a_policy_stands_for_a_tag_of_the_resource(world):
    world.deny(
        "organizations:resources:tag",
        StringNotEquals={"g:RequestTag/team": "${g:ResourceTag/team}"},
    )
    world.tag(world.account, team="blue")
    tag = {"actor": world.actor, "resource_id": world.account.pk}

    refused(operations.tags.update_tags, **tag, tags=[("team", "red")])
    operations.tags.update_tags(**tag, tags=[("team", "blue"), ("a", "1")])


def test_r_perm_4_tags_of_another_organization_are_not_looked_at(world):
    other, other_manager = make_organization()
    foreign = UnitFactory(parent=other.root)
    operations.tags.tag_resource(
        actor=other_manager, resource_id=foreign.pk, tags=[("keep", "yes")]
    )
    world.deny("organizations:ous:delete", **KEPT)

    with pytest.raises(errors.OuNotFound):
        operations.units.delete_organizational_unit(actor=world.actor, unit_id=foreign.pk)


def test_r_perm_5_an_explicit_deny_beats_any_allow(world):
    allow = {"Effect": "Allow", "Action": ["organizations:*:*"], "Resource": ["*"]}
    deny = {"Effect": "Deny", "Action": ["organizations:ous:delete"], "Condition": KEPT}
    both = world.make_policy("Both", [allow, deny, allow])
    world.attach(both, world.home)
    world.tag(world.beside, keep="yes")
    delete = operations.units.delete_organizational_unit

    sentence = refused(delete, actor=world.actor, unit_id=world.beside.pk)

    assert "Denied by statement 2 of policy Both" in sentence
    operations.units.update_organizational_unit(
        actor=world.actor, unit_id=world.beside.pk, name="Allowed"
    )


def test_r_perm_4_what_policies_on_trial_ask_of_tags_is_tried_by_them(world):
    trial = world.make_policy(
        "Trial",
        [{"Effect": "Deny", "Action": ["organizations:ous:update"], "Condition": KEPT}],
        is_dry_run=True,
    )
    world.organization.dry_run_configurations.create(
        state="enabled", created_at=trial.created_at, updated_at=trial.created_at
    )
    operations.attachments.attach_policy(
        actor=world.manager, policy_id=trial.pk, entity_id=world.home.pk, is_dry_run=True
    )
    world.tag(world.beside, keep="yes")
    told = []
    before = list(own_decisions._recorders)
    own_decisions.record_dry_runs_with(lambda _actor, tried: told.append(tried.request))
    try:
        for unit in (world.beside, world.below):
            operations.units.update_organizational_unit(
                actor=world.actor, unit_id=unit.pk, name=f"New {unit.name}"
            )
    finally:
        own_decisions._recorders[:] = before

    (tried,) = told
    assert tried.context["g:ResourceTag/keep"] == "yes"


# --- statements -----------------------------------------------------------------------------------


def judge(world, call):
    organization = world.organization
    organization.refresh_from_db()
    version = organization.policy_version
    management_account_id = organization.management_account_id

    def require():
        own_decisions.require_own_call(
            actor=world.actor,
            management_account_id=management_account_id,
            policy_version=version,
            call=call,
        )

    return require


def test_r_perm_4_tags_are_asked_for_in_one_statement_where_a_policy_asks(
    world, django_assert_num_queries
):
    things = [world.unit, world.below, world.account, world.policy]
    call = OwnCall("organizations:ous:update", resource_ids=[one.pk for one in things])
    world.deny(
        "organizations:ous:delete", StringEquals={"g:RequestTag/a": "1", "g:ResourceTag/b": "1"}
    )
    require = judge(world, call)
    require()
    with django_assert_num_queries(0):  # the policy is about another action
        require()

    require = judge(world, OwnCall("organizations:ous:delete", resource_ids=call.resource_ids))
    require()
    with django_assert_num_queries(1):
        require()


def test_r_perm_4_of_what_was_sent_no_statement_is_asked(world, django_assert_num_queries):
    world.deny("organizations:ous:update", StringEquals={"g:RequestTag/a": "1"})
    call = OwnCall("organizations:ous:update", resource_ids=[world.unit.pk], tags=[("a", "2")])
    require = judge(world, call)
    require()

    with django_assert_num_queries(0):
        require()


# --- on the wire and in the console ---------------------------------------------------------------


def signer(user):
    """A key whose use is noted."""
    key = key_for(user)
    ask(key, "GET", "/v1/organizations")
    return key


def test_r_perm_4_the_wire_judges_writes_by_their_tags(world):
    world.deny("organizations:resources:tag", StringEquals={"g:RequestTag/owner": "x"})
    key = signer(world.user)
    url = f"{RESOURCES}/{world.account.pk}/tag"

    def tag(value):
        return ask(key, "POST", url, {"tags": [{"key": "owner", "value": value}]})

    sentence = assert_refused(lambda: tag("x"), PERMISSION_DENIED)
    assert 'Denied by statement 1 ("Keep") of policy Guard at Home.' in sentence
    assert tag("y").status_code == 200
    assert tags_of(world.account) == {"owner": "y"}


def test_r_perm_4_the_wire_judges_deletions_by_the_tags_of_what_goes(world):
    world.deny("organizations:ous:delete", **KEPT)
    world.tag(world.beside, keep="yes")
    key, url = signer(world.user), f"/v1/organizations/organizational-units/{world.beside.pk}"

    assert_refused(lambda: ask(key, "DELETE", url), PERMISSION_DENIED)

    operations.tags.untag_resource(
        actor=world.manager, resource_id=world.beside.pk, tag_keys=["keep"]
    )
    assert ask(key, "DELETE", url).status_code == 204


@pytest.mark.parametrize("url", ["/v1/organizations/accounts/{id}", f"{RESOURCES}/{{id}}/tags"])
def test_r_perm_4_reads_are_judged_by_the_tags_of_what_the_path_names(world, url):
    world.delegate()
    world.deny("organizations:*:*", **KEPT)
    world.tag(world.account, keep="yes")
    key = signer(world.user)

    kept = url.format(id=world.account.pk)
    assert_refused(lambda: ask(key, "GET", kept), PERMISSION_DENIED)
    assert ask(key, "GET", url.format(id=world.home.pk)).status_code == 200


def test_r_perm_4_reads_are_judged_by_the_tags_of_what_the_query_names(world):
    world.delegate()
    world.deny("organizations:accounts:list", **KEPT)
    world.tag(world.below, keep="yes")
    key, url = signer(world.user), "/v1/organizations/accounts"

    assert_refused(lambda: ask(key, "GET", f"{url}?parent_id={world.below.pk}"), PERMISSION_DENIED)
    assert ask(key, "GET", f"{url}?parent_id={world.beside.pk}").status_code == 200
    assert ask(key, "GET", url).status_code == 200


def test_r_perm_4_the_service_that_administrators_are_listed_of_is_asked_for(world):
    world.delegate()
    world.deny(
        "organizations:delegatedAdministrators:*",
        StringNotEquals={"organizations:ServicePrincipal": "service.CTS"},
    )
    key = signer(world.user)

    for query in ("", "?service_principal=service.COC"):
        url = ADMINISTRATORS + query
        assert_refused(lambda url=url: ask(key, "GET", url), PERMISSION_DENIED)
    found = ask(key, "GET", f"{ADMINISTRATORS}?service_principal=service.CTS").json()
    listed = [one["account_id"] for one in found["delegated_administrators"]]
    assert listed == [world.home.pk]


def test_r_perm_4_registering_is_the_management_account_s_which_no_policy_binds(world):
    world.delegate()
    statement = {
        "Effect": "Deny",
        "Action": ["organizations:delegatedAdministrators:register"],
        "Condition": {"StringNotEquals": {"organizations:ServicePrincipal": "service.CTS"}},
    }
    world.attach(world.make_policy("Guard", [statement]), world.organization.root)
    body = {"account_id": world.account.pk, "service_principal": "service.COC"}

    def register(user):
        return ask(signer(user), "POST", f"{ADMINISTRATORS}/register", body)

    member = signer(world.user)
    assert_refused(
        lambda: ask(member, "POST", f"{ADMINISTRATORS}/register", body),
        (401, "Organizations.1001"),
    )
    manager = User.objects.get(pk=world.manager.user_id)
    assert register(manager).status_code == 201


def test_r_perm_4_the_simulator_decides_by_the_service(world):
    world.delegate()
    world.deny(
        "organizations:delegatedAdministrators:register",
        StringNotEquals={"organizations:ServicePrincipal": "service.CTS"},
    )
    key = signer(User.objects.get(pk=world.manager.user_id))

    def allowed(principal):
        body = {
            "account_id": world.home.pk,
            "action": "organizations:delegatedAdministrators:register",
            "context": {"organizations:ServicePrincipal": principal},
        }
        return ask(key, "POST", "/x/v1/authorize", body).json()["decision"]["allowed"]

    assert (allowed("service.CTS"), allowed("service.COC")) == (True, False)


def test_r_perm_4_the_console_says_which_statement_keeps_what_carries_a_tag(world):
    world.deny("organizations:ous:delete", **KEPT)
    world.tag(world.beside, keep="yes")
    browser = Client()
    browser.force_login(world.user)

    page = browser.post(f"/structure/units/{world.beside.pk}/delete/")

    assert "of policy Guard at Home" in page.text
    assert OrganizationalUnit.objects.filter(pk=world.beside.pk).exists()


# --- each key, at both doors ----------------------------------------------------------------------


def test_r_perm_4_the_wire_and_the_console_refuse_by_every_key_as_the_table_says(world):
    """One policy denies the value `no` by each key; the callers, grantee and delegated, may do all of it."""
    world.delegate()
    world.deny(
        "organizations:*:*",
        StringEquals={"organizations:ServicePrincipal": "service.COC"},
    )
    for name, condition in {
        "Value": {"StringEquals": {"g:RequestTag/sent": "no"}},
        "Keys": {"ForAnyValue:StringEquals": {"g:TagKeys": "no"}},
        "Resource": {"StringEquals": {"g:ResourceTag/kept": "no"}},
    }.items():
        denial = {"Effect": "Deny", "Action": ["organizations:*:*"], "Condition": condition}
        world.attach(world.make_policy(name, [denial]), world.home)
    world.tag(world.beside, kept="no")
    world.tag(world.below, kept="yes")
    world.tag(world.account, no="1", yes="1")
    key, browser = signer(world.user), Client()
    browser.force_login(world.user)
    tagged, unit = world.account.pk, "/v1/organizations/organizational-units"
    kept = {"no": world.beside.pk, "yes": world.below.pk}
    principals = {"no": "service.COC", "yes": "service.CTS"}

    def form(name, value, *, was=""):
        fields = {"key": name, "value": value, "was_key": was, "was_value": "1" if was else ""}
        return {field: [text] for field, text in fields.items()}

    doors = {
        "tag_resource": lambda value: ask(
            key,
            "POST",
            f"{RESOURCES}/{tagged}/tag",
            {"tags": [{"key": "sent", "value": value}]},
        ),
        "untag_resource": lambda value: ask(
            key, "POST", f"{RESOURCES}/{tagged}/untag", {"tag_keys": [value]}
        ),
        "update_organizational_unit": lambda value: ask(
            key, "PATCH", f"{unit}/{kept[value]}", {"name": "New name"}
        ),
        "list_delegated_administrators": lambda value: ask(
            key, "GET", f"{ADMINISTRATORS}?service_principal={principals[value]}"
        ),
        "unit_tags": lambda value: browser.post(
            f"/structure/units/{world.unit.pk}/tags/", form("sent", value)
        ),
        "account_tags": lambda value: browser.post(
            f"/structure/accounts/{tagged}/tags/", form(value, "2")
        ),
        "unit": lambda value: browser.get(f"/structure/units/{kept[value]}/"),
        "service": lambda value: browser.get(f"/services/{principals[value]}/"),
    }
    assert set(doors) == {name for row in CONDITIONS.values() for name in row}

    for name, page in CONDITIONS.values():
        before = digest_of_database()
        assert code_of(doors[name]("no")) == PERMISSION_DENIED, name
        refusal = doors[page]("no")
        assert refusal.status_code == 403, page
        assert "The policies of your organization do not let you do this" in refusal.text
        assert digest_of_database() == before

        assert doors[name]("yes").status_code < 300, name
        assert doors[page]("yes").status_code in (200, 302), page
