"""R-PERM-6: service control policies bind members' users in this service too, through API and console."""

import pytest
from django.test import Client

from orgs import errors, operations, queries
from orgs.models import Account, JoinMethod, PolicyType
from orgs.operations.attachments import attach_policy, detach_policy
from orgs.operations.policies import create_policy
from orgs.operations.policy_types import disable_policy_type, enable_policy_type
from orgs.queries import own_decisions
from orgs.queries.own_calls import OwnCall
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    InvitationFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.wire.signing import call, code_of, key_for

pytestmark = pytest.mark.django_db
SCP = PolicyType.SERVICE_CONTROL_POLICY
PERMISSION_DENIED = (403, "Organizations.1007")


def denying(action):
    return f"""{{
  "Version": "5.0",
  "Statement": [{{"Sid": "Stay", "Effect": "Deny", "Action": ["{action}"]}}]
}}"""


class World:
    """A member under a unit of an organization whose service control policies are on."""

    def __init__(self, run_jobs):
        self.organization, self.manager = make_organization()
        self.unit = UnitFactory(parent=self.organization.root, name="Shop")
        self.account = AccountFactory(member_of=self.unit, join_method=JoinMethod.INVITED)
        self.user = make_administrator(self.account)
        self.run_jobs = run_jobs
        self.switch(enable_policy_type)

    @property
    def actor(self):
        return actor_for(self.user)

    def switch(self, operation):
        root_id = self.organization.root.pk
        operation(actor=self.manager, root_id=root_id, policy_type=SCP)
        self.run_jobs()

    def deny(self, action, entity=None):
        policy = create_policy(
            actor=self.manager, name="Guard", policy_type=SCP, content=denying(action)
        )
        entity_id = (entity or self.unit).pk
        attach_policy(actor=self.manager, policy_id=policy.pk, entity_id=entity_id)
        return policy


@pytest.fixture
def world(run_jobs):
    return World(run_jobs)


def refused(act):
    before = digest_of_database()
    with pytest.raises(errors.DeniedByPolicy) as refusal:
        act()
    assert digest_of_database() == before
    return refusal.value


def leave(world):
    operations.departures.leave_organization(actor=world.actor)


def test_deny_leave_keeps_a_member_and_says_which_statement_does(world):
    world.deny("organizations:organizations:leave")

    refusal = refused(lambda: leave(world))

    assert str(refusal) == (
        "The policies of your organization do not let you do this: organizations:organizations:leave. "
        'Denied by statement 1 ("Stay") of policy Guard at Shop.'
    )


def test_what_no_policy_denies_is_done(world):
    world.deny("organizations:handshakes:*")

    leave(world)

    assert Account.objects.get(pk=world.account.pk).organization_id is None


def test_a_policy_that_is_detached_or_switched_off_keeps_nobody(world):
    policy = world.deny("organizations:organizations:leave")
    refused(lambda: leave(world))

    world.switch(disable_policy_type)

    leave(world)
    assert policy.attachments.count() == 0


def test_r_scp_7_an_account_that_nothing_allows_anything_stays(world):
    policy = world.deny("obs:*:*")
    detach_policy(actor=world.manager, policy_id="p-FullAccess", entity_id=world.unit.pk)

    refusal = refused(lambda: leave(world))

    assert "no policy at Shop allows the action" in str(refusal)
    assert policy.attachments.count() == 1


def test_what_stands_in_the_way_of_leaving_is_told_before_it_is_tried(world):
    world.deny("organizations:organizations:leave")

    _account, _organization, obstacles = queries.own_account.get_obstacles(actor=world.actor)

    assert [type(obstacle) for obstacle in obstacles] == [errors.DeniedByPolicy]
    browser = Client()
    browser.force_login(world.user)
    page = browser.get("/leave/")
    assert page.status_code == 200
    assert "of policy Guard at Shop" in page.text
    assert "Ask the management account" in page.text


def test_r_scp_3_the_management_account_is_never_kept_from_anything(
    world, django_assert_num_queries
):
    world.deny("organizations:*:*", entity=world.organization.root)

    operations.units.create_organizational_unit(
        actor=world.manager, parent_id=world.organization.root.pk, name="Lab"
    )
    with django_assert_num_queries(0):
        own_decisions.require_own_call(
            actor=world.manager,
            management_account_id=world.organization.management_account_id,
            policy_version=1,
            call=OwnCall("organizations:ous:create"),
        )


@pytest.mark.parametrize(
    ("action", "method", "url"),
    [
        ("organizations:organizations:get", "GET", "/v1/organizations"),
        ("organizations:receivedHandshakes:list", "GET", "/v1/received-handshakes"),
        ("organizations:organizations:leave", "POST", "/v1/organizations/leave"),
    ],
)
def test_calls_of_the_wire_are_denied_by_their_action(world, action, method, url):
    key = key_for(world.user)
    world.deny(action)

    answer = call(key, method, url)

    assert code_of(answer) == PERMISSION_DENIED
    assert "Guard" in answer.json()["error_msg"]
    assert Account.objects.get(pk=world.account.pk).organization_id is not None


def test_a_member_may_not_decline_what_its_policies_deny(world):
    other, _other_actor = make_organization()
    invitation = InvitationFactory(organization=other, account=world.account)
    world.deny("organizations:handshakes:decline")

    refused(
        lambda: operations.invitations.decline_invitation(
            actor=world.actor, invitation_id=invitation.pk
        )
    )


def test_reads_of_the_console_are_denied_as_those_of_the_wire(world):
    world.deny("organizations:*:*")
    browser = Client()
    browser.force_login(world.user)

    page = browser.get("/invitations/")
    assert page.status_code == 403
    assert "of policy Guard at Shop" in page.text


def test_no_policy_hides_the_page_where_a_member_reads_what_binds_it(world):
    world.deny("*")
    browser = Client()
    browser.force_login(world.user)

    assert browser.get("/account/").status_code == 200


def test_the_wire_asks_its_policies_once_for_each_version(world, django_assert_num_queries):
    key = key_for(world.user)
    call(key, "GET", "/v1/organizations")  # its use is noted, its allowance taken

    with django_assert_num_queries(3):  # the key, and two of the query
        assert call(key, "GET", "/v1/organizations").status_code == 200

    world.switch(disable_policy_type)
    with django_assert_num_queries(3):
        assert call(key, "GET", "/v1/organizations").status_code == 200


def test_who_is_in_no_organization_is_bound_by_nothing(django_assert_num_queries):
    actor = actor_for(make_administrator(AccountFactory()))

    with django_assert_num_queries(2):
        queries.received_invitations.list_received(actor=actor)


def test_r_dry_9_what_policies_on_trial_would_deny_is_told_to_who_records_it(world):
    trial = create_policy(
        actor=world.manager,
        name="Trial",
        policy_type=SCP,
        content=denying("organizations:receivedHandshakes:list"),
        is_dry_run=True,
    )
    world.organization.dry_run_configurations.create(
        state="enabled", created_at=trial.created_at, updated_at=trial.created_at
    )
    attach_policy(
        actor=world.manager, policy_id=trial.pk, entity_id=world.account.pk, is_dry_run=True
    )
    told = []
    before = list(own_decisions._recorders)
    own_decisions.record_dry_runs_with(lambda actor, tried: told.append((actor.account_id, tried)))
    browser = Client()
    browser.force_login(world.user)
    try:
        assert browser.get("/invitations/").status_code == 200
        queries.own_account.get_obstacles(actor=world.actor)
    finally:
        own_decisions._recorders[:] = before

    ((account_id, tried),) = told
    assert account_id == world.account.pk
    assert tried.request.action == "organizations:receivedHandshakes:list"
    assert tried.would_be.decided_by.policy == trial.pk
